import { formatDuration } from '../release/duration.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';

/**
 * The words of a mention: what follows the bot's name at the start of the message. Undefined when the message does not
 * begin with it: a sentence that speaks of the bot is no command.
 */
export function wordsAfterMention(text: string, bot: string): string | undefined {
  const [whole, user] = /^\s*<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>[\s,:]*/.exec(text) ?? [];
  return whole === undefined || user !== bot ? undefined : text.slice(whole.length);
}

/** What is said to a message that mentions the bot somewhere else. */
export const beginWithMention = {
  why: line`A command begins with my name; nothing was done.`,
  next: line`Write for example ${{ code: '@switchback status' }}.`,
};

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

/** Remembers for ten minutes, in this process, which events were taken: Slack repeats one that was slow, and it is answered once. */
export function makeOnce(now: () => number): (key: string) => boolean {
  const seen = new Map<string, number>();
  return (key) => {
    for (const [old, at] of seen) {
      if (now() - at < keptMs && seen.size < most) break;
      seen.delete(old);
    }
    if (seen.has(key)) return false;
    seen.set(key, now());
    return true;
  };
}
