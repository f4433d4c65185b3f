/** The bot as people run it: built JavaScript in a process of its own. */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort } from '../test/support/ports.ts';
import { startProcess, temporaryFolder } from '../test/support/processes.ts';

/** A server under measurement. */
export interface Measured {
  readonly pid: number;
  readonly origin: string;
  /** Where Slack's requests go. */
  readonly events: string;
  /** Resident memory, bytes. */
  memory(): number;
  /** Processor time so far, in milliseconds. */
  cpuMs(): number;
  /** What it has written so far. */
  output(): Promise<string>;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

let built: Promise<string> | undefined;

/** Builds `src/` into a temporary folder, once. */
export function build(): Promise<string> {
  built ??= (async () => {
    const folder = await temporaryFolder();
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    const args = ['-p', 'tsconfig.build.json', '--outDir', join(folder, 'dist')];
    // Mistakes in types are for `npm run check` to tell; what runs is written all the same.
    const { stdout } = spawnSync('node_modules/.bin/tsc', args, { encoding: 'utf8' });
    if (stdout !== '') console.error(stdout);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await symlink(resolve('node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'runs'));
    return folder;
  })();
  return built;
}

/** Starts `node <file>` and waits for `path` to be answered with 200. */
export async function startMeasured(
  file: string,
  path: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): Promise<Measured> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const log = join(await build(), 'runs', `${port}.log`);
  const server = await startProcess({
    // The output goes to a file: read through a pipe it would be work for the process that measures.
    command: '/bin/sh',
    args: ['-c', 'exec "$0" "$@" >"$BENCH_LOG" 2>&1', process.execPath, ...args, file],
    env: { PATH: process.env['PATH'], ...env, BENCH_LOG: log, PORT: String(port), HOST: '127.0.0.1' },
    ready: async () => (await fetch(origin + path)).status === 200,
  }).catch(async (cause: unknown) => {
    throw new Error(`${file} did not start:\n${await readFile(log, 'utf8').catch(() => '')}`, { cause });
  });
  const { pid } = server;
  return {
    pid,
    origin,
    events: `${origin}/slack/events`,
    memory: () =>
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024,
    cpuMs() {
      // utime and stime, in ticks of 10 ms; the name before them may hold spaces.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return (Number(fields[11]) + Number(fields[12])) * 10;
    },
    output: () => readFile(log, 'utf8'),
    stop: (signal) => server.stop(signal),
  };
}

/** For a look inside: `BENCH_NODE="--cpu-prof --cpu-prof-dir=/tmp/profile" npm run bench -- press`. */
const nodeOptions = (process.env['BENCH_NODE'] ?? '').split(' ').filter((word) => word !== '');

/** Starts the built bot with this configuration file, and waits until it is ready. */
export async function startBot(config: object, env: Record<string, string>): Promise<Measured> {
  const folder = await build();
  const file = join(folder, 'runs', `${await freePort()}.json`);
  await writeFile(file, JSON.stringify(config));
  return startMeasured(
    join(folder, 'dist/main.js'),
    '/readyz',
    { ...env, SWITCHBACK_CONFIG: file },
    nodeOptions,
  );
}
