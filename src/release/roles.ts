import type { Actor } from './actor.ts';
import type { Command, Configured, Unread } from './command.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { Role } from './settings.ts';

/** The parts of a command that decide which roles it needs. */
interface Asking {
  actor: Actor;
  verb: Command['verb'];
  duringFreeze?: string | undefined;
  force?: string | undefined;
}

/** Returns the roles that a verb's gates check; an admin has the other two. No others: each may wait for Slack. */
export function wantedBy({ verb, duringFreeze, force }: Asking): Role[] {
  switch (verb) {
    case 'promote':
      return [duringFreeze === undefined ? 'operator' : 'admin'];
    case 'stage':
    case 'revert':
    case 'cancel':
      return ['operator'];
    // Whether a stuck promote continues despite a freeze is an admin's decision.
    case 'retry':
      return ['operator', 'admin'];
    case 'approve':
    case 'reject':
      return ['approver'];
    case 'settle':
      return [force === undefined ? 'approver' : 'admin'];
    // The holder of the lock decides, and an admin may change every lock.
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

/** Finds which of the roles that the command needs this person holds for the service now. */
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
