import { z } from 'zod';
import type { Log } from '../release/parts.ts';
import type { SlackClient } from './client.ts';
import { groupTrouble } from './group-errors.ts';
import { retryAfterMs, wordOf } from './slack-errors.ts';

const answerSchema = z.object({ users: z.array(z.string()) });

/** What a moment does not cure is asked again after this, ms. */
const lastingMs = 10_000;
const mostRemembered = 1_000;

/** User groups, as far as Slack lets them be read. */
export interface Groups {
  /** The user ids of a group. Throws when there is no answer, or none with a list: nobody is known then. */
  membersOf: (group: string) => Promise<readonly string[]>;
  /** Slack's word for why the group cannot be read, and who must do what; undefined: it can, or a moment may cure it. */
  troubleOf: (group: string) => { word: string; cure: string } | undefined;
}

/** Groups over the Web API. Why one cannot be read is logged once for each cause. */
export function groupsFrom(client: SlackClient, log: Log): Groups {
  /** The word, or that there was no answer. */
  const unread = new Map<string, string>();
  const none = '(no answer)';
  return {
    async membersOf(usergroup) {
      try {
        const { users } = answerSchema.parse(await client.usergroups.users.list({ usergroup }));
        if (unread.delete(usergroup)) log.info({ group: usergroup }, 'A user group can be read again');
        return users;
      } catch (cause) {
        const word = wordOf(cause) ?? (retryAfterMs(cause) > 0 ? 'ratelimited' : none);
        if (unread.get(usergroup) !== word)
          log.warn(
            { group: usergroup, error: word, err: cause },
            'A user group cannot be read: nobody has a role by it until that is fixed',
          );
        if (unread.size >= mostRemembered) unread.clear();
        unread.set(usergroup, word);
        throw cause;
      }
    },
    troubleOf(group) {
      const word = unread.get(group);
      if (word === undefined || word === none) return undefined;
      const { lasting, cure } = groupTrouble(word);
      return lasting ? { word, cure } : undefined;
    },
  };
}

/** How long a group that could not be read is left alone, ms. */
export function pauseAfter(cause: unknown): number {
  return groupTrouble(wordOf(cause)).lasting ? lastingMs : retryAfterMs(cause);
}
