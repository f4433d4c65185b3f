import type { Role, Roles } from '../../../src/release/settings.ts';
import type { World } from '../../slack-double/src/index.ts';

/** The roles in the playground: ann and bob release, bob and cleo approve, dan administers, zoe may only look. */
export const roles = { operator: ['S0RELEASE'], approver: ['S0LEADS'], admin: ['U0DAN'] } satisfies Roles;

/** The roles of this person, in the order of `roles`; a stranger has none. */
export function rolesIn(world: World, id: string): Role[] {
  return (['operator', 'approver', 'admin'] as const).filter((role) =>
    roles[role].some((member) => member === id || world.groups.get(member)?.users.includes(id)),
  );
}

/** The people who can act, one a line, with their roles; an arrow marks `who`. */
export function castOf(world: World, who: string): string {
  const room = world.channel('releases');
  const here = [...world.users.values()].filter(({ id, isBot }) => room.members.has(id) && !isBot);
  const lines = here.map(({ id, name }) => {
    return `${name === who ? '→' : ' '} ${name.padEnd(5)} ${rolesIn(world, id).join(', ') || 'may only look'}`;
  });
  return lines.join('\n');
}
