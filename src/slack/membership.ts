import { z } from 'zod';
import { makeSeldom } from '../net/seldom.ts';
import type { Actor } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { SlackClient } from './client.ts';
import { makeQuestions } from './questions.ts';
import { isPlatformError } from './slack-errors.ts';

/** Somebody of Slack. `team`: as the signed payload says; see `noTeam` and `unsaidTeam`. */
export type SlackActor = Extract<Actor, { kind: 'slack' }>;

/** The team of a bot or a workflow: it counts only where its own id is listed. */
export const noTeam = 'none';
/** The team of somebody whose payload names none. */
export const unsaidTeam = 'unsaid';

/**
 * Whose somebody is: a member or a guest of this workspace, or neither. `missing`: Slack's directory has no such person.
 * `unknown`: Slack could not be asked in time.
 */
export type TeamMembership = (
  actor: SlackActor,
) => Promise<'member' | 'guest' | 'stranger' | 'missing' | 'unknown'>;

/** Somebody of this workspace is believed to be so for this long, ms; a stranger, who may be let in any time, for less. */
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

/** What `users.info` says of somebody. */
export interface UserInfo {
  /** Every workspace that the person is in, as far as Slack says so. */
  teams: readonly string[];
  guest: boolean;
  bot: boolean;
  /** There is no such person, or not any more. */
  missing?: true;
}

const nothing: UserInfo = { teams: [], guest: false, bot: false };

/** Slack's words for "there is nobody to tell of": an answer, not a failure. */
const missing: ReadonlySet<unknown> = new Set(['user_not_found', 'user_not_visible']);
/** Where nobody can be asked, the payload alone counts. */
const unasked = 'unknown_method';

/** Asks `users.info`. Throws when there is no answer; why is logged once a minute. */
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
 * Whose somebody is, asked of `users.info`. What a payload says of the team is enough to belong to the workspace, and
 * never enough not to: with Enterprise Grid it may be another workspace of the person or the organization, and mentions
 * with files name none. Nor is it enough for whom Slack's directory does not have: nobody knows whether it is a guest. `team`: of the bot's workspace, undefined while it is not known.
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
