import type { Line } from './line.ts';

/**
 * Every refusal code, in order of priority: when several refusals apply, the first one is given. The codes are
 * stable: logs, metrics, history and tests use them.
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
  'staged-by-another',
  'nothing-to-revert-to',
  'no-way-back',
  'locked',
  'frozen',
  'approval-needed',
  'self-approval',
  'hold-limit',
  'approval-expired',
  'release-changed',
  'starting',
  'router-unreachable',
  'router-mixed',
  'router-drift',
  'router-not-ready',
  'not-in-sync',
  'alert-firing',
  'differs',
  'unhealthy',
  'version-mismatch',
  'schema-incompatible',
] as const;

/** The code of a refusal. */
export type RefusalCode = (typeof refusalCodes)[number];

/**
 * A "no" in sentences without their code: what was refused, why, what is true now, and what the person can do. `what`
 * and `now` are filled in where the command and the record are at hand.
 */
export interface Refusal {
  code: RefusalCode;
  what?: Line;
  why: Line;
  now?: Line;
  next: Line;
  /** A revert that may be forced: what its button is about, and what speaks against it. */
  force?: { service: string; release: string | null; epoch: number; note?: string };
}

/** Returns the sentences of a refusal after its code. */
export function refusalWords({ what, why, now, next }: Refusal): Line {
  const said = [what, why, now, next].filter((one): one is Line => one !== undefined && one.length > 0);
  return said.flatMap((one, i): Line => (i === 0 ? one : [' ', ...one]));
}

/** Returns the refusal with the highest priority. */
export function firstRefusal(refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.toSorted((a, b) => refusalCodes.indexOf(a.code) - refusalCodes.indexOf(b.code))[0];
}
