import type { Draft } from './draft.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { PendingRevert } from './store.ts';

/**
 * The decision on a command. `refused` may carry a draft (approvals that no longer count are removed although the
 * command is refused). `change`: saved by compare-and-set; `drives`: an operation begins, so the save takes the
 * service lease. `pending-revert`: a revert during another operation, stored without matching the revision.
 * `joined`: nothing to change.
 */
export type Decision =
  | { kind: 'refused'; refusal: Refusal; draft?: Draft }
  | { kind: 'change'; draft: Draft; text: Line; drives: boolean }
  | { kind: 'pending-revert'; operation: string; pendingRevert: Omit<PendingRevert, 'at'>; text: Line }
  | { kind: 'joined'; text: Line };

/** Returns a refused decision, when there is a refusal. */
export function refused(refusal: Refusal | undefined): { kind: 'refused'; refusal: Refusal } | undefined {
  return refusal && { kind: 'refused', refusal };
}
