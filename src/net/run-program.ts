import { spawn, type ChildProcess } from 'node:child_process';
import { formatDuration } from '../release/duration.ts';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { codeOf, explainCode, whyAborted } from './explain.ts';
import { lastLines } from './last-lines.ts';
import type { Hide } from './last-lines.ts';
import { onAbort } from './on-abort.ts';
import { whyNotRun } from './why-not-run.ts';

/** The default search path for programs: nothing of this process's own environment. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** How long the output is read after a program ended, in ms: its children may still hold it open. */
const drainMs = 300;
/** Longest wait for a program that SIGKILL does not end (it waits for a lost disk), in ms. */
const stubbornMs = 1_000;

/** One run of a program. Times in milliseconds. */
export interface Program {
  /** The program, looked up in `env.PATH` unless it is a path, and its arguments. No shell reads them. */
  run: readonly string[];
  directory?: string | undefined;
  /** The program's whole environment: this process's own is not inherited. */
  env: Readonly<Record<string, string>>;
  /** At this time, and when `signal` aborts, the process group gets SIGTERM. */
  deadlineMs: number;
  /** Time from SIGTERM to SIGKILL for the group; 5 s by default. */
  graceMs?: number;
  signal: AbortSignal;
  /** Called with each line of standard output and standard error as it comes, cut at 1,000 characters. */
  onLine?: (line: string) => void;
  /** What must not be shown of its output. */
  hide?: Hide;
}

/**
 * The result of a run. `exited`: it ended by itself, with `code`. `not-started`: the program or folder does not exist,
 * or must not be run. `ended`: a signal ended it, ours (`reason`: timeout, or stopped) or another's: how far it came is
 * unknown. `alive`: some of its group still runs, and this process may not end it. `lines`: the last of its output, at most 50 and 8 kB. Its text is not ours: scrub it before people see it.
 */
export type Ran =
  | { outcome: 'exited'; code: number; lines: string[] }
  | { outcome: 'not-started'; reason: string }
  | { outcome: 'ended'; reason: string; lines: string[]; alive?: true };

/**
 * Runs a program to its end, without a shell, in its own process group, with empty input. Processes that it left
 * running are kept when it ends by itself, and ended with it otherwise. Never throws.
 */
export async function runProgram(it: Program): Promise<Ran> {
  if (it.signal.aborted) return { outcome: 'not-started', reason: whyAborted(it.signal) };
  const [command = '', ...args] = it.run;
  const output = lastLines(it.onLine, it.hide);
  let child: ChildProcess;
  try {
    const { directory: cwd, env } = it;
    child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    return { outcome: 'not-started', reason: await whyNot(it, error) };
  }
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', output.reader());
  const failed = new Promise<Error>((resolve) => child.once('error', resolve));
  const exited = new Promise<Exit>((resolve) => child.once('exit', (code, name) => resolve({ code, name })));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const { pid } = child;
  if (pid === undefined) return { outcome: 'not-started', reason: await whyNot(it, await failed) };

  const ending = endWhenDue(it, pid, exited);
  const exit = await Promise.race([exited, ending.stubborn]);
  await ending.done();
  await Promise.race([closed, systemClock.sleep(drainMs)]);
  child.stdout?.destroy();
  child.stderr?.destroy();
  const lines = output.end();
  const why = ending.reason();
  if (why !== undefined)
    return { outcome: 'ended', reason: why, lines, ...(isOthers(pid) && { alive: true }) };
  if (exit?.code === null) return { outcome: 'ended', reason: `was ended by ${exit.name}`, lines };
  return { outcome: 'exited', code: exit?.code ?? -1, lines };
}

interface Exit {
  code: number | null;
  name: NodeJS.Signals | null;
}

/** Ends the process group at the deadline and at the abort of its signal: by SIGTERM, then by SIGKILL. */
function endWhenDue({ deadlineMs, graceMs = 5_000, signal }: Program, pid: number, exited: Promise<Exit>) {
  let reason: string | undefined;
  let giveUp: (exit: undefined) => void = () => {};
  const stubborn = new Promise<undefined>((resolve) => {
    giveUp = resolve;
  });
  let gone: Promise<void> = Promise.resolve();
  const end = (why: string): void => {
    if (reason !== undefined) return;
    reason = why;
    kill(pid, 'SIGTERM');
    gone = (async () => {
      const giveUpAt = performance.now() + graceMs;
      // Waits for the whole group, not only its first process: what it started belongs to it.
      while (lives(pid) && performance.now() < giveUpAt) await systemClock.sleep(Math.min(20, graceMs));
      kill(pid, 'SIGKILL');
      await Promise.race([exited, systemClock.sleep(stubbornMs)]);
      giveUp(undefined);
    })();
  };
  const callOff = stallTolerantTimer(systemClock, deadlineMs, () =>
    end(`did not end within ${formatDuration(deadlineMs)}`),
  );
  const off = onAbort(signal, () => end(whyAborted(signal)));
  return {
    stubborn,
    reason: () => reason,
    async done() {
      callOff();
      off();
      await gone;
    },
  };
}

function kill(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // It has ended, or changed its user.
  }
}

function lives(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return isOthers(group);
  }
}

/** True when the group has a process that this one may not end: sudo runs a program as another user. */
function isOthers(group: number): boolean {
  try {
    process.kill(-group, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Why a program did not start: by what is there to see, else by the error's code. */
async function whyNot(it: Program, error: unknown): Promise<string> {
  const seen = await whyNotRun(it);
  if (seen) return seen.what;
  const code = codeOf(error) ?? '';
  return `${it.run[0] ?? ''} could not be started: ${explainCode(code) ?? code}`;
}
