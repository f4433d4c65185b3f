import { notStored } from '../release/answer.ts';
import type { SubmittedCommand } from '../release/command.ts';
import type { Parts } from '../release/parts.ts';

/** How long the outcome of a save without an answer is asked for, in ms. */
const recallMs = 5_000;

/**
 * Asks whether a save without an answer was stored; if not, it never will be. Undefined: the storage does not say, or
 * there is no such save (no `marks`).
 */
export async function wasStored(
  { clock, store }: Pick<Parts, 'clock' | 'store'>,
  submitted: Pick<SubmittedCommand, 'verb' | 'service' | 'about'>,
  marks: readonly string[],
): Promise<boolean | undefined> {
  const until = clock.mono() + recallMs;
  while (marks.length > 0 && clock.mono() < until) {
    await clock.sleep(250);
    const outcome = await store.recall(marks, notStored(submitted, store)).catch(() => undefined);
    if (outcome !== undefined) return outcome?.ok === true;
  }
  return undefined;
}
