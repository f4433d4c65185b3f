import { Fault } from './fault.ts';
import type { Log } from './parts.ts';

/** While the storage is away that is said once in this time, ms. */
const quietMs = 60_000;

/** A log in which the storage being away is one matter, whatever cannot be done for it. */
export interface AwayLog extends Log {
  /** The storage answers: says so, when it was said that it does not. */
  back(): void;
}

/**
 * Lines that come of a storage that is away (or takes no writes) are many: every task ends in one, several times a second.
 * The first is logged, then one a minute with how many were left out, and one when it is back. `mono`: a clock in ms.
 */
export function makeAwayLog(log: Log, mono: () => number): AwayLog {
  let saidAt = -Infinity;
  let awaySince: number | undefined;
  let isSaid = false;
  let unsaid = 0;
  const left = (): { unsaid?: number } => (unsaid === 0 ? {} : { unsaid });
  const unlessAway =
    (say: Log['warn']): Log['warn'] =>
    (facts, text) => {
      const { err } = facts as { err?: unknown };
      if (!(err instanceof Fault) || err.code !== 'storage-unavailable') return say(facts, text);
      awaySince ??= mono();
      if (mono() - saidAt < quietMs) {
        unsaid += 1;
        return;
      }
      say({ ...facts, ...left() }, text);
      saidAt = mono();
      isSaid = true;
      unsaid = 0;
    };
  return {
    info: (facts, text) => log.info(facts, text),
    warn: unlessAway((facts, text) => log.warn(facts, text)),
    error: unlessAway((facts, text) => log.error(facts, text)),
    back() {
      if (awaySince === undefined) return;
      if (isSaid) {
        log.info({ awayMs: Math.round(mono() - awaySince), ...left() }, 'The storage answers again');
        unsaid = 0;
      }
      awaySince = undefined;
      isSaid = false;
    },
  };
}
