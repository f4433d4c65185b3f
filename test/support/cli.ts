/** The command line as people run it: a process of its own, with nothing but the environment it needs. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { built } from './built.ts';
import { temporaryFolder } from './processes.ts';
import type { Town } from './one-bot.ts';
import { until } from './until.ts';

/** Who this process, and so the command line, is. */
export const me = `cli:${userInfo().username}`;

/** A command that ended. `code` is null after a signal. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A command that runs. */
export interface Started {
  /** Sends a signal. */
  kill(name: NodeJS.Signals): void;
  /** Waits until standard error has these words. */
  says(words: string): Promise<void>;
  ended: Promise<Ended>;
}

export interface Cli {
  /** `SWITCHBACK_STATE_DIR`, which no one else can reach. */
  readonly stateDir: string;
  /** Runs `switchback <args>` to its end. */
  run(...args: string[]): Promise<Ended>;
  start(...args: string[]): Started;
  close(): Promise<void>;
}

/**
 * The command line next to a town, with the town's file as it is at each run; `env` over its environment. `unpacked`: as
 * people run it, which starts later: it loads each module and package from its own file.
 */
export async function openCli(
  town: Town,
  env: Record<string, string> = {},
  { unpacked = false } = {},
): Promise<Cli> {
  const stateDir = env['SWITCHBACK_STATE_DIR'] ?? (await temporaryFolder());
  const folder = await temporaryFolder();
  const { dir, cli: packedCli } = await built();
  const cli = unpacked ? join(dir, 'src', 'cli.js') : packedCli;
  const file = join(folder, 'switchback.yml');
  const running = new Set<{ kill(name: NodeJS.Signals): void }>();

  const start = (...args: string[]): Started => {
    let kill = (_name: NodeJS.Signals): void => {};
    let err = '';
    const ended = (async (): Promise<Ended> => {
      // At once: another one that was just started may be reading it.
      const fresh = `${file}.${randomUUID()}`;
      await writeFile(fresh, town.file());
      await rename(fresh, file);
      const child = spawn(process.execPath, [cli, ...args], {
        env: {
          PATH: process.env['PATH'],
          REDIS_URL: town.redis.url,
          SWITCHBACK_CONFIG: file,
          SWITCHBACK_STATE_DIR: stateDir,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      kill = (name) => void child.kill(name);
      const one = { kill };
      running.add(one);
      let out = '';
      child.stdout.on('data', (data: Buffer) => (out += data.toString()));
      child.stderr.on('data', (data: Buffer) => (err += data.toString()));
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
      running.delete(one);
      return { code, out, err };
    })();
    return {
      kill: (name) => kill(name),
      says: async (words) => void (await until(`it says ${words}`, () => err.includes(words))),
      ended,
    };
  };
  return {
    stateDir,
    start,
    run: (...args) => start(...args).ended,
    async close() {
      for (const one of running) one.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
