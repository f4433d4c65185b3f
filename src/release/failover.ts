/**
 * Effects of a failover: the storage continued on another server, and its newest data may be gone.
 * See docs/design.md#redis.
 */
import type { Parts } from './parts.ts';
import type { ServiceRecord } from './release.ts';

/** What was accepted within this time before the server was lost may be lost with it, ms. */
export const lossMs = 15_000;
/** For this long after a change of server, routers' answers change nothing, ms: lost commands come first. */
const distrustMs = 10_000;
/** Drift this soon after a change of server may result from it, ms: every router is asked once a minute. */
const blamedMs = 120_000;

type Seen = Pick<Parts, 'store' | 'clock'>;

function sinceMs({ store, clock }: Seen): number {
  const at = store.server?.changedAt();
  return at === undefined ? Infinity : clock.mono() - at;
}

/** Returns true for 10 s after a change of server. */
export function justFailedOver(parts: Seen): boolean {
  return sinceMs(parts) < distrustMs;
}

/** Returns how long ago the server changed, ms, while drift that is found now may result from that. */
export function blamed(parts: Seen): number | undefined {
  const ms = sinceMs(parts);
  return ms < blamedMs ? ms : undefined;
}

/** Returns true when the server changed after the recorded switch: a lost operation may have moved traffic since. */
export function mayHaveLost(parts: Seen, { live, colors }: ServiceRecord, now: number): boolean {
  return sinceMs(parts) <= now - colors[live].since;
}
