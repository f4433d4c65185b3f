import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { listenToSentinels } from './sentinels.ts';

/** How often Sentinel or Cluster are asked whether the server is still the right one, ms: usually, and with something under way. */
const everyMs = { calm: 3_000, busy: 250 };
const busyMs = 15_000;
/** A timer may fire this much early, ms. */
const timerMs = 20;

/**
 * Calls `look`, one at a time, as often as a change of server must be heard of, and as soon as a sentinel speaks of one;
 * never for a single server. `underWay`: something is stored that must not be lost.
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
        // A sentinel spoke meanwhile: what it said may not be in the answer.
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
