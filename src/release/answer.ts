import type { Answer } from './command.ts';
import type { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import { offsetFromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { Outcome } from './store.ts';

/** The line with its instants filled in, as of the save at `now`. */
export function resolved(text: Line, now: number): Line {
  return text.map((part) => {
    if (typeof part === 'string' || !('at' in part)) return part;
    const offset = offsetFromNow(part.at);
    return offset === undefined ? part : { at: now + offset };
  });
}

/** The answer to a repeat: what became of the first. */
export function fromOutcome(outcome: Outcome): Answer {
  if (outcome.ok || outcome.code === undefined) return { ok: true, text: outcome.text, repeated: true };
  return { ok: false, refusal: { code: outcome.code, why: outcome.text }, repeated: true };
}

/** What is said when the storage gave no answer: nothing was done, or that is not known. */
export function storageAway(fault: Fault): Refusal {
  return refuse(
    'storage-unavailable',
    fault.unclear
      ? line`The storage did not answer: this is not confirmed. You will be told what became of it.`
      : line`The storage does not answer; nothing was done and nothing will be done later.`,
    line`Try again in a moment.`,
  );
}
