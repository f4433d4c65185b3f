import { z } from 'zod';
import type { SlackClient } from './client.ts';

const answerSchema = z.object({ users: z.array(z.string()) });

/** Asks Slack for the user ids of a group. Throws when there is no answer, or none with a list: nobody is known then. */
export function membersFrom(client: SlackClient): (group: string) => Promise<readonly string[]> {
  return async (usergroup) => answerSchema.parse(await client.usergroups.users.list({ usergroup })).users;
}
