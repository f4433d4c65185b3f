/** How many changing commands a person may send. */
import { refuse } from './gates.ts';
import { line } from './line.ts';
import type { Refusal } from './refusals.ts';

/** Changing commands of a person in a minute; reverts and presses do not count. */
export const perMinute = 120;

/** Returns the refusal of one more. */
export function tooManyRequests(): Refusal {
  return refuse(
    'too-many-requests',
    line`More than ${perMinute} changing commands in this minute.`,
    line`Wait a minute; reverts are not counted.`,
  );
}
