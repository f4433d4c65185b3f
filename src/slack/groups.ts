import { z } from 'zod';
import type { Log } from '../release/parts.ts';
import type { SlackClient } from './client.ts';
import { groupTrouble } from './group-errors.ts';
import { slackPauseMs, slackErrorWord } from './slack-errors.ts';

const answerSchema = z.object({ users: z.array(z.string()) });

/** How long a lasting failure is kept before Slack is asked again, in ms. */
const lastingMs = 10_000;
const mostRemembered = 1_000;

/** User groups, as far as Slack lets them be read. */
export interface Groups {
  /** The user ids of a group. Throws when there is no answer, or one without a list: then no member is known. */
  membersOf: (group: string) => Promise<readonly string[]>;
  /**
   * Slack's word for why the group cannot be read, and who must do what; undefined: it can be read, or may be in a
   * moment.
   */
  troubleOf: (group: string) => { word: string; cure: string } | undefined;
}

/** Reads groups over the Web API. Logs each cause of a failure once. */
export function groupsFrom(client: SlackClient, log: Log): Groups {
  /** The last error word of each group, or that there was no answer. */
  const unread = new Map<string, string>();
  const none = '(no answer)';
  return {
    async membersOf(usergroup) {
      try {
        const { users } = answerSchema.parse(await client.usergroups.users.list({ usergroup }));
        if (unread.delete(usergroup)) log.info({ group: usergroup }, 'A user group can be read again');
        return users;
      } catch (cause) {
        const word = slackErrorWord(cause) ?? (slackPauseMs(cause) > 0 ? 'ratelimited' : none);
        if (unread.get(usergroup) !== word)
          log.warn(
            { group: usergroup, error: word, err: cause },
            'A user group cannot be read: nobody gets a role from it until that is fixed',
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

/** How long to wait before a failed group is asked for again, in ms. */
export function pauseAfter(cause: unknown): number {
  return groupTrouble(slackErrorWord(cause)).lasting ? lastingMs : slackPauseMs(cause);
}
