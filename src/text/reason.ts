/** The reasons that people give, typed in Slack, in a modal or at a terminal. */
import { withoutControls, withoutInvisible } from '../release/invisible-characters.ts';

/** Most characters of a reason. */
export const longestReason = 300;

/** True when a text holds control characters. */
export function hasControls(text: string): boolean {
  return withoutControls(text) !== text;
}

/** A reason that can be stored and shown: without invisible characters, at most 300 characters. */
export function tidyReason(text: string): string {
  const characters = Array.from(withoutControls(withoutInvisible(text)).trim());
  return characters.length > longestReason
    ? `${characters.slice(0, longestReason - 1).join('')}…`
    : characters.join('');
}
