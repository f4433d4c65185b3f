import type { Draft } from './draft.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { PendingRevert } from './store.ts';

/**
 * What a command comes to. `refused` may carry a draft (an approval that fell away is saved although the command is
 * refused). `change`: saved by compare-and-set; `drives`: an operation begins, so the service lease is taken with it.
 * `wish`: a revert during another operation, stored without matching the revision. `joined`: it is already so.
 */
export type Decision =
  | { kind: 'refused'; refusal: Refusal; draft?: Draft }
  | { kind: 'change'; draft: Draft; text: Line; drives: boolean }
  | { kind: 'wish'; operation: string; wish: Omit<PendingRevert, 'at'>; text: Line }
  | { kind: 'joined'; text: Line };

/** A refused decision, when there is a refusal. */
export function refused(refusal: Refusal | undefined): { kind: 'refused'; refusal: Refusal } | undefined {
  return refusal && { kind: 'refused', refusal };
}
