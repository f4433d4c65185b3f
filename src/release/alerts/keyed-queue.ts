import type { Clock } from '../clock.ts';
import { Fault } from '../fault.ts';

/** Runs tasks of one name in turn, and tasks of different names at once. */
export type KeyedQueue = <T>(name: string, act: () => Promise<T>) => Promise<T>;

/** How many tasks of one name may run and wait, and how long one may wait for its turn, ms. */
export interface TurnLimits {
  most: number;
  longestMs: number;
}

/** Makes such a queue. Beyond a limit it throws `Fault('storage-unavailable')` and does nothing. */
export function makeKeyedQueue({ most, longestMs }: TurnLimits, { mono }: Pick<Clock, 'mono'>): KeyedQueue {
  const lines = new Map<string, { last: Promise<unknown>; count: number }>();
  const full = (): Fault => new Fault('storage-unavailable', 'Too many deliveries of one group at once.');
  return async (name, act) => {
    const line = lines.get(name) ?? { last: Promise.resolve(), count: 0 };
    if (line.count >= most) throw full();
    lines.set(name, line);
    line.count += 1;
    const since = mono();
    const mine = line.last.then(() => {
      // While the storage is unavailable each turn ends late: the tasks behind must not wait for all of them.
      if (mono() - since > longestMs) throw full();
      return act();
    });
    line.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      line.count -= 1;
      if (line.count === 0) lines.delete(name);
    }
  };
}
