import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { listenToSentinels } from './sentinels.ts';

/** How often Sentinel or Cluster is asked whether the server is still right, ms: normally, and with work under way. */
const everyMs = { calm: 3_000, busy: 250 };
const busyMs = 15_000;
/** A timer may fire this much early, ms. */
const timerMs = 20;

/**
 * Calls `look`, one call at a time, often enough to notice a change of server, and as soon as a sentinel announces
 * one. Never calls it for a single server. `underWay`: something is stored that must not be lost.
 */
export function relocate(
  address: RedisAddress,
  access: RedisAccess,
  look: () => Promise<void>,
): { underWay(): void; close(): void } {
  if (address.kind === 'single') return { underWay() {}, close() {} };
  let looking = false;
  let again = false;
  let lookedAt = performance.now();
  let busyUntil = -Infinity;
  const begin = (): void => {
    again = looking;
    if (looking) return;
    looking = true;
    look()
      .catch(() => undefined)
      .finally(() => {
        looking = false;
        lookedAt = performance.now();
        // A sentinel spoke meanwhile, and the answer may not include what it said.
        if (again) begin();
      });
  };
  const timer = setInterval(() => {
    const now = performance.now();
    if (!looking && now - lookedAt >= everyMs[now < busyUntil ? 'busy' : 'calm'] - timerMs) begin();
  }, everyMs.busy);
  timer.unref();
  const sentinels = address.kind === 'sentinel' ? listenToSentinels(address, access, begin) : undefined;
  return {
    underWay() {
      busyUntil = performance.now() + busyMs;
    },
    close() {
      clearInterval(timer);
      sentinels?.close();
    },
  };
}
