import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { openRedis } from '../redis/open.ts';
import { systemClock } from '../release/clock.ts';

/**
 * Redis must be away this long before anybody writes without it, ms: longer than a service lease lasts (3 s, and a write
 * of 1 s fits in it), than a change to the color just left is put back (5.5 s), and as long as a promote must be left
 * alone so that nobody switches it any more.
 */
const surelyMs = 8_000;

/** Looks whether Redis is away, and goes on looking. */
export interface Away {
  /** Resolves to true once it was away for long enough; to false as soon as it takes a write. */
  surely(): Promise<boolean>;
  /** True when it answers by now. */
  back(): boolean;
  close(): void;
}

/** Begins to look. */
export function watchAway({ redis: { url = '', prefix } }: Config, log: Log): Away {
  const redis = openRedis(url, { prefix, log, replicaName: `switchback-cli-${process.pid}` });
  let isBack = false;
  // One that answers and takes no writes (a replica, a full one) holds neither a lease nor a revert.
  const takesWrites = (): Promise<boolean> =>
    redis.store.allow('break-glass').then(
      () => true,
      () => false,
    );
  const stop = redis.watch((ready) => {
    if (ready) void takesWrites().then((takes) => (isBack ||= takes));
  });
  return {
    async surely() {
      const until = systemClock.mono() + surelyMs;
      while (systemClock.mono() < until) {
        if (isBack || (await takesWrites())) return false;
        await systemClock.sleep(Math.max(0, Math.min(250, until - systemClock.mono())));
      }
      return !isBack;
    },
    back: () => isBack,
    close() {
      stop();
      redis.close();
    },
  };
}
