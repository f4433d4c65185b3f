import { limits } from './limits.ts';
import type { Operation } from './release.ts';
import { underWay } from './release.ts';
import type { Loaded } from './store.ts';

/** An operation without a lease for this long is not resumed if it has not touched the router, ms. */
const staleMs = 120_000;

/** Returns true for a stage, and for a promote whose intent is not saved: neither has touched the router. */
export function isUntouched(op: Operation): boolean {
  return op.intentAt === undefined && (op.kind === 'stage' || op.kind === 'promote');
}

/** Returns true when the operation was left for so long (`leftMs`) that the process that takes it over drops it. */
export function isStale(op: Operation, leftMs: number): boolean {
  return isUntouched(op) && leftMs > staleMs;
}

/**
 * Returns when a process last worked on the operation of `loaded`, an instant of the store's clock. An operation that
 * was accepted while a look at the router held the lease is newer than the last renewed lease.
 */
export function carriedAt({ record, renewedAt, now }: Loaded): number {
  return Math.max(renewedAt ?? 0, record?.op?.at ?? now);
}

/** Returns true when nothing worked on the operation when its lease was acquired, nor shortly before. */
export function lapsed(loaded: Loaded): boolean {
  return loaded.now - carriedAt(loaded) > limits.leaseMs;
}

/**
 * Returns true when work is under way and no process holds its lease now: it was left, or is about to be taken over.
 */
function unheld({ record, lease }: Loaded): boolean {
  return record !== null && record.op !== null && underWay(record) && lease === null;
}

/**
 * For how long (ms) what is under way has had no process (`unheld`); undefined: it has one, or nothing is under way.
 */
export function unheldMs(loaded: Loaded): number | undefined {
  return unheld(loaded) ? loaded.now - carriedAt(loaded) : undefined;
}

/** Since when what is under way has had no process, by the store's clock; undefined: it has one, or there is none. */
export function leftSince(loaded: Loaded): number | undefined {
  return unheld(loaded) && lapsed(loaded) ? carriedAt(loaded) : undefined;
}
