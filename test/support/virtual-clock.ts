import type { Clock } from '../../src/release/clock.ts';

/** Lets everything that can run without time passing run: promises only, for nothing here waits for a real device. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** A clock that moves only when told to; sleepers wake in order. */
export interface VirtualClock extends Clock {
  /** Moves on by `ms`, waking every sleeper at its time and letting it work before the next. */
  advance(ms: number): Promise<void>;
  /** Moves on by `ms` at once, as for a machine that was suspended: every sleeper whose time passed wakes late. */
  jump(ms: number): Promise<void>;
  /** The wall clock is set back; the monotonic one and all sleepers know nothing of it. */
  setBack(ms: number): void;
  /** Moves on until `condition` holds; throws after `withinMs` of this clock's time. */
  until(condition: () => boolean | Promise<boolean>, withinMs?: number): Promise<void>;
  /** Time ends: nobody who sleeps wakes. Node would keep for good who waits for a signal that nobody aborts. */
  end(): void;
}

interface Sleeper {
  at: number;
  order: number;
  wake: () => void;
  /** Stops listening to what would wake it early. */
  off?: () => void;
}

/** Starts at a fixed instant: 2026-01-05 10:00 UTC, a Monday. */
export function virtualClock(start = Date.UTC(2026, 0, 5, 10)): VirtualClock {
  let time = 0;
  let behind = 0;
  let order = 0;
  const sleepers = new Set<Sleeper>();
  const nextUntil = (end: number): Sleeper | undefined => {
    let next: Sleeper | undefined;
    for (const each of sleepers) {
      if (each.at > end) continue;
      if (!next || each.at < next.at || (each.at === next.at && each.order < next.order)) next = each;
    }
    return next;
  };
  const clock: VirtualClock = {
    now: () => start + time - behind,
    mono: () => time,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const sleeper = {
          at: time + Math.max(0, ms),
          order: (order += 1),
          wake: () => {
            sleepers.delete(sleeper);
            sleeper.off();
            resolve();
          },
          off: () => signal?.removeEventListener('abort', sleeper.wake),
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake, { once: true });
      }),
    after(ms, act) {
      const sleeper = {
        at: time + Math.max(0, ms),
        order: (order += 1),
        wake() {
          sleepers.delete(sleeper);
          act();
        },
      };
      sleepers.add(sleeper);
      return () => void sleepers.delete(sleeper);
    },
    async advance(ms) {
      const end = time + ms;
      await settle();
      for (let next = nextUntil(end); next; next = nextUntil(end)) {
        time = Math.max(time, next.at);
        next.wake();
        await settle();
      }
      time = end;
      await settle();
    },
    async jump(ms) {
      time += ms;
      await clock.advance(0);
    },
    setBack(ms) {
      behind += ms;
    },
    async until(condition, withinMs = 60_000) {
      const end = time + withinMs;
      await settle();
      while (!(await condition())) {
        if (time >= end) throw new Error(`not so after ${withinMs} ms of virtual time`);
        await clock.advance(50);
      }
    },
    end() {
      for (const { off } of sleepers) off?.();
      sleepers.clear();
    },
  };
  return clock;
}
