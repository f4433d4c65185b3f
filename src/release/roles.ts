import type { Actor } from './actor.ts';
import type { Unread } from './command.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Role, Settings } from './settings.ts';
import { descriptionOf } from './verbs/index.ts';
import type { AlertCommand, Verb } from './verbs/index.ts';

/** The parts of a command that decide which roles it needs: its verb, and which options it has. */
export interface RoleQuestion {
  actor: Actor;
  verb: Verb | AlertCommand['verb'];
  duringFreeze?: string | undefined;
  force?: string | undefined;
}

/** Returns the roles of which the command needs one: those of its verb, or that of an option that is given. */
export function rolesFor(asking: Pick<RoleQuestion, 'verb'>): readonly [Role, ...Role[]] {
  const { roles, options } = descriptionOf(asking);
  const given: Readonly<Record<string, unknown>> = { ...asking };
  const needs = Object.entries(options).find(([field, each]) => each.needs && given[field] !== undefined)?.[1]
    .needs;
  return needs === undefined ? roles : [needs];
}

/** Returns the roles that a command's gates check; an admin has the other two. No others: each may wait for Slack. */
function wantedBy(asking: RoleQuestion): Role[] {
  return [...rolesFor(asking), ...(descriptionOf(asking).alsoAsks ?? [])];
}

/** Finds which of the roles that the command needs this person holds for the service now. */
export async function rolesOf(
  parts: Pick<Parts, 'people'>,
  asking: RoleQuestion,
  configured: { settings: Settings | undefined },
): Promise<{
  roles: Set<Role>;
  holders: Line;
  rolesUnknown: boolean;
  rolesUnread?: Unread | undefined;
  denied?: Line | undefined;
}> {
  const wanted = wantedBy(asking);
  // A rule of Switchback itself; nothing from outside can name one as its actor.
  if (asking.actor.kind === 'system') return { roles: new Set(wanted), holders: [], rolesUnknown: false };
  const said = await Promise.all(
    wanted.map((role) => parts.people.may(asking.actor, [role], configured.settings)),
  );
  const rolesUnknown = said.some((answer) => answer === 'unknown' || answer === 'recently');
  const counts = (answer: (typeof said)[number] | undefined): boolean =>
    answer === 'yes' || (answer === 'recently' && asking.verb === 'revert');
  return {
    roles: new Set(wanted.filter((_, i) => counts(said[i]))),
    holders: parts.people.mentions(wanted[0] ?? 'operator', configured.settings),
    rolesUnknown,
    denied: parts.people.denied?.(asking.actor),
    ...(rolesUnknown && { rolesUnread: parts.people.unread?.(wanted, configured.settings) }),
  };
}
