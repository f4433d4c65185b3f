/** One switch of nginx: the include file, the test, the reload. */
import { readFile, realpath } from 'node:fs/promises';
import { explain } from '../net/explain.ts';
import { type Ran, runProgram, systemPath } from '../net/run-program.ts';
import type { Color } from '../release/color.ts';
import { longestWriteMs } from '../release/limits.ts';
import type { PointAnswer, Repairable, WritePermit } from '../release/ports.ts';
import { withLockFile } from './lock-file.ts';
import { faultIn } from './nginx-configuration.ts';
import { type Include, lineOf, lockedOut, oddValue, readInclude } from './nginx-include.ts';
import type { NginxRouterOptions } from './nginx-options.ts';
import { replaceFile } from './replace-file.ts';

/** The whole environment of both programs. */
const env = {
  PATH: systemPath,
  LANG: 'C.UTF-8',
};
/** The time from SIGTERM to SIGKILL, ms. */
const graceMs = 100;
/** The time of a write besides its programs, ms. */
const reserveMs = 200;

/** How much time test and reload get: more after a slow test, which also needs a longer lease. */
export interface ReloadPace {
  slow: boolean;
}

/** A test that took longer than this gives the next write more time, in ms. */
const slowMs = 600;
const budgets = { usual: 1_000, slow: longestWriteMs - reserveMs };

type OwnAnswer = Omit<PointAnswer, 'instance'>;

/** Runs one of the programs; `onLine` gets its output. */
export function runNginx(
  run: readonly string[],
  deadlineMs: number,
  signal: AbortSignal,
  onLine?: (line: string) => void,
): Promise<Ran> {
  return runProgram({ run, env, deadlineMs, graceMs, signal, ...(onLine && { onLine }) });
}

/** A name that no server answers for fails the test too; that may pass by itself. */
const mayPass = /host not found|could not be resolved/i;

