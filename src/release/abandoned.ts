import { limits } from './limits.ts';
import type { Operation } from './release.ts';
import { underWay } from './release.ts';
import type { Loaded } from './store.ts';

/** An operation that has not touched the router is not resumed after this long without a lease, ms. */
const staleMs = 120_000;

/** A stage, or a promote whose intent is not saved: nothing of it has touched the router. */
export function isUntouched(op: Operation): boolean {
  return op.intentAt === undefined && (op.kind === 'stage' || op.kind === 'promote');
}

/** Nobody was at work on it for so long, ms, that it is dropped by who takes it up. */
export function isStale(op: Operation, leftMs: number): boolean {
  return isUntouched(op) && leftMs > staleMs;
}

/**
 * When somebody was last at work on the operation of `loaded`, an instant of the store's. One that was accepted while a
 * look at the router held the lease is younger than the last lease that was renewed.
 */
export function carriedAt({ record, renewedAt, now }: Loaded): number {
  return Math.max(renewedAt ?? 0, record?.op?.at ?? now);
}

/** Nobody was at work on it when its lease was acquired, nor shortly before. */
export function lapsed(loaded: Loaded): boolean {
  return loaded.now - carriedAt(loaded) > limits.leaseMs;
}

/** Something is under way, and nobody holds its lease now: it was left, or is about to be taken up. */
function unheld({ record, lease }: Loaded): boolean {
  return record !== null && record.op !== null && underWay(record) && lease === null;
}

/** For how long (ms) nobody is at work on what is under way, as `unheld` says; undefined: somebody is, or nothing is. */
export function unheldMs(loaded: Loaded): number | undefined {
  return unheld(loaded) ? loaded.now - carriedAt(loaded) : undefined;
}

/** Since when nobody carries on what is under way, an instant of the store's; undefined: somebody does, or nothing is. */
export function leftSince(loaded: Loaded): number | undefined {
  return unheld(loaded) && lapsed(loaded) ? carriedAt(loaded) : undefined;
}
