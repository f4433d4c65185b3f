import type { Clock } from './clock.ts';
import type { Elsewhere } from './configurations.ts';
import type { Leaving } from './leave-to-others.ts';

/**
 * What one process remembers of the services. Nothing depends on it that must survive the process: it only lets the
 * process notice that the storage has less than before, say a thing once, and wait for its own start.
 */
export interface Remembered {
  /** Services of which a record was seen here. */
  recorded: Set<string>;
  /** Those of them whose record is gone, until they are adopted again. */
  lost: Set<string>;
  /** Why the record of a service cannot be read, as it was logged last. */
  unreadable: Map<string, string>;
  /** The service from which on the next look at versions goes, counted as the configuration lists them. */
  versionsFrom: number;
  leaving: Leaving;
  /** What other replicas' configurations name; undefined: that was not asked yet. */
  elsewhere: Elsewhere | undefined;
  /** The first look at all configured services: done when each has a record, or its router was asked. */
  readonly firstLook: { done(): boolean; end(): void; ended: Promise<void> };
}

/** Nothing is remembered yet. `looked`: for a process that looks by itself at what it needs. */
export function newRemembered({ looked = false } = {}): Remembered {
  let done = looked;
  let resolve = (): void => {};
  const ended = new Promise<void>((set) => (resolve = set));
  if (looked) resolve();
  return {
    recorded: new Set(),
    lost: new Set(),
    unreadable: new Map(),
    versionsFrom: 0,
    leaving: new Map(),
    elsewhere: undefined,
    firstLook: {
      done: () => done,
      end() {
        done = true;
        resolve();
      },
      ended,
    },
  };
}

/** Whoever asks for a service in the first moments of a process waits this long at most, ms: Slack waits for 3 s. */
const startingMs = 1_500;

/** Waits for the first look, for a short while; false when it is still under way then. */
export async function firstLook(
  { firstLook: look }: Pick<Remembered, 'firstLook'>,
  clock: Clock,
): Promise<boolean> {
  if (look.done()) return true;
  const over = new AbortController();
  await Promise.race([look.ended, clock.sleep(startingMs, over.signal)]);
  over.abort('over');
  return look.done();
}
