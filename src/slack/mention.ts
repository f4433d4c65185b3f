import { line } from '../release/line.ts';

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
