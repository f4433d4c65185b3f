import { afterAll, describe, expect, it } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import { sharedTown } from '../support/shared-town.ts';
import { openTown } from '../support/one-bot.ts';
import { visit } from '../support/conversation.ts';

const one = { bake: '60s', approvals: 1 };

describe('how long an approval holds', { concurrent: true }, () => {
  let hooks: HookServer;
  afterAll(() => hooks.stop());
  const { at } = sharedTown(async () => {
    hooks = await startHookServer();
    return {
      services: {
        brief: { promotion: { ...one, approvalExpires: '1500ms' } },
        undone: {
          promotion: one,
          hooks: [{ at: 'before-switch', url: `${hooks.url}/undone`, deadline: '2s' }],
        },
        locked: { promotion: one },
        replaced: { promotion: one },
      },
    };
  });

  it('a request that expires is announced, and an approval after that comes too late', async () => {
    const brief = at('brief');
    await brief.staged('v2');
    await brief.does('ann', 'promote');
    expect((await brief.notice('expired with 0 of 1 approvals')).broadcast).toBe(true);
    expect((await brief.does('bob', 'approve')).text).toMatch(/^approval-expired: /);
    expect(await brief.record()).toMatchObject({ state: 'staged', request: { status: 'expired' } });
    expect((await brief.does('ann', 'promote')).text).toMatch(/^promote: .*waits for 1 approval/);
    expect((await brief.does('bob', 'approve')).text).toMatch(/^approve: /);
    await brief.until('baking', (record) => record.state === 'baking');
  });

  it('approvals stay when a promote was stopped before the switch', async () => {
    const undone = at('undone');
    hooks.statuses.set('/undone', 400);
    await undone.staged('v2');
    await undone.does('ann', 'promote');
    await undone.does('bob', 'approve');
    await undone.notice('hook-failed');
    expect(await undone.record()).toMatchObject({
      state: 'staged',
      request: { status: 'granted' },
      live: 'blue',
    });
    expect(await undone.live()).toBe('blue');
    hooks.statuses.delete('/undone');
    expect((await undone.does('ann', 'promote')).text).toMatch(/is being promoted to green/);
    await undone.until('baking', (record) => record.state === 'baking');
  });

  it('an approval while the service is locked is refused and not counted', async () => {
    const locked = at('locked');
    await locked.staged('v2');
    await locked.does('ann', 'promote');
    await locked.does('cleo', 'lock', 'database migration');
    expect((await locked.does('bob', 'approve')).text).toMatch(/^locked: .*database migration/);
    expect((await locked.record()).request).toMatchObject({ status: 'open', approvals: [] });
    await locked.does('cleo', 'unlock');
    expect((await locked.does('bob', 'approve')).text).toMatch(/^approve: /);
    await locked.until('baking', (record) => record.state === 'baking');
  });

  it('another stage closes the open request', async () => {
    const replaced = at('replaced');
    await replaced.staged('v2');
    await replaced.does('ann', 'promote');
    await replaced.staged('v3', 'bob');
    expect((await replaced.record()).request).toBeNull();
    await replaced.notice('The open request of @ann is closed');
    expect((await replaced.does('bob', 'approve')).text).toMatch(/^nothing-to-do: /);
  });
});

it('a change of the settings drops the approvals, and notifies the people who gave them', async () => {
  const town = await openTown({ settings: { promotion: { ...one, approvals: 2 } } });
  try {
    const checkout = visit(town, 'checkout');
    await checkout.staged('v2');
    await checkout.does('ann', 'promote');
    expect((await checkout.does('bob', 'approve')).text).toMatch(/has 1 of 2 approvals/);
    expect((await checkout.does('bob', 'approve')).text).toMatch(/^nothing-to-do: .*each person counts once/);
    await town.bots[0]?.stop();
    town.change({ promotion: { ...one, approvals: 2, bake: '30s' } });
    await town.startBot();
    expect((await checkout.does('cleo', 'approve')).text).toMatch(/^release-changed: .*settings/);
    const told = await checkout.notice('(release-changed)');
    for (const name of ['ann', 'bob'])
      expect(town.slack.notifications(name).map((message) => message.ts)).toContain(told.ts);
    expect(await checkout.record()).toMatchObject({ state: 'staged', request: null });
    expect(await town.live()).toBe('blue');
    expect(town.slack.violations).toEqual([]);
  } finally {
    await town.close();
  }
});
