import { afterAll, describe, expect, it } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import { sharedTown } from '../support/shared-town.ts';

describe('locks', { concurrent: true }, () => {
  let hooks: HookServer;
  afterAll(() => hooks.stop());
  const { town, at } = sharedTown(async () => {
    hooks = await startHookServer();
    const before = (name: string) => ({ hooks: [{ at: 'before-switch', url: `${hooks.url}/${name}` }] });
    return {
      services: {
        held: {},
        short: {},
        late: before('late'),
        mid: {},
        after: {},
        kept: {},
        free: { revert: { lockAfterRevert: false } },
      },
    };
  });
  const notified = (name: string) =>
    town()
      .slack.notifications(name)
      .map((message) => message.ts);

  it('a lock is taken, changed by its holder, refused to others, taken over and ended by an admin, which notifies the holder', async () => {
    const held = at('held');
    expect((await held.does('ann', 'lock', '--for 1h a migration')).text).toMatch(
      /^lock: held is locked until/,
    );
    expect((await held.does('ann', 'lock', 'two migrations')).text).toMatch(/^lock: held stays locked/);
    expect((await held.record()).lock).toMatchObject({ reason: 'two migrations', holder: { user: 'U0ANN' } });
    expect((await held.does('bob', 'lock', 'me too')).text).toMatch(/^locked: .*two migrations/);
    expect((await held.does('bob', 'unlock')).text).toMatch(/^not-allowed: .*two migrations/);
    expect((await held.does('bob', 'stage', 'v2')).text).toMatch(/^locked: /);

    expect((await held.does('cleo', 'lock', 'an audit')).text).toMatch(/^lock: /);
    const over = await held.notice('took over your lock');
    expect(notified('ann')).toContain(over.ts);
    expect((await held.record()).lock).toMatchObject({ holder: { user: 'U0CLEO' } });
    expect((await held.does('ann', 'unlock')).text).toMatch(/^not-allowed: /);

    await held.does('cleo', 'unlock');
    await held.does('ann', 'lock', 'again');
    await held.does('cleo', 'unlock');
    const ended = await held.notice('ended your lock');
    expect(notified('ann')).toContain(ended.ts);
    expect((await held.does('ann', 'unlock')).text).toMatch(/^nothing-to-do: /);
  });

  it('reminds its holder before the end, is extended by the button, and ends by itself otherwise', async () => {
    const short = at('short');
    await short.does('ann', 'lock', '--for 10s a quick look');
    const reminder = await short.notice('your lock of short ends');
    expect(notified('ann')).toContain(reminder.ts);
    await town().slack.person('ann').presses(reminder, 'lock.extend');
    await short.until('extended', ({ lock, ...record }) => {
      const left = (lock?.until ?? 0) - Date.now();
      return record.state === 'idle' && left > 7 * 3_600_000;
    });
    await short.does('ann', 'lock', '--for 1s a glance');
    await short.until('ended', (record) => record.lock === null);
    expect((await short.does('ann', 'history')).shown).toContain('lock-ended');
  });

  it('stops a promote before its intent, and leaves the release staged', async () => {
    const late = at('late');
    hooks.hold('/late');
    await late.staged('v2');
    await late.does('ann', 'promote');
    await town().slack.until(() => hooks.to('/late').length > 0);
    expect((await late.does('bob', 'lock', 'stop everything')).text).toMatch(/^lock: /);
    const record = await late.until('stopped', (each) => each.state === 'staged');
    expect(record).toMatchObject({ live: 'blue', epoch: 1, lock: { reason: 'stop everything' } });
    expect(await late.live()).toBe('blue');
    await late.hears('ann', 'locked');
    expect(record.releases[0]).toMatchObject({ code: 'locked', status: 'staged' });
    hooks.release();
  });

  it('lets a running stage go on to staged, and stops no bake', async () => {
    const mid = at('mid');
    mid.green.levers.hang = true;
    await mid.does('ann', 'stage', 'v2');
    expect((await mid.does('ann', 'lock', 'a pause')).text).toMatch(/^lock: /);
    mid.green.levers.hang = false;
    mid.green.levers.version = 'v2';
    await mid.until('staged', (record) => record.state === 'staged');
    expect((await mid.does('ann', 'promote')).text).toMatch(/^locked: /);
  });

  it('stands after a revert with its reason until any operator ends it', async () => {
    const after = at('after');
    await after.baking('v2');
    await after.does('ann', 'revert', 'errors everywhere');
    const { lock } = await after.until('reverted', (record) => record.state === 'idle');
    expect(lock).toMatchObject({
      holder: { kind: 'system' },
      until: null,
      reason: 'reverted: errors everywhere',
    });
    expect((await after.does('ann', 'stage', 'v3')).text).toMatch(/^locked: .*errors everywhere/);
    expect((await after.does('bob', 'unlock')).text).toMatch(/^unlock: /);
    expect((await after.record()).lock).toBeNull();
  });

  it('does not stop a revert, and a person keeps the lock that was there', async () => {
    const kept = at('kept');
    await kept.baking('v2');
    await kept.does('ann', 'lock', 'mine');
    expect((await kept.reverted('bob')).lock).toMatchObject({ holder: { user: 'U0ANN' }, reason: 'mine' });
  });

  it('is not taken after a revert where the settings say so', async () => {
    const free = at('free');
    await free.baking('v2');
    expect((await free.reverted()).lock).toBeNull();
    await free.staged('v3');
  });
});
