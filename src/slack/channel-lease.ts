import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import type { Agenda, DueName } from '../release/store.ts';

/**
 * Lifetime and renewal interval of a due lease, in ms. Short, so that another process soon takes over the messages of a
 * killed one.
 */
const leaseMs = 5_000;
const renewMs = 1_500;
const storedWithinMs = 60_000;
const againMs = 250;

/** What holding a due name needs. */
export interface HoldParts {
  agenda: Pick<Agenda, 'extend' | 'done'>;
  clock: Clock;
}

/**
 * Keeps the due lease of `name` renewed while `work` runs, then gives the name back, due again after the result of
 * `work` (ms; undefined: as the store says). The signal for `work` aborts when the lease is lost or `stopping` aborts:
 * `work` must then begin nothing new. Errors of `work` are thrown; the lease then expires by itself.
 */
export async function holdChannel(
  { agenda, clock }: HoldParts,
  name: DueName,
  token: string,
  stopping: AbortSignal,
  work: (over: AbortSignal) => Promise<number | undefined>,
): Promise<void> {
  const lost = new AbortController();
  const ended = new AbortController();
  let heldUntil = clock.mono() + leaseMs;
  if (!(await agenda.extend(name, token, leaseMs))) return;
  const renewing = (async () => {
    for (;;) {
      await clock.sleep(renewMs, ended.signal);
      if (ended.signal.aborted) return;
      const askedAt = clock.mono();
      try {
        if (!(await agenda.extend(name, token, leaseMs))) return lost.abort();
        heldUntil = askedAt + leaseMs;
      } catch (cause) {
        if (!(cause instanceof Fault)) throw cause;
        if (clock.mono() >= heldUntil) return lost.abort();
      }
    }
  })();
  let again: number | undefined;
  try {
    again = await work(AbortSignal.any([stopping, lost.signal]));
  } finally {
    ended.abort('ended');
    await renewing;
  }
  if (!lost.signal.aborted) await agenda.done(name, token, again);
}

/**
 * Stores the outcome of a call that Slack has carried out. Tries again for up to a minute while the storage is
 * unavailable: without the outcome the call would be sent a second time.
 */
export async function remember(
  clock: Clock,
  stopping: AbortSignal,
  write: () => Promise<void>,
): Promise<void> {
  const end = clock.mono() + storedWithinMs;
  for (;;) {
    try {
      return await write();
    } catch (cause) {
      if (!(cause instanceof Fault) || stopping.aborted || clock.mono() >= end) throw cause;
      await clock.sleep(againMs, stopping);
    }
  }
}
