import { formatDuration } from '../release/duration.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import { withoutInvisible } from '../release/invisible-characters.ts';

/**
 * The words of a mention: what follows the bot's name at the start of the message. Undefined when the message does not
 * begin with it: a sentence that speaks of the bot is no command.
 */
export function wordsAfterMention(text: string, bot: string | undefined): string | undefined {
  const seen = withoutInvisible(text);
  const [whole, marks = '', user] = /^\s*([*_~]{0,3})<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*/.exec(seen) ?? [];
  if (whole === undefined || (bot !== undefined && user !== bot)) return undefined;
  // Formatting around the whole message is left for the words; that around the name alone ends here.
  const rest = seen.slice(whole.length);
  return marks !== '' && rest.startsWith(marks) ? rest.slice(marks.length) : `${marks}${rest}`;
}

/** What is said in private to who mentions the bot somewhere else in a message. */
export const beginWithMention = line`A command begins with my name; nothing was done. Write for example ${{ code: '@switchback status' }}.`;

/** The refusal of a bot or a workflow that is not listed. */
export const noAutomaton = (id: string): Refusal => ({
  code: 'not-allowed',
  why: line`I take no commands from workflows and bots that are not listed; this one is ${{ code: id }}.`,
  next: line`To allow it, list that id for a role in the configuration.`,
});

/** A mention whose message is older than this runs nothing, seconds: Slack repeats one that it could not deliver for longer. */
const freshS = 300;

/** Why a mention runs nothing: its message was edited, or is old by our clock (`nowMs`). Undefined: it is fresh. */
export function staleness(
  { ts, edited, subtype }: { ts: string; edited?: unknown; subtype?: string | undefined },
  nowMs: number,
): Line | undefined {
  if ((edited !== undefined && edited !== null) || subtype === 'message_changed')
    return line`The message was edited.`;
  const ageS = Math.round(nowMs / 1_000 - (/^\d{1,12}(?:\.\d+)?$/.test(ts) ? Number(ts) : NaN));
  // Written so that what is no number is old.
  if (ageS <= freshS) return undefined;
  return Number.isNaN(ageS)
    ? line`Slack does not say when the message was written.`
    : line`The message is ${formatDuration(ageS * 1_000)} old.`;
}

const keptMs = 600_000;
const most = 10_000;

/** True once for each key in `forMs` (ten minutes), in this process: Slack repeats an event that was slow, and it is answered once. */
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
