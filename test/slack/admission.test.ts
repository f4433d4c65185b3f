import { expect, test } from 'vitest';
import type { Roles } from '../../src/release/settings.ts';
import { admissionOf } from '../../src/slack/workspace-check.ts';
import { noTeam } from '../../src/slack/membership.ts';

/** What is let in by lists of so many services; counts how many of them are read. */
function door(services: number) {
  const seen = { lists: 0 };
  const never = (): never => {
    throw new Error('nobody is asked');
  };
  const parts = {
    identity: { current: () => ({ team: 'T0OWN' }) },
    desk: { people: { may: never }, catalog: { find: never } },
    standing: never,
    *lists(): Generator<Roles> {
      for (let i = 0; i < services; i += 1) {
        seen.lists += 1;
        yield { operator: ['U0LISTED'] };
      }
    },
  };
  return { seen, parts: parts as unknown as Parameters<typeof admissionOf>[0] };
}

test('a person of the workspace is let in without a look at the lists of 2,000 services', async () => {
  const { seen, parts } = door(2_000);
  const ann = { kind: 'slack' as const, user: 'U0ANN', team: 'T0OWN' };
  expect(await admissionOf(parts, ann, {})).toBe('yes');
  expect(seen.lists).toBe(0);
});

test('somebody of no workspace is let in only when a list names the id', async () => {
  const { parts } = door(3);
  expect(await admissionOf(parts, { kind: 'slack', user: 'U0LISTED', team: noTeam }, {})).toBe('yes');
  expect(await admissionOf(parts, { kind: 'slack', user: 'U0BOT', team: noTeam }, {})).toBe('no');
});
