import { Fault } from './fault.ts';
import type { Log } from './parts.ts';

/** While the storage is unavailable, that is logged once in this time, ms. */
const quietMs = 60_000;

/** A log that treats an unavailable storage as one matter, however many tasks it stops. */
export interface AwayLog extends Log {
  /** Call it when the storage answers: logs that, if its absence was logged. */
  back(): void;
}

/**
 * Makes such a log. An unavailable storage, or one that takes no writes, would cause many lines: every task fails,
 * several times a second. The first is logged, then one a minute with the number left out, and one when the storage
 * is back. `mono`: a clock in ms.
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
        log.info({ awayMs: Math.round(mono() - awaySince), ...left() }, 'The storage is available again');
        unsaid = 0;
      }
      awaySince = undefined;
      isSaid = false;
    },
  };
}
