import { actorId } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { People } from '../release/command.ts';
import { asSentence, line } from '../release/line.ts';
import { makeRoleLists } from '../release/role-lists.ts';
import type { Roles } from '../release/settings.ts';
import type { Store } from '../release/store.ts';
import { pauseAfter } from './groups.ts';
import type { Groups } from './groups.ts';
import { makeQuestions } from './questions.ts';
import { noTeam } from './membership.ts';
import type { SlackActor, TeamMembership } from './membership.ts';

/** How long the members of a user group are reused, in ms. */
const believedMs = 60_000;
/** Most entries of each kind that one process remembers. */
const mostTold = 10_000;

/** What role checks need. */
export interface PeopleParts {
  /** The global lists of roles. */
  roles: Roles;
  /** Asks Slack for the user ids of a group; throws when it cannot be asked. */
  membersOf: Groups['membersOf'];
  troubleOf?: Groups['troubleOf'];
  /** The id of the bot's own workspace; undefined until Slack has accepted the token once. */
  team: () => string | undefined;
  /** Finds a person's membership; see `makeTeamMembership`. */
  standing: TeamMembership;
  store: Pick<Store, 'allow' | 'wasAllowed'>;
  clock: Clock;
}

type Membership = 'member' | 'stranger' | 'recently' | 'unknown';

/** Decides who may do what, by the lists of the configuration and Slack's user groups. */
export function makePeople(parts: PeopleParts): People {
  const memory = makeMemory(parts);
  const membership = makeGroups(parts, memory);
  const missing = new Set<string>();
  const anyone = makeAnyone(parts, memory, missing);
  const { entriesOf, mentions } = makeRoleLists(parts.roles);

  return {
    async may(actor, roles, settings) {
      if (actor.kind === 'system') return 'no';
      const { all, groups } = entriesOf(roles, settings);
      if (all.has(actorId(actor))) return 'yes';
      // A bot is allowed by its own id alone.
      if (actor.kind !== 'slack' || actor.team === noTeam) return 'no';
      const guests = settings?.roles.guests ?? parts.roles.guests ?? false;
      const asked = groups.map((group) => membership(group, actor.user));
      if (all.has('*')) asked.push(anyone(actor, guests));
      const found = await untilMember(asked);
      if (found.includes('member')) return 'yes';
      if (found.includes('recently')) return 'recently';
      return found.includes('unknown') ? 'unknown' : 'no';
    },

    denied: (actor) =>
      actor.kind === 'slack' && missing.has(actor.user)
        ? line`Slack's directory has no person ${{ code: actor.user }}.`
        : undefined,

    unread(roles, settings) {
      for (const group of entriesOf(roles, settings).groups) {
        const trouble = parts.troubleOf?.(group);
        if (trouble !== undefined)
          return {
            why: line`The user group ${{ code: group }} cannot be read: ${{ code: trouble.word }}.`,
            next: asSentence(trouble.cure.charAt(0).toUpperCase() + trouble.cure.slice(1)),
          };
      }
      return undefined;
    },

    mentions,
  };
}

/** Waits for all answers, or fewer when one is enough: a slow group must not delay a person who is in another. */
function untilMember(asked: readonly Promise<Membership>[]): Promise<Membership[]> {
  const member = Promise.any(
    asked.map(async (each) => {
      const answer = await each;
      return answer === 'member' ? [answer] : Promise.reject(new Error(answer));
    }),
  );
  return member.catch(() => Promise.all(asked));
}

/** True when this Slack user is listed by id anywhere: the only way for bots and other workspaces. */
export function listedById(user: string, lists: Iterable<Roles>): boolean {
  for (const roles of lists) {
    if ([roles.operator, roles.approver, roles.admin].some((list) => list?.includes(user) === true))
      return true;
  }
  return false;
}

/** The actor for a user who is not a person of this workspace (a bot): counts only when listed by id. */
export function outsider(user: string, channel?: string, thread?: string): SlackActor {
  const place = { ...(channel !== undefined && { channel }), ...(thread !== undefined && { thread }) };
  return { kind: 'slack', user, team: noTeam, ...place };
}

interface Memory {
  remember(entry: string, user: string): void;
  wasAllowed(entry: string, user: string): Promise<boolean>;
}

/** Stores for 24 h through which entry of a list a person was allowed; at most once a minute each. */
function makeMemory({ store, clock }: PeopleParts): Memory {
  const told = new Map<string, number>();
  return {
    remember(entry, user) {
      const key = `${entry} ${user}`;
      const before = told.get(key);
      if (before !== undefined && clock.mono() - before < believedMs) return;
      if (told.size > mostTold) told.clear();
      told.set(key, clock.mono());
      // Not awaited: a slow store must not delay the press.
      void store.allow(key).catch(() => told.delete(key));
    },
    wasAllowed: (entry, user) => store.wasAllowed(`${entry} ${user}`).catch(() => false),
  };
}

/** Asks whether a user is in a group. Answers are reused for 60 s. */
function makeGroups(
  { membersOf, clock }: PeopleParts,
  memory: Memory,
): (group: string, user: string) => Promise<Membership> {
  const membersNow = makeQuestions({
    ask: async (group) => new Set(await membersOf(group)),
    believedMs: () => believedMs,
    pauseMs: pauseAfter,
    clock,
  });
  return async (group, user) => {
    const now = await membersNow(group);
    if (now === undefined) return (await memory.wasAllowed(group, user)) ? 'recently' : 'unknown';
    if (!now.has(user)) return 'stranger';
    memory.remember(group, user);
    return 'member';
  };
}

/**
 * Decides whether a person counts as anyone of this workspace; guests only where the configuration says so. `missing`:
 * nobody in Slack's directory.
 */
function makeAnyone(
  { team, standing }: PeopleParts,
  memory: Memory,
  missing: Set<string>,
): (actor: SlackActor, guests: boolean) => Promise<Membership> {
  return async (actor, guests) => {
    const own = team();
    const isOwn = own !== undefined && actor.team === own;
    const found = isOwn && guests ? 'member' : await standing(actor);
    missing.delete(actor.user);
    if (found === 'missing') {
      if (missing.size >= mostTold) missing.clear();
      missing.add(actor.user);
      return 'stranger';
    }
    if (found === 'unknown') return (await memory.wasAllowed('*', actor.user)) ? 'recently' : 'unknown';
    if (found === 'stranger' || (found === 'guest' && !guests)) return 'stranger';
    memory.remember('*', actor.user);
    return 'member';
  };
}
