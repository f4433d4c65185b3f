/**
 * What it means for the rest that the storage went on with another server: the newest of what it had may be gone.
 * See docs/design.md#redis.
 */
import type { Parts } from './parts.ts';
import type { ServiceRecord } from './release.ts';

/** What was accepted this long before the server was lost may be gone with it, ms. */
export const lossMs = 15_000;
/** After a change of server nothing is made of what a router says for this long, ms: what was lost is asked for again. */
const settlesMs = 10_000;
/** Drift that is found this long after a change of server may come of it, ms: every router is asked once a minute. */
const blamedMs = 120_000;

type Seen = Pick<Parts, 'store' | 'clock'>;

function sinceMs({ store, clock }: Seen): number {
  const at = store.server?.changedAt();
  return at === undefined ? Infinity : clock.mono() - at;
}

/** True for 10 s after a change of server. */
export function settling(parts: Seen): boolean {
  return sinceMs(parts) < settlesMs;
}

/** How long ago the server changed, ms, where drift that is found now may come of it. */
export function blamed(parts: Seen): number | undefined {
  const ms = sinceMs(parts);
  return ms < blamedMs ? ms : undefined;
}

/** True when the server changed after the switch that the record knows: what moved traffic since may be what was lost. */
export function mayHaveLost(parts: Seen, { live, colors }: ServiceRecord, now: number): boolean {
  return sinceMs(parts) <= now - colors[live].since;
}
