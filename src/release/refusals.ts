import type { Line } from './line.ts';

/**
 * Every lawful "no", in the order in which one of several is given (SPEC 4). The codes are stable: logs, metrics,
 * history and tests use them.
 */
export const refusalCodes = [
  'bad-arguments',
  'unknown-service',
  'not-allowed',
  'too-many-requests',
  'storage-unavailable',
  'stale-button',
  'nothing-to-do',
  'stuck',
  'operation-in-progress',
  'nothing-staged',
  'already-live',
  'nothing-to-revert-to',
  'locked',
  'frozen',
  'approval-needed',
  'self-approval',
  'approval-expired',
  'release-changed',
  'router-unreachable',
  'router-mixed',
  'router-drift',
  'unhealthy',
  'version-mismatch',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** A "no" with its reason: why in one sentence, what is true now, and what the person can do. */
export interface Refusal {
  code: RefusalCode;
  why: Line;
  now?: Line;
  next?: Line;
}

/** The refusal that comes first in the contract's order. */
export function firstRefusal(refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.toSorted((a, b) => refusalCodes.indexOf(a.code) - refusalCodes.indexOf(b.code))[0];
}
