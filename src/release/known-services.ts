import type { Clock } from './clock.ts';

/** The names in the configurations of other replicas. */
export interface Elsewhere {
  services: ReadonlySet<string>;
  sources: ReadonlySet<string>;
}

/** The due work that this process left to others: since when, last seen when, and in which state. */
export type Leaving = Map<string, { since: number; seen: number; state: string }>;

/**
 * What one process remembers about the services. None of it must survive the process. It only helps the process
 * notice that the storage lost something, say a thing once, and wait for its own start.
 */
export interface Remembered {
  /** The services whose record was seen in this process. */
  recorded: Set<string>;
  /** The services whose record is gone since, until they are adopted again. */
  lost: Set<string>;
  /** The last logged reason why a service's record cannot be read. */
  unreadable: Map<string, string>;
  /** Where the next look at versions starts, as an index into the configured services. */
  versionsFrom: number;
  leaving: Leaving;
  /** What other replicas' configurations name; undefined: not asked yet. */
  elsewhere: Elsewhere | undefined;
  /** The first look at all configured services. It is done when each has a record, or its router was asked. */
  readonly firstLook: { done(): boolean; end(): void; ended: Promise<void> };
}

/** Returns an empty memory. `looked`: for a process that looks up by itself what it needs. */
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

/** How long a request in the first moments of a process waits, ms: Slack allows 3 s. */
const startingMs = 1_500;

/** Waits a short while for the first look; resolves to false when it is still under way then. */
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
