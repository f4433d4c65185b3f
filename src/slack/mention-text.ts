import { formatDuration } from '../release/duration.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import { withoutInvisible } from '../release/invisible-characters.ts';

/**
 * The words of a mention: the text after the bot's name at the start of the message. Undefined when the message does
 * not begin with the name: such a sentence is no command.
 */
export function wordsAfterMention(text: string, bot: string | undefined): string | undefined {
  const seen = withoutInvisible(text);
  const [whole, marks = '', user] = /^\s*([*_~]{0,3})<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*/.exec(seen) ?? [];
  if (whole === undefined || (bot !== undefined && user !== bot)) return undefined;
  // Formatting around the whole message is left in the words; formatting around the name alone ends here.
  const rest = seen.slice(whole.length);
  return marks !== '' && rest.startsWith(marks) ? rest.slice(marks.length) : `${marks}${rest}`;
}

/** The private answer to a person who mentions the bot elsewhere in a message. */
export const beginWithMention = line`A command begins with my name; nothing was done. Write for example ${{ code: '@switchback status' }}.`;

/** The refusal of a bot or a workflow that is not listed. */
export const noAutomaton = (id: string): Refusal => ({
  code: 'not-allowed',
  why: line`I take no commands from workflows and bots that the configuration does not list; this one is ${{ code: id }}.`,
  next: line`To allow it, list that id for a role in the configuration.`,
});

/** Oldest message whose mention runs, in seconds. Slack may repeat an undelivered one for longer. */
const freshS = 300;

/** Why a mention runs nothing: its message was edited, or is old by our clock (`nowMs`). Undefined: it is fresh. */
export function staleness(
  { ts, edited, subtype }: { ts: string; edited?: unknown; subtype?: string | undefined },
  nowMs: number,
): Line | undefined {
  if ((edited !== undefined && edited !== null) || subtype === 'message_changed')
    return line`The message was edited.`;
  const ageS = Math.round(nowMs / 1_000 - (/^\d{1,12}(?:\.\d+)?$/.test(ts) ? Number(ts) : NaN));
  // A timestamp that is no number counts as old.
  if (ageS <= freshS) return undefined;
  return Number.isNaN(ageS)
    ? line`Slack does not say when the message was written.`
    : line`The message is ${formatDuration(ageS * 1_000)} old.`;
}

const keptMs = 600_000;
const most = 10_000;

/**
 * Makes a function that is true once for each key in `forMs` (ten minutes), in this process: Slack repeats a slow
 * event, which must be answered once.
 */
export function makeOnce(now: () => number, forMs = keptMs): (key: string) => boolean {
  const seen = new Map<string, number>();
  return (key) => {
    for (const [old, at] of seen) {
      if (now() - at < forMs && seen.size < most) break;
      seen.delete(old);
    }
    if (seen.has(key)) return false;
    seen.set(key, now());
    return true;
  };
}
