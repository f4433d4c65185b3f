/** Watches what is measured of the live color while a release bakes. */
import type { Parts } from './parts.ts';
import type { MeasuredCheck, Watched } from './ports.ts';
import type { Bake, ServiceRecord } from './release.ts';
import { withTimeout } from './with-timeout.ts';

/** Longest wait for one answer, ms. */
const askedMs = 10_000;

/** The thread says at most this often, ms, that there is no number. */
const unmeasuredMs = 600_000;

/** True when the thread may say that there is no number: not again too soon, but always once after the bake's end. */
export function maySayUnmeasured({ unmeasuredAt, until }: Bake, now: number): boolean {
  return (
    unmeasuredAt === undefined || now - unmeasuredAt >= unmeasuredMs || (now >= until && unmeasuredAt < until)
  );
}

/** Answers in a row to one check. */
interface Count {
  good: number;
  bad: number;
  unknown: number;
  /** Bad ones, and those that are neither, since there were enough good ones in a row; `swung`: some were good. */
  short: number;
  swung: boolean;
  cause: string;
  /** When it is asked again, on the monotonic clock; Infinity while it is being asked. */
  nextAt: number;
}

/** The watch of one bake. The counts are in memory only: another process counts from zero. */
export interface MeasuredWatch {
  /** Asks the checks that are due, and waits for none: a slow answer must not delay the checks of the color itself. */
  ask(record: ServiceRecord, checks: readonly MeasuredCheck[]): void;
  /** The cause of a check with so many bad answers in a row. */
  bad(failures: number): string | undefined;
  /** The cause of a check that has had no number so many times in a row. */
  unknown(failures: number): string | undefined;
  /** Why a check with so many answers is neither good nor bad for long enough. */
  unsettled(failures: number): string | undefined;
  /** True when the last answer of every check was a verdict. */
  known(): boolean;
  /** True when every check is good: once, or `inARow` as many times as it needs. */
  good(inARow: boolean): boolean;
  /** Only good answers from now on count. */
  restart(): void;
  end(): void;
}

/** Makes the watch of one bake, until `over` aborts. */
export function watchMeasured(
  { clock, log }: Pick<Parts, 'clock' | 'log'>,
  over: AbortSignal,
): MeasuredWatch {
  const ended = new AbortController();
  const stopping = AbortSignal.any([over, ended.signal]);
  let all: { check: MeasuredCheck; count: Count }[] = [];
  const askOne = async (
    check: MeasuredCheck,
    count: Count,
    { service, live, colors }: ServiceRecord,
  ): Promise<void> => {
    count.nextAt = Infinity;
    const version = colors[live].version ?? undefined;
    let seen: Watched;
    try {
      seen = await withTimeout(clock, askedMs, (signal) => check.watch(live, version, signal), stopping);
    } catch (cause) {
      // A check must not throw; if it does, the bake must not end the process, nor go on as if it were good.
      log.warn({ service, err: cause }, 'A measured number could not be asked for');
      seen = { is: 'unknown', reason: `${check.name}: the question failed; the log says why` };
    }
    count.nextAt = clock.mono() + check.intervalMs;
    if (!stopping.aborted) add(count, seen, check.successes);
  };
  const causeOf = (of: 'bad' | 'unknown', failures: number): string | undefined =>
    all.find(({ count }) => count[of] >= failures)?.count.cause;
  return {
    ask(record, checks) {
      // The adapters may be made again in between; their order stays.
      all = checks.map((check, i) => ({
        check,
        count: all[i]?.count ?? { good: 0, bad: 0, unknown: 0, short: 0, swung: false, cause: '', nextAt: 0 },
      }));
      for (const { check, count } of all) if (clock.mono() >= count.nextAt) void askOne(check, count, record);
    },
    bad: (failures) => causeOf('bad', failures),
    unknown: (failures) => causeOf('unknown', failures),
    unsettled(failures) {
      const found = all.find(({ count }) => count.short >= failures);
      if (found === undefined) return undefined;
      const { check, count } = found;
      return count.swung ? `${check.name}: it goes above and below ${check.limit}` : count.cause;
    },
    known: () => all.every(({ count }) => count.good + count.bad > 0 && count.unknown === 0),
    good: (inARow) => all.every(({ check, count }) => count.good >= (inARow ? check.successes : 1)),
    restart() {
      for (const { count } of all) Object.assign(count, { good: 0, short: 0, swung: false });
    },
    end: () => ended.abort('ended'),
  };
}

function add(count: Count, seen: Watched, successes: number): void {
  if ('reason' in seen) count.cause = seen.reason;
  count.good = seen.is === 'good' ? count.good + 1 : 0;
  count.unknown = seen.is === 'unknown' ? count.unknown + 1 : 0;
  // Where nothing is known, the bad answers before still count.
  if (seen.is === 'bad') count.bad += 1;
  else if (seen.is !== 'unknown') count.bad = 0;
  if (seen.is === 'bad' || seen.is === 'not-yet') count.short += 1;
  if (count.good >= successes) Object.assign(count, { short: 0, swung: false });
  else if (count.good > 0 && count.short > 0) count.swung = true;
}
