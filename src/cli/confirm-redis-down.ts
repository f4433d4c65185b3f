import { randomUUID } from 'node:crypto';
import type { Config } from '../config.ts';
import type { PinoLog } from '../log.ts';
import { openRedis } from '../redis/open.ts';
import type { RedisTrouble } from '../redis/setup-error.ts';
import { turnedAway } from '../redis/turned-away.ts';
import { systemClock } from '../release/clock.ts';
import { limits } from '../release/limits.ts';
import { longestWriteMs } from '../release/limits.ts';

/**
 * How long Redis must be down before anybody writes without it, in ms. Longer than a service lease lasts (3 s,
 * including a write of 1 s), than the time in which a change to the color just left is put back (5.5 s), and as long as
 * a promote must be left alone so that no process switches it any more.
 */
const surelyMs = 8_000;
/** How long an answer that refused this process counts, in ms: that server may be gone since. */
const answeredMs = 3_000;
/** How often the lease of a service with an unreadable record is renewed, in ms. */
const renewMs = 400;

/** Why the record can be ignored: it is unreadable, and its lease is held here; or another process holds the lease. */
export type Unreadable = { why: string; held: boolean };

/** Watches whether Redis is down. */
export interface Away {
  /** Resolves to true once Redis was down for long enough; to false as soon as it takes a write. */
  surely(): Promise<boolean>;
  /**
   * Set when Redis answered in the last seconds and refused this process, so that bots may still work with it: its
   * answer.
   */
  turnedAway(): RedisTrouble | undefined;
  /** Why this process cannot use Redis, as a text to follow its name. */
  why(): string;
  /**
   * For a Redis that answers: takes the lease of a service with an unreadable record, and keeps it until `close`.
   * Undefined: the record can be read.
   */
  unreadable(service: string): Promise<Unreadable | undefined>;
  /** Why nobody may write without the record any more; undefined: writing is allowed. */
  back(): string | undefined;
  close(): Promise<void>;
}

/** Starts the watch. */
export function watchAway({ redis: { url = '', prefix, access } }: Config, log: PinoLog): Away {
  const redis = openRedis(url, { prefix, access, log, replicaName: `switchback-cli-${process.pid}` });
  const token = `glass:${randomUUID()}`;
  const over = new AbortController();
  let isBack = false;
  let turned: { trouble: RedisTrouble; at: number } | undefined;
  let lease: { service: string; coveredUntil: number; renewing: Promise<void> } | undefined;
  // A Redis that answers but takes no writes from anybody (a full one) can hold neither a lease nor a revert.
  const takesWrites = (): Promise<boolean> =>
    redis.store.allow('break-glass').then(
      () => true,
      () => false,
    );
  const stop = redis.watch((ready) => {
    if (ready) void takesWrites().then((takes) => (isBack ||= takes));
  });

  const renew = async (service: string): Promise<void> => {
    while (!over.signal.aborted) {
      await systemClock.sleep(renewMs, over.signal);
      if (over.signal.aborted || !lease) return;
      const at = systemClock.mono();
      const answer = await redis.store.renew(service, token, limits.longestLeaseMs).catch(() => undefined);
      if (answer?.held === true) lease.coveredUntil = at + limits.longestLeaseMs;
      if (answer?.held === false) lease.coveredUntil = 0;
    }
  };

  return {
    async surely() {
      const until = systemClock.mono() + surelyMs;
      while (systemClock.mono() < until) {
        if (isBack || (await takesWrites())) return false;
        // Repeated attempts sometimes report only that a connection has ended.
        if (turnedAway(redis.trouble())) turned = { trouble: redis.explain(), at: systemClock.mono() };
        await systemClock.sleep(Math.max(0, Math.min(250, until - systemClock.mono())));
      }
      return !isBack;
    },
    turnedAway: () => (turned && systemClock.mono() - turned.at < answeredMs ? turned.trouble : undefined),
    why: () => redis.explain().found,
    async unreadable(service) {
      const [loaded] = await redis.store.loadMany([service]);
      if (loaded?.bad === undefined) return undefined;
      const at = systemClock.mono();
      const held = await redis.store.seize(service, token);
      if (held) {
        lease = { service, coveredUntil: at + limits.longestLeaseMs, renewing: Promise.resolve() };
        lease.renewing = renew(service);
      }
      return { why: loaded.bad, held };
    },
    back() {
      if (lease === undefined) return isBack ? 'Redis came back meanwhile' : undefined;
      return lease.coveredUntil - systemClock.mono() > longestWriteMs
        ? undefined
        : 'its lease was lost meanwhile';
    },
    async close() {
      over.abort('closed');
      stop();
      if (lease) {
        await lease.renewing;
        await redis.store.release(lease.service, token).catch(() => undefined);
      }
      redis.close();
    },
  };
}
