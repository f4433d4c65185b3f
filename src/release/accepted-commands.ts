/**
 * The commands that this process accepted, for as long as a failover of the storage can still lose them. After each
 * new connection every entry is looked up, and repaired where it is gone.
 * See docs/design.md#redis.
 */
import type { Clock } from './clock.ts';
import { lossMs } from './failover.ts';
import { Fault } from './fault.ts';
import type { Log } from './parts.ts';
import type { Store } from './store.ts';

/** Pause before a storage that did not answer is asked again, ms. */
const againMs = 250;
/** An entry that cannot be repaired within this time after a reconnect is given up, ms. */
const giveUpMs = 60_000;
/** How many entries are kept: the newest. */
const most = 2_000;

interface Entry {
  at: number;
  look: () => Promise<boolean>;
}

/** The list of what was accepted. */
export interface Ledger {
  /**
   * Notes something accepted. `since`: when work on it began, ms of the monotonic clock. `look` checks whether the
   * storage still has it, and repairs the loss. It resolves to true when it repaired something now: the next failover
   * can lose that as well, so the entry is kept for as long again. When it throws a `Fault` it is called again.
   */
  note(since: number, look: () => Promise<boolean>): void;
  /** Resolves when no look-up is running. */
  idle(): Promise<void>;
}

/** Opens a ledger, until `stopping` aborts. Without `server` nothing can be lost, and nothing is kept. */
export function makeLedger(
  server: Store['server'],
  { clock, log }: { clock: Clock; log: Log },
  stopping: AbortSignal,
): Ledger {
  let entries: Entry[] = [];
  let awayAt: number | undefined;
  let backAt = -Infinity;
  let again = false;
  let looking: Promise<void> | undefined;

  const forget = (): void => {
    const from = Math.min(awayAt ?? Infinity, clock.mono()) - lossMs;
    if ((entries[0]?.at ?? Infinity) < from || entries.length > most)
      entries = entries.filter((entry, i) => entry.at >= from && i >= entries.length - most);
  };
  const without = (entry: Entry): Entry[] => entries.filter((each) => each !== entry);
  const lookAtAll = async (): Promise<void> => {
    while (again && !stopping.aborted) {
      again = false;
      for (const entry of entries) {
        if (again) break;
        try {
          if (await entry.look()) entries = [...without(entry), { ...entry, at: clock.mono() }];
        } catch (cause) {
          if (!(cause instanceof Fault) || clock.mono() - backAt > giveUpMs) {
            log.error({ err: cause }, 'Could not restore what a Redis failover may have lost');
            entries = without(entry);
            continue;
          }
          await clock.sleep(againMs, stopping);
          again = true;
        }
      }
    }
    awayAt = undefined;
  };
  const look = (): void => {
    again = true;
    looking ??= lookAtAll().finally(() => {
      looking = undefined;
      if (again && !stopping.aborted) look();
    });
  };
  const unwatch = server?.watch((up) => {
    if (stopping.aborted) return unwatch?.();
    if (!up) awayAt ??= clock.mono();
    else {
      backAt = clock.mono();
      forget();
      if (entries.length > 0) look();
      else awayAt = undefined;
    }
  });

  return {
    note(since, act) {
      if (server === undefined) return;
      forget();
      entries.push({ at: clock.mono(), look: act });
      // It may be stored on the old server only, and was not in this list yet when the list was looked through.
      if (backAt >= since) look();
    },
    async idle() {
      await looking;
    },
  };
}
