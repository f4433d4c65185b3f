import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

const health = (more: object = {}) => [
  {
    kind: 'http',
    path: '/healthz',
    versionPath: 'version',
    interval: '100ms',
    successes: 2,
    deadline: '1s',
    timeout: '500ms',
    ...more,
  },
];

describe('bakes and cancels', { concurrent: true }, () => {
  const { town, at } = sharedTown({
    services: {
      sick: { promotion: { bake: '1500ms', failures: 2 } },
      forced: { promotion: { bake: '60s', failures: 2 } },
      way: { promotion: { bake: '60s', failures: 2 } },
      early: {},
      failing: { health: health() },
      cancelled: { promotion: { bake: '60s', approvals: 1 } },
      kept: {},
    },
  });
  const notified = (name: string) =>
    town()
      .slack.notifications(name)
      .map((message) => message.ts);

  it('an unhealthy release is announced with a revert button, does not settle, and settles when it is well again', async () => {
    const sick = at('sick');
    await sick.baking('v2');
    sick.green.levers.fail = true;
    const notice = await sick.notice('is unhealthy');
    expect(notice.broadcast).toBe(true);
    expect(notified('ann')).toContain(notice.ts);
    expect(sick.look(notice).buttons.map((button) => button.actionId)).toEqual(['release.revert']);
    await sick.until('past its end', (record) => record.bake?.endedAt !== undefined);
    expect((await sick.does('bob', 'settle')).text).toMatch(/^unhealthy: .*settle sick --force/);
    expect((await sick.record()).state).toBe('baking');
    sick.green.levers.fail = false;
    await sick.until('settled', (record) => record.state === 'idle' && record.live === 'green');
    await sick.notice('is settled');
  });

  it('an unhealthy bake is ended by an admin with force and a reason, or by the notice with a revert', async () => {
    const forced = at('forced');
    await forced.baking('v2');
    forced.green.levers.fail = true;
    await forced.notice('is unhealthy');
    expect((await forced.does('bob', 'settle', '--force "a false alarm"')).text).toMatch(/^not-allowed: /);
    expect((await forced.does('cleo', 'settle', '--force "a false alarm"')).text).toMatch(
      /^settle: .*by force: a false alarm/,
    );
    expect(await forced.record()).toMatchObject({ state: 'idle', live: 'green' });

    const way = at('way');
    await way.baking('v2');
    way.green.levers.fail = true;
    const notice = await way.notice('is unhealthy');
    await town().slack.person('bob').presses(notice, 'release.revert', { accept: true });
    await way.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
    way.green.levers.fail = false;
  });

  it('the bot announces at once that the way back does not answer, and again when it does', async () => {
    const early = at('early');
    await early.baking('v2');
    await early.blue.die();
    const notice = await early.notice('the version to go back to, is down');
    expect(notice.broadcast).toBe(true);
    expect(notified('ann')).toContain(notice.ts);
    expect((await early.record()).bake).toMatchObject({ verdict: 'healthy', wayBack: 'dead' });
    await early.blue.revive();
    await early.notice('the version to go back to, answers again');
    expect((await early.does('zoe', 'settle')).text).toMatch(/^not-allowed: /);
    expect((await early.does('bob', 'settle')).text).toMatch(/^settle: early #1 is settled\./);
    expect((await early.does('bob', 'settle')).text).toMatch(/^nothing-to-do: /);
  });

  it('a stage that never gets well fails with the code of its last answer', async () => {
    const failing = at('failing');
    failing.green.levers.fail = true;
    await failing.does('ann', 'stage', 'v2');
    const notice = await failing.notice('staging failing #1');
    expect(notified('ann')).toContain(notice.ts);
    expect(notice.text).toContain('unhealthy');
    expect(failing.look(notice).text).toContain('no connection to the database');
    await until('the card says why', async () =>
      failing.look(await failing.card(1)).text.includes('no connection to the database'),
    );
    failing.green.levers.fail = false;
    await failing.does('ann', 'stage', 'v2');
    expect((await failing.notice('staging failing #2')).text).toContain('version-mismatch');
    expect(await failing.record()).toMatchObject({ state: 'idle', colors: { green: { role: 'failed' } } });
  });

  it('a promote checks again, and a color that fell ill stays staged', async () => {
    const kept = at('kept');
    await kept.staged('v2');
    kept.green.levers.version = 'v7';
    await kept.does('ann', 'promote');
    const heard = await kept.hears('ann', 'version-mismatch');
    expect(kept.look(heard).text).toContain('It stays staged');
    const record = await kept.until('staged again', (each) => each.state === 'staged');
    expect(record.releases[0]).toMatchObject({ status: 'staged', code: 'version-mismatch' });
    expect(await kept.live()).toBe('blue');
  });

  it('cancel drops the first that exists: the stage, the request, the staged release, and then nothing', async () => {
    const cancelled = at('cancelled');
    cancelled.green.levers.hang = true;
    await cancelled.does('ann', 'stage', 'v2');
    expect((await cancelled.does('bob', 'cancel')).text).toMatch(/^cancel: the stage of cancelled #1/);
    await cancelled.until('idle', (record) => record.state === 'idle');
    await cancelled.notice('cancelled the stage');
    cancelled.green.levers.hang = false;

    await cancelled.staged('v3');
    await cancelled.does('ann', 'promote');
    await cancelled.presses('bob', 'release.cancel');
    await cancelled.until('closed', (record) => record.state === 'staged' && record.request === null);
    expect((await cancelled.does('ann', 'cancel')).text).toMatch(/^cancel: cancelled #2 v3 is dropped/);
    expect(await cancelled.record()).toMatchObject({ state: 'idle', colors: { green: { role: 'failed' } } });
    expect((await cancelled.does('ann', 'cancel')).text).toMatch(/^nothing-to-do: /);
  });
});
