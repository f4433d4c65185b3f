import { describe, expect, test } from 'vitest';
import { openMemory } from '../../src/memory/memory.ts';
import type { Actor } from '../../src/release/actor.ts';
import type { Clock } from '../../src/release/clock.ts';
import { plain } from '../../src/release/line.ts';
import type { Roles } from '../../src/release/settings.ts';
import { makePeople, outsider } from '../../src/slack/people.ts';
import { makeTeamMembership, unsaidTeam } from '../../src/slack/membership.ts';
import type { UserInfo } from '../../src/slack/membership.ts';
import { configured } from './way-in.ts';

const person = (user: string, team = 'T1'): Actor => ({ kind: 'slack', user, team });

/** A clock that jumps; sleeping ends as soon as it was moved far enough. */
function handClock(): Clock & { pass(ms: number): Promise<void> } {
  let at = 0;
  const sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => at,
    mono: () => at,
    sleep: (ms) => new Promise((wake) => void sleepers.push({ until: at + ms, wake })),
    after(ms, wake) {
      const sleeper = { until: at + ms, wake };
      sleepers.push(sleeper);
      return () => (sleeper.wake = () => {});
    },
    async pass(ms) {
      at += ms;
      for (const one of sleepers) if (one.until <= at) one.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function cast(
  roles: Roles,
  members: Record<string, string[]> = {},
  info: Record<string, Partial<UserInfo>> = {},
) {
  const clock = handClock();
  const asked: string[] = [];
  const slack: { state: 'up' | 'down' | 'silent'; team: string | undefined; slow?: string } = {
    state: 'up',
    team: 'T1',
  };
  const { store } = openMemory({ clock });
  const answered = async <T>(key: string, answer: T): Promise<T> => {
    asked.push(key);
    if (slack.state === 'silent' || slack.slow === key) return new Promise(() => {});
    if (slack.state === 'down') throw new Error('away');
    return answer;
  };
  const standing = makeTeamMembership({
    team: () => slack.team,
    userInfo: (user) => answered(user, { teams: [], guest: false, bot: false, ...info[user] }),
    clock,
  });
  const people = makePeople({
    roles,
    membersOf: (group) => answered(group, members[group] ?? []),
    team: () => slack.team,
    standing,
    store,
    clock,
  });
  return { people, clock, asked, slack };
}

describe('a role check of a person', () => {
  test.each([
    ['listed by id', person('U1'), 'yes'],
    ['in a listed group', person('U2'), 'yes'],
    ['an admin may what operators may', person('U9'), 'yes'],
    ['an approver is no operator', person('U5'), 'no'],
    ['not listed', person('U7'), 'no'],
    ['in the group, with another team in the payload', person('U2', 'T2'), 'yes'],
    ['in the group, and the payload names no team', person('U2', unsaidTeam), 'yes'],
    ['of another workspace, listed by id', person('U1', 'T2'), 'yes'],
    ['a bot in the group', outsider('U2'), 'no'],
    ['a bot listed by id', outsider('U1'), 'yes'],
    ['the command line, listed', { kind: 'cli', name: 'deployer' }, 'yes'],
    ['the command line, not listed', { kind: 'cli', name: 'other' }, 'no'],
    ['a rule', { kind: 'system', rule: 'adopt' }, 'no'],
  ] as [string, Actor, string][])('%s', async (_what, actor, expected) => {
    const { people } = cast(
      { operator: ['U1', 'S1', 'cli:deployer'], approver: ['U5'], admin: ['U9'] },
      { S1: ['U2'] },
    );
    expect(await people.may(actor, ['operator'], undefined)).toBe(expected);
  });

  test('anyone of this workspace', async () => {
    const { people } = cast({ operator: ['*'] });
    expect(await people.may(person('U1'), ['operator'], undefined)).toBe('yes');
    expect(await people.may(person('U1', 'T2'), ['operator'], undefined)).toBe('no');
    expect(await people.may({ kind: 'cli', name: 'x' }, ['operator'], undefined)).toBe('no');
  });

  test("a service's list replaces the global list of that role, and of no other", async () => {
    const { people } = cast({ operator: ['U1'], approver: ['U5'], admin: ['U9'] });
    const { settings } = configured({ roles: { operator: ['U2'] } });
    expect(await people.may(person('U1'), ['operator'], settings)).toBe('no');
    expect(await people.may(person('U2'), ['operator'], settings)).toBe('yes');
    expect(await people.may(person('U5'), ['approver'], settings)).toBe('yes');
    expect(await people.may(person('U9'), ['operator'], settings)).toBe('yes');
  });

  test('nobody listed means nobody', async () => {
    expect(await cast({}).people.may(person('U1'), ['operator'], undefined)).toBe('no');
  });
});

describe('anyone of this workspace, by what Slack says of a person', () => {
  const here = { teams: ['T2', 'T1'] };
  const told: Record<string, Partial<UserInfo>> = {
    UGRID: here,
    UHOME: { teams: ['T1'] },
    UOUT: { teams: ['T2'] },
    UGUEST: { teams: ['T1'], guest: true },
    UBOT: { teams: ['T1'], bot: true },
    UGONE: { missing: true },
  };
  test.each([
    ['of another workspace of the organization too', person('UGRID', 'T2'), 'yes'],
    ['whose payload names the organization', person('UGRID', 'E1'), 'yes'],
    ['whose payload names no team', person('UHOME', unsaidTeam), 'yes'],
    ['of another company', person('UOUT', 'T2'), 'no'],
    ['of another company, whose payload names no team', person('UOUT', unsaidTeam), 'no'],
    ['of whom Slack says nothing', person('UNEW', unsaidTeam), 'no'],
    ['of whom Slack says nothing, but the payload the team', person('UNEW', 'T1'), 'yes'],
    ['a person who is not in the directory, with any payload', person('UGONE', 'T1'), 'no'],
    ['a guest', person('UGUEST', 'T1'), 'no'],
    ['a bot', person('UBOT', 'T1'), 'no'],
    ['a bot of a mention', outsider('UHOME'), 'no'],
  ] as [string, Actor, string][])('%s', async (_what, actor, expected) => {
    const { people } = cast({ operator: ['*'] }, {}, told);
    expect(await people.may(actor, ['operator'], undefined)).toBe(expected);
  });

  test('a person who is not in the directory reads so, and is identified by id or group alone', async () => {
    const gone = person('UGONE', 'T1');
    const { people } = cast({ operator: ['*'] }, {}, told);
    expect(people.denied?.(gone)).toBeUndefined();
    await people.may(gone, ['operator'], undefined);
    expect(plain(people.denied?.(gone) ?? [])).toBe("Slack's directory has no person UGONE.");
    for (const entry of ['UGONE', 'S1']) {
      const { people: open } = cast({ operator: [entry] }, { S1: ['UGONE'] }, told);
      expect(await open.may(gone, ['operator'], undefined)).toBe('yes');
    }
  });

  test('guests count where the configuration says so, and by id or group everywhere', async () => {
    const guest = person('UGUEST', 'T1');
    const open = cast({ operator: ['*'], guests: true }, {}, told);
    expect(await open.people.may(guest, ['operator'], undefined)).toBe('yes');
    const { settings } = configured({ roles: { guests: false } });
    expect(await open.people.may(guest, ['operator'], settings)).toBe('no');
    for (const entry of ['UGUEST', 'S1']) {
      const { people } = cast({ operator: [entry] }, { S1: ['UGUEST'] }, told);
      expect(await people.may(guest, ['operator'], undefined)).toBe('yes');
    }
  });

  test('is asked once an hour for a person, of strangers every five minutes, and once for many presses', async () => {
    const { people, clock, asked } = cast({ operator: ['*'] }, {}, told);
    const both = (): Promise<unknown> =>
      Promise.all(
        ['UGRID', 'UOUT', 'UGRID'].map((user) => people.may(person(user, 'T2'), ['operator'], undefined)),
      );
    await both();
    expect(asked).toEqual(['UGRID', 'UOUT']);
    await clock.pass(299_000);
    await both();
    expect(asked).toHaveLength(2);
    await clock.pass(2_000);
    await both();
    expect(asked).toEqual(['UGRID', 'UOUT', 'UOUT']);
    await clock.pass(3_300_000);
    await both();
    expect(asked.filter((user) => user === 'UGRID')).toHaveLength(2);
  });

  test('while Slack cannot be asked, only who was allowed lately keeps the right to revert', async () => {
    const { people, clock, slack } = cast({ operator: ['*'] }, {}, told);
    expect(await people.may(person('UGRID', 'E1'), ['operator'], undefined)).toBe('yes');
    slack.state = 'down';
    await clock.pass(3_601_000);
    expect(await people.may(person('UGRID', 'E1'), ['operator'], undefined)).toBe('recently');
    expect(await people.may(person('UHOME', 'T1'), ['operator'], undefined)).toBe('unknown');
    await clock.pass(25 * 3_600_000);
    expect(await people.may(person('UGRID', 'E1'), ['operator'], undefined)).toBe('unknown');
  });

  test('a person who asks while a question is open waits no longer than it', async () => {
    const { people, clock, slack } = cast({ operator: ['*'] }, {}, told);
    slack.state = 'silent';
    const first = people.may(person('UGRID', 'E1'), ['operator'], undefined);
    await clock.pass(1_000);
    const second = people.may(person('UGRID', 'E1'), ['operator'], undefined);
    await clock.pass(500);
    expect(await Promise.all([first, second])).toEqual(['unknown', 'unknown']);
  });
});

describe('groups', () => {
  test('are asked for once a minute, and once for many presses', async () => {
    const { people, clock, asked } = cast({ operator: ['S1'] }, { S1: ['U1'] });
    await Promise.all(Array.from({ length: 20 }, () => people.may(person('U1'), ['operator'], undefined)));
    expect(asked).toEqual(['S1']);
    await clock.pass(59_000);
    await people.may(person('U2'), ['operator'], undefined);
    expect(asked).toEqual(['S1']);
    await clock.pass(2_000);
    await people.may(person('U1'), ['operator'], undefined);
    expect(asked).toEqual(['S1', 'S1']);
  });

  test('without an answer the answer is unknown, and recently for somebody who was allowed', async () => {
    const { people, clock, slack } = cast({ operator: ['S1'] }, { S1: ['U1'] });
    expect(await people.may(person('U1'), ['operator'], undefined)).toBe('yes');
    slack.state = 'down';
    await clock.pass(61_000);
    expect(await people.may(person('U1'), ['operator'], undefined)).toBe('recently');
    expect(await people.may(person('U2'), ['operator'], undefined)).toBe('unknown');
    await clock.pass(25 * 3_600_000);
    expect(await people.may(person('U1'), ['operator'], undefined)).toBe('unknown');
  });

  test('are waited for at most 1.5 s', async () => {
    const { people, clock, slack } = cast({ operator: ['S1'] }, { S1: ['U1'] });
    slack.state = 'silent';
    const asked = people.may(person('U1'), ['operator'], undefined);
    await clock.pass(1_499);
    let done = false;
    void asked.then(() => (done = true));
    await clock.pass(0);
    expect(done).toBe(false);
    await clock.pass(1);
    expect(await asked).toBe('unknown');
  });

  test('a failed question is not repeated by every press', async () => {
    const { people, clock, slack, asked } = cast({ operator: ['S1'] });
    slack.state = 'down';
    for (let i = 0; i < 10; i += 1) await people.may(person('U1'), ['operator'], undefined);
    expect(asked).toHaveLength(1);
    await clock.pass(1_001);
    await people.may(person('U1'), ['operator'], undefined);
    expect(asked).toHaveLength(2);
  });

  test('before Slack has said which workspace this is, only ids count', async () => {
    const { people, slack } = cast({ operator: ['*'], approver: ['S1'], admin: ['U9'] }, { S1: ['U1'] });
    slack.team = undefined;
    expect(await people.may(person('U1'), ['operator'], undefined)).toBe('unknown');
    expect(await people.may(person('U9'), ['operator'], undefined)).toBe('yes');
  });
});

test('mentions name groups and people as configured, and admins where nobody is listed', () => {
  const { people } = cast({ approver: ['S1', 'U1', 'cli:x'], admin: ['U9'] });
  expect(people.mentions('approver', undefined)).toEqual([{ group: 'S1' }, ', ', { user: 'U1' }]);
  expect(people.mentions('operator', undefined)).toEqual([{ user: 'U9' }]);
});

test('mentions name command-line users only where nobody of Slack is listed', () => {
  const mixed = cast({ operator: ['cli:root'], admin: ['cli:root', 'U9'] });
  expect(mixed.people.mentions('operator', undefined)).toEqual([{ user: 'U9' }]);
  const alone = cast({ operator: ['cli:root'] });
  expect(alone.people.mentions('operator', undefined)).toEqual(['cli:root']);
});

test('a member of one group is not kept waiting by another that is slow', async () => {
  const { people, slack } = cast({ operator: ['S1', 'S2'] }, { S2: ['U2'] });
  slack.slow = 'S1';
  expect(await people.may(person('U2'), ['operator'], undefined)).toBe('yes');
});
