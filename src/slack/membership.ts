import { z } from 'zod';
import { makeSeldom } from '../net/seldom.ts';
import type { Actor } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { SlackClient } from './client.ts';
import { makeQuestions } from './questions.ts';
import { isPlatformError } from './slack-errors.ts';

/** A person or bot of Slack. `team`: as the signed payload says; see `noTeam` and `unsaidTeam`. */
export type SlackActor = Extract<Actor, { kind: 'slack' }>;

/** The team of a bot or a workflow, which counts only where its own id is listed. */
export const noTeam = 'none';
/** The team of a person whose payload names none. */
export const unsaidTeam = 'unsaid';

/**
 * Whether a person belongs to this workspace: member, guest, or neither. `missing`: Slack's directory has no such
 * person. `unknown`: Slack did not answer in time.
 */
export type TeamMembership = (
  actor: SlackActor,
) => Promise<'member' | 'guest' | 'stranger' | 'missing' | 'unknown'>;

/** How long an answer is reused, in ms: long for a member, shorter for a stranger, who may be let in at any time. */
const believedMs = 3_600_000;
const strangerMs = 300_000;

const userSchema = z.object({
  team_id: z.string().nullish(),
  deleted: z.boolean().nullish(),
  is_bot: z.boolean().nullish(),
  is_restricted: z.boolean().nullish(),
  is_ultra_restricted: z.boolean().nullish(),
  enterprise_user: z.object({ teams: z.array(z.string()).nullish() }).nullish(),
});

/** What `users.info` says of a person. */
export interface UserInfo {
  /** Every workspace of the person, as far as Slack says so. */
  teams: readonly string[];
  guest: boolean;
  bot: boolean;
  /** The person does not exist, or not any more. */
  missing?: true;
}

const nothing: UserInfo = { teams: [], guest: false, bot: false };

/** Slack's words for "there is no such person": an answer, not a failure. */
const missing: ReadonlySet<unknown> = new Set(['user_not_found', 'user_not_visible']);
/** Where `users.info` does not exist, the payload alone counts. */
const unasked = 'unknown_method';

/** Makes a function that asks `users.info`. It throws when there is no answer, and logs why once a minute. */
export function userInfoFrom(
  client: SlackClient,
  { clock, log }: { clock: Clock; log: Log },
): (user: string) => Promise<UserInfo> {
  const seldom = makeSeldom(() => clock.mono());
  return async (user) => {
    try {
      const { user: said } = await client.users.info({ user });
      const { team_id: team, enterprise_user: grid, ...is } = userSchema.parse(said ?? {});
      if (is.deleted === true) return { ...nothing, missing: true };
      return {
        teams: [...(grid?.teams ?? []), ...(team == null ? [] : [team])],
        guest: is.is_restricted === true || is.is_ultra_restricted === true,
        bot: is.is_bot === true,
      };
    } catch (cause) {
      const word = isPlatformError(cause) ? cause.data.error : undefined;
      if (missing.has(word)) return { ...nothing, missing: true };
      if (word === unasked) return nothing;
      const may = seldom('users.info');
      if (may !== undefined) log.warn({ ...may, user, err: cause }, 'Slack did not say who somebody is');
      throw cause;
    }
  };
}

/**
 * Makes the function that finds a person's membership by `users.info`. The payload's team is enough to belong to the
 * workspace, and never enough to be refused: with Enterprise Grid it may be another workspace of the person or the
 * organization, and mentions with files name none. For a person who is not in Slack's directory it is not enough
 * either: that may be a guest. `team`: the bot's workspace, undefined until it is known.
 */
export function makeTeamMembership({
  team,
  userInfo,
  clock,
}: {
  team: () => string | undefined;
  userInfo: (user: string) => Promise<UserInfo>;
  clock: Clock;
}): TeamMembership {
  const ask = makeQuestions({
    ask: userInfo,
    believedMs: ({ teams }) => (teams.includes(team() ?? '') ? believedMs : strangerMs),
    clock,
  });
  return async (actor) => {
    const own = team();
    if (own === undefined) return 'unknown';
    if (actor.team === noTeam) return 'stranger';
    const info = await ask(actor.user);
    if (info === undefined) return 'unknown';
    if (info.missing) return 'missing';
    if (info.bot || !(actor.team === own || info.teams.includes(own))) return 'stranger';
    return info.guest ? 'guest' : 'member';
  };
}
