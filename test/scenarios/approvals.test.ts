import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';

const one = { bake: '60s', approvals: 1 };

describe.each(['http', 'socket'] as const)('approvals over %s', { concurrent: true }, (mode) => {
  const { town, at } = sharedTown({
    mode,
    services: {
      second: { promotion: one },
      self: { promotion: one },
      selfish: { promotion: { ...one, selfApproval: true } },
      rejecting: { promotion: one },
    },
  });

  it('a promote waits for a second person, whose approval starts it in the name of the first', async () => {
    const second = at('second');
    expect((await second.does('ann', 'why')).shown).not.toContain('approval');
    await second.staged('v2');
    expect((await second.does('ann', 'why')).shown).toMatch(/fail · approvals · approval-needed: /);
    const asked = await second.presses('ann', 'release.promote');
    expect(asked.delivered).toBe(true);
    await second.until('asked', (record) => record.request?.status === 'open');
    const open = await second.notice('asks to promote');
    expect(open.broadcast).toBe(true);
    expect(
      town()
        .slack.notifications('bob')
        .map((message) => message.ts),
    ).toContain(open.ts);
    expect((await second.does('bob', 'promote')).text).toMatch(/^approval-needed: .*0 of 1 approvals/);

    const pressed = await second.presses('bob', 'release.approve', {});
    expect(pressed.confirm?.text).toContain('100 % of traffic moves blue → green');
    const record = await second.until('baking', (each) => each.state === 'baking');
    expect(record.releases[0]?.promotedBy).toMatchObject({ user: 'U0ANN' });
    expect(record.releases[0]?.approvedBy).toMatchObject([{ user: 'U0BOB' }]);
    expect(await second.live()).toBe('green');
    await second.notice('approved (1 of 1)');
    await second.notice('approved by @bob · promoted by @ann');
    expect((await second.notice('Approved by @bob')).ts).toBe(open.ts);
  });

  it('the one who asked cannot approve, unless the settings allow that', async () => {
    const self = at('self');
    await self.staged('v2', 'bob');
    await self.does('bob', 'promote');
    expect((await self.does('bob', 'approve')).text).toMatch(/^self-approval: /);
    expect((await self.record()).request?.approvals).toEqual([]);

    const selfish = at('selfish');
    await selfish.staged('v2', 'bob');
    await selfish.does('bob', 'promote');
    expect((await selfish.does('bob', 'approve')).text).toMatch(/^approve: /);
    await selfish.until('baking', (record) => record.state === 'baking');
  });

  it('a rejected request is closed, its requester is notified, and the release stays staged', async () => {
    const rejecting = at('rejecting');
    await rejecting.staged('v2');
    await rejecting.does('ann', 'promote');
    await rejecting.presses('bob', 'release.reject');
    const record = await rejecting.until('rejected', (each) => each.request === null);
    expect(record.state).toBe('staged');
    const told = await rejecting.notice('rejected rejecting #1');
    expect(
      town()
        .slack.notifications('ann')
        .map((message) => message.ts),
    ).toContain(told.ts);
    expect((await rejecting.does('bob', 'approve')).text).toMatch(/^nothing-to-do: /);
    expect((await rejecting.does('bob', 'reject', 'late')).text).toMatch(/^nothing-to-do: /);
  });
});
