import { keeping } from './keeping.ts';
import { underWay } from './release.ts';
import type { Loaded } from './store.ts';

/**
 * When somebody was last at work on the operation of `loaded`, an instant of the store's. One that was accepted while a
 * look at the router held the lease is younger than the last lease that was renewed.
 */
export function carriedAt({ record, renewedAt, now }: Loaded): number {
  return Math.max(renewedAt ?? 0, record?.op?.at ?? now);
}

/** Nobody was at work on it when its lease was acquired, nor shortly before. */
export function lapsed(loaded: Loaded): boolean {
  return loaded.now - carriedAt(loaded) > keeping.leaseMs;
}

/** Something is under way, and nobody holds its lease now: it was left, or is about to be taken up. */
export function unheld({ record, lease }: Loaded): boolean {
  return record !== null && record.op !== null && underWay(record) && lease === null;
}

/** Since when nobody carries on what is under way, an instant of the store's; undefined: somebody does, or nothing is. */
export function leftSince(loaded: Loaded): number | undefined {
  return unheld(loaded) && lapsed(loaded) ? carriedAt(loaded) : undefined;
}
