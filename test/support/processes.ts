import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { executable as find } from '../../packages/playground/src/haproxy-files.ts';
import { until } from './until.ts';

/** A server that runs as a process of its own, ended by its pid. */
export interface Running {
  readonly pid: number;
  /** Everything it has written so far. */
  output(): string;
  alive(): boolean;
  /** Null while it runs, and after a signal. */
  exitCode(): number | null;
  signal(name: NodeJS.Signals): void;
  /** Waits until it has ended by itself. Answers with its exit code; null when a signal ended it. */
  exit(): Promise<number | null>;
  /** Sends `name` (SIGTERM) and waits for the end; SIGKILL after 5 s. */
  stop(name?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();
// A test that failed half-way leaves servers; vitest ends its workers by SIGTERM, which alone would not raise `exit`.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
process.once('SIGTERM', () => process.exit(143));

/** Starts `command` and waits until `ready` says so. Throws with its output when it ends before that. */
export async function startProcess(options: {
  command: string;
  args: readonly string[];
  /** Told what the process has written so far. */
  ready: (output: () => string) => boolean | Promise<boolean>;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}): Promise<Running> {
  const { command, args, env = process.env, cwd } = options;
  const child = spawn(executable(command), args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let ended = false;
  let failure: Error | undefined;
  const end = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      failure = error;
      resolve();
    });
  }).then(() => {
    ended = true;
    running.delete(child);
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-100_000);
    });
  }
  const stop = async (name: NodeJS.Signals = 'SIGTERM') => {
    if (ended) return;
    child.kill(name);
    const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
    await end;
    clearTimeout(timer);
  };
  try {
    const up = until(`${command} is ready`, async () => ended || (await options.ready(() => output)));
    await Promise.race([up, end]);
    if (ended) throw new Error(`${command} ended before it was ready`, { cause: failure });
  } catch (error) {
    await stop('SIGKILL');
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  }
  return {
    pid: child.pid ?? -1,
    output: () => output,
    alive: () => !ended,
    exitCode: () => child.exitCode,
    signal: (name) => void child.kill(name),
    exit: () => end.then(() => child.exitCode),
    stop,
  };
}

/** The full path of a server's program, or its name when it is nowhere. */
export function executable(name: string): string {
  return find(name) ?? name;
}

/** A new folder for one test's files; who asks for it removes it. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'switchback-'));
}
