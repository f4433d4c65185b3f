import { expect, test } from 'vitest';
import type { Actor } from '../../src/release/actor.ts';
import { nobodyListed } from '../../src/release/command.ts';
import { requireRole } from '../../src/release/gates.ts';
import { plain } from '../../src/release/line.ts';
import type { Line } from '../../src/release/line.ts';

const zoe: Actor = { kind: 'slack', user: 'U0ZOE', team: 'T1' };
const root: Actor = { kind: 'cli', name: 'root' };
const leads: Line = [{ group: 'S0LEADS' }, ', ', { user: 'U0BOB' }];

test.each([
  ['a person', zoe, leads, 'Ask @S0LEADS, @U0BOB, or have U0ZOE listed in the configuration.'],
  [
    'a person, where nobody is listed',
    zoe,
    nobodyListed,
    'Nobody is listed for it: have U0ZOE listed in the configuration.',
  ],
  [
    'a user of the command line',
    root,
    leads,
    'You are cli:root. Add it to roles.approver in the configuration, or ask @S0LEADS, @U0BOB.',
  ],
  [
    'a user of the command line, where nobody is listed',
    root,
    nobodyListed,
    'You are cli:root. Add it to roles.approver in the configuration.',
  ],
])('%s without the role learns who they are here and who has it', (_who, actor, holders, next) => {
  const facts = { roles: new Set<never>(), rolesUnknown: false, holders, record: { service: 'checkout' } };
  const refusal = requireRole(facts, { verb: 'approve', actor }, 'approver');
  expect(refusal?.code).toBe('not-allowed');
  expect(plain(refusal?.why ?? [])).toBe('approve on checkout needs the role approver (or admin).');
  expect(plain(refusal?.next ?? [])).toBe(next);
});
