import type { Actor } from './actor.ts';
import type { Command, Configured, Unread } from './command.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Role } from './settings.ts';

/** What decides which roles a command looks at. */
interface Asking {
  actor: Actor;
  verb: Command['verb'];
  duringFreeze?: string | undefined;
  force?: string | undefined;
}

/** The roles that a verb's gates look at; an admin has the other two. More are not asked for: each may wait for Slack. */
export function wantedBy({ verb, duringFreeze, force }: Asking): Role[] {
  switch (verb) {
    case 'promote':
      return [duringFreeze === undefined ? 'operator' : 'admin'];
    case 'stage':
    case 'revert':
    case 'cancel':
      return ['operator'];
    // Whether a promote that hung goes on in spite of a freeze is an admin's to say.
    case 'retry':
      return ['operator', 'admin'];
    case 'approve':
    case 'reject':
      return ['approver'];
    case 'settle':
      return [force === undefined ? 'approver' : 'admin'];
    // Whose lock it is decides, and an admin may touch everybody's.
    case 'lock':
    case 'extend':
    case 'unlock':
      return ['operator', 'admin'];
    case 'adopt':
      return ['admin'];
    default:
      return verb satisfies never;
  }
}

/** Which of the roles that the command needs this person holds for the service, asked now. */
export async function rolesOf(
  parts: Pick<Parts, 'people'>,
  asking: Asking,
  configured: Configured,
): Promise<{
  roles: Set<Role>;
  holders: Line;
  rolesUnknown: boolean;
  rolesUnread?: Unread | undefined;
  denied?: Line | undefined;
}> {
  const wanted = wantedBy(asking);
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