/** Runs the test, and notes its duration. Returns why it fails, and what to repair; undefined: it succeeds. */
export async function testNginx(
  { test, include }: NginxRouterOptions,
  pace: ReloadPace,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<(Repairable & { detail: string }) | undefined> {
  const startedAt = performance.now();
  const ran = await runNginx(test, deadlineMs, signal);
  if (performance.now() - startedAt > slowMs) pace.slow = true;
  const detail = whyNot(test, ran, include);
  if (detail === undefined) return undefined;
  if (ran.outcome !== 'exited' || mayPass.test(detail)) return { detail };
  return { detail, repair: `correct the configuration of nginx until "${test.join(' ')}" succeeds` };
}

/**
 * Writes the include file, tests the configuration and reloads. When the test fails, or the reload reports a failure
 * and `serves` says that nginx still serves something else, it restores the file. Never throws.
 */
export async function switchNginx(
  options: NginxRouterOptions,
  color: Color,
  permit: WritePermit,
  pace: ReloadPace,
  serves: (color: Color) => Promise<boolean>,
): Promise<OwnAnswer> {
  let answer: OwnAnswer = { outcome: 'unreachable', detail: 'stopped' };
  try {
    const lock = `${await realpath(options.include).catch(() => options.include)}.lock`;
    const locked = await withLockFile(lock, permit.signal, async (stillHeld) => {
      answer = await write(options, color, { permit, pace, serves, stillHeld });
    });
    return locked === undefined ? answer : { outcome: 'unreachable', detail: locked };
  } catch (error) {
    const against = await lockedOut(options);
    return {
      outcome: 'refused',
      ...(against ?? { detail: `the include file ${options.include}: ${explain(error)}` }),
    };
  }
}

interface Means {
  permit: WritePermit;
  pace: ReloadPace;
  serves: (color: Color) => Promise<boolean>;
  stillHeld: () => Promise<boolean>;
}

async function write(
  options: NginxRouterOptions,
  color: Color,
  { permit, pace, serves, stillHeld }: Means,
): Promise<OwnAnswer> {
  const before = await readInclude(options);
  if (!before.ok) return { outcome: 'refused', detail: before.detail, repair: before.repair };
  const odd = oddValue(options, before);
  if (odd !== undefined && permit.insists !== true)
    return { outcome: 'refused', detail: `${odd}; somebody else wrote it, and it is left unchanged` };
  const there = before.value === options.values[color];
  // File and nginx both name the color, and a later reload reads this file: there is nothing to do.
  if (there && (await serves(color))) return { outcome: 'taken' };

  const budgetMs = pace.slow ? budgets.slow : budgets.usual;
  const text = `${lineOf(options, color)}\n`;
  let against: string | undefined;
  const may = async (): Promise<boolean> => {
    if (!(await stillHeld())) against = 'another process took over the lock of the include file';
    else if (await changed(options, before)) against = `somebody else changed ${options.include} meanwhile`;
    else if (permit.signal.aborted) against = 'stopped';
    else if (!permit.mayWrite(budgetMs + reserveMs))
      against = 'not sent: the lease of the service ends too soon';
    return against === undefined;
  };
  const written = there ? await may() : await replaceFile(before.file, text, may);
  if (!written) return { outcome: 'unreachable', detail: against ?? 'stopped' };

  const giveUpAt = performance.now() + budgetMs;
  const wrong = await testNginx(options, pace, budgetMs, permit.signal);
  const putBack = async ({ detail, ...more }: Repairable & { detail: string }): Promise<OwnAnswer> => {
    // The caller that stopped this looks for itself, and need not trust a file restored in haste.
    const outcome = permit.signal.aborted ? 'unclear' : 'refused';
    if (there) return { outcome, detail, ...more };
    const undone = await undo(options, before, text);
    // The next reload by anybody would move traffic.
    if (!undone.ok) return { outcome: 'unclear', detail: `${detail}. ${undone.words}` };
    return { outcome, detail: `${detail}. ${undone.words}`, ...more };
  };
  if (wrong !== undefined) return putBack(wrong);
  if (!there && (await readFile(before.file, 'latin1')) !== text)
    return {
      outcome: 'refused',
      detail: `somebody else changed ${options.include} while it was tested; it is left unchanged, and nothing was reloaded`,
    };
  const { reload, include } = options;
  const ran = await runNginx(reload, Math.max(100, giveUpAt - performance.now()), permit.signal);
  if (ran.outcome === 'ended') return { outcome: 'unclear', detail: `${reload.join(' ')} ${ran.reason}` };
  const failed = whyNot(reload, ran, include);
  if (failed === undefined)
    return {
      outcome: 'taken',
      ...(odd !== undefined && { detail: `${odd}; ${color} was written over that` }),
    };
  return (await serves(color)) ? { outcome: 'unclear', detail: failed } : putBack({ detail: failed });
}

async function changed(options: NginxRouterOptions, before: Include): Promise<boolean> {
  const now = await readInclude(options);
  return !now.ok || now.mark !== before.mark;
}

/**
 * Restores the include file, unless somebody else has changed it. `ok`: it does not hold our text any more; `words`: a
 * sentence without its full stop.
 */
async function undo(
  { include }: NginxRouterOptions,
  before: Include,
  text: string,
): Promise<{ ok: boolean; words: string }> {
  const ours = async (): Promise<boolean> => (await readFile(before.file, 'latin1')) === text;
  try {
    const words = (await replaceFile(before.file, before.text, ours))
      ? 'The include file was put back, and nothing was reloaded'
      : `Somebody else changed ${include} meanwhile; it is left unchanged, and nothing was reloaded`;
    return { ok: true, words };
  } catch (error) {
    const again = `make it "${before.text.trim()}" again`;
    return { ok: false, words: `The include file could not be put back: ${explain(error)}; ${again}` };
  }
}

function whyNot(run: readonly string[], ran: Ran, include: string): string | undefined {
  const name = run.join(' ');
  if (ran.outcome === 'not-started') return `${name}: ${ran.reason}`;
  if (ran.outcome === 'ended') return `${name} ${ran.reason}`;
  return ran.code === 0 ? undefined : `${name} fails: ${faultIn(ran.lines, include)}`;
}
