import type { Command, Configured } from './command.ts';
import type { Parts } from './parts.ts';
import type { Role } from './settings.ts';

/** Which of the roles this person holds for the service, asked now. */
export async function rolesOf(
  parts: Parts,
  command: Pick<Command, 'actor' | 'verb'>,
  configured: Configured,
): Promise<{ roles: Set<Role>; rolesUnknown: boolean }> {
  const wanted: Role[] = ['operator', 'approver', 'admin'];
  const said = await Promise.all(
    wanted.map((role) => parts.people.may(command.actor, [role], configured.settings)),
  );
  const counts = (answer: (typeof said)[number] | undefined): boolean =>
    answer === 'yes' || (answer === 'recently' && command.verb === 'revert');
  return {
    roles: new Set(wanted.filter((_, i) => counts(said[i]))),
    rolesUnknown: said.some((answer) => answer === 'unknown' || answer === 'recently'),
  };
}
