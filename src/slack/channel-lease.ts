import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import type { Agenda, DueName } from '../release/store.ts';

/**
 * A due lease lives this long and is renewed that often, ms. Short, so that the messages of a process that was killed
 * are taken over soon.
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
 * Keeps the due lease of `name` renewed while `work` runs, then gives the name back, due again after what `work`
 * resolved to (ms; undefined: as the store says). The signal given to `work` aborts when the lease is lost or `stopping`
 * aborts: nothing new may be begun then. What `work` throws is thrown; the lease then ends by itself.
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
 * Stores what became of a call that Slack has carried out. Tried again while the storage is away, for up to a minute:
 * what is not remembered would be sent a second time.
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
