import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFlakyProxy } from '../support/flaky-proxy.ts';
import type { FlakyProxy } from '../support/flaky-proxy.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

describe('when router and record disagree', { concurrent: true }, () => {
  const { town, at } = sharedTown({ services: { staged: {}, mended: {}, accepted: {}, late: {} } });
  const behindOurBack = async (service: string, color: 'blue' | 'green') => {
    const { map } = town().haproxy;
    await town().haproxy.command(`set map ${map} ${service} ${service}_${color}`);
    await until('the map says so', async () => (await at(service).live()) === color);
  };

  it('a stage stops with router-drift, and a notice with buttons is posted in the channel', async () => {
    const staged = at('staged');
    await behindOurBack('staged', 'green');
    await staged.does('ann', 'stage', 'v2');
    const notice = await staged.notice('staged: traffic goes to green ');
    expect(notice.broadcast).toBe(true);
    const record = await staged.until('idle', (each) => each.state === 'idle');
    expect(record.releases[0]).toMatchObject({ status: 'failed', code: 'router-drift' });
    expect(staged.look(notice).buttons.map((button) => button.actionId)).toEqual([
      'release.retry',
      'release.adopt',
    ]);
    const status = (await staged.does('zoe', 'status')).shown;
    expect(status).toMatch(
      /^status staged\n🚨 `router-drift`: the record says blue, but the router sends traffic to green\.\nstate: idle\nlive: blue v1\n/,
    );
    const card = await staged.notice('traffic is on 🟢 green v0, expected 🔵 blue v1');
    expect(staged.look(card).text).not.toMatch(/Traffic is on|Traffic was not touched/);
    expect(await staged.live()).toBe('green');
  });

  it('retry puts the router back after a good answer: no lock, and the roles as they were', async () => {
    const mended = at('mended');
    await mended.staged('v2');
    await behindOurBack('mended', 'green');
    await mended.does('ann', 'promote');
    const notice = await mended.notice('mended: traffic goes to green ');
    mended.blue.levers.fail = true;
    const press = await town().slack.person('ann').presses(notice, 'release.retry', { accept: true });
    expect(press.confirm?.text).toContain('100 % of traffic moves green → blue, v1');
    await mended.hears('ann', 'unhealthy');
    expect(await mended.live()).toBe('green');
    mended.blue.levers.fail = false;
    expect((await mended.does('ann', 'retry')).text).toMatch(/^retry: .*put back to blue v1/);
    const record = await mended.until('restored', (each) => each.state === 'staged' && each.drift === null);
    expect(record).toMatchObject({
      live: 'blue',
      epoch: 1,
      lock: null,
      colors: { green: { role: 'staged' } },
    });
    expect(await mended.live()).toBe('blue');
    const done = await mended.notice('Done: @ann put it back');
    expect(done.ts).toBe(notice.ts);
    expect(mended.look(done).buttons).toEqual([]);
    expect((await mended.does('ann', 'retry')).text).toMatch(/^nothing-to-do: /);
    await mended.does('ann', 'promote');
    await mended.until('baking', (each) => each.state === 'baking');
  });

  it('adopt takes over what the router says: the epoch rises, and there is no way back', async () => {
    const accepted = at('accepted');
    await accepted.staged('v2');
    await behindOurBack('accepted', 'green');
    await accepted.does('ann', 'promote');
    const notice = await accepted.notice('accepted: traffic goes to green ');
    await accepted.hears('ann', 'router-drift');
    expect((await accepted.does('bob', 'adopt')).text).toMatch(/^not-allowed: /);
    await town().slack.person('cleo').presses(notice, 'release.adopt', { accept: true });
    const record = await accepted.until('adopted', (each) => each.epoch === 2);
    expect(record).toMatchObject({
      state: 'idle',
      live: 'green',
      drift: null,
      colors: { green: { role: 'live', version: 'v2' }, blue: { role: 'unknown' } },
    });
    await town().slack.person('ann').presses(notice, 'release.retry', { accept: true, stale: true });
    await accepted.hears('ann', 'stale-button');
    expect(await accepted.live()).toBe('green');
  });

  it('a late write that goes back to the color just left is put back once and announced', async () => {
    const late = at('late');
    await late.baking('v2');
    // It may be put back sooner than anybody looks.
    await town().haproxy.command(`set map ${town().haproxy.map} late late_blue`);
    await late.notice('A late write pointed the router of late to blue again');
    expect(await late.live()).toBe('green');
    expect(await late.record()).toMatchObject({ state: 'baking', live: 'green', drift: null });
  });
});

describe('a promote that is neither done nor undone', { concurrent: true }, () => {
  let proxy: FlakyProxy;
  afterAll(() => proxy.stop());
  const { town, at } = sharedTown({
    services: { again: {}, back: {}, adopted: {} },
    address: async (haproxy) => {
      proxy = await startFlakyProxy(haproxy.tcp);
      return [proxy.address];
    },
  });
  const services = ['again', 'back', 'adopted'];
  // All at once: it takes twenty seconds until neither forwards nor backwards is left.
  beforeAll(async () => {
    for (const service of services) {
      await at(service).staged('v2');
      const write = new RegExp(`set map .* ${service} ${service}_green`);
      proxy.fault(write, service === 'adopted' ? { kind: 'delay-answer', ms: 900 } : { kind: 'hold' });
    }
    const asked = services.map((service) => at(service).does('ann', 'promote'));
    await until('the switches were sent', () => proxy.writes().length === services.length);
    await until('one arrived', async () => (await at('adopted').live()) === 'green');
    await proxy.refuse();
    await Promise.all(asked);
    for (const service of services) await at(service).until('stuck', ({ state }) => state === 'stuck');
    await proxy.accept();
  });

  it('is stuck, says so with buttons, stops what else wants to happen, and is retried', async () => {
    const place = at('again');
    expect(await place.record()).toMatchObject({ live: 'blue', epoch: 1 });
    const notice = await place.notice(
      'again: the promotion is stuck; nobody knows where traffic goes. Press Revert if your alerts fire, else Retry.',
    );
    expect(place.look(notice).buttons.map((button) => button.actionId)).toEqual([
      'release.retry',
      'release.revert',
      'release.adopt',
    ]);
    for (const verb of ['promote', 'cancel'])
      expect((await place.does('ann', verb)).text).toMatch(/^stuck: /);
    expect((await place.does('ann', 'stage', 'v3')).text).toMatch(/^stuck: /);
    expect((await place.does('ann', 'status')).shown).toContain('state: stuck');
    await town().slack.person('ann').presses(notice, 'release.retry', { accept: true });
    const done = await place.until('baking', (each) => each.state === 'baking');
    expect(done).toMatchObject({ live: 'green', epoch: 2 });
    expect(await place.live()).toBe('green');
  });

  it('is reverted to the recorded live color', async () => {
    const place = at('back');
    await place.presses('bob', 'release.revert');
    const record = await place.until('idle', (each) => each.state === 'idle');
    expect(record).toMatchObject({ live: 'blue', epoch: 1, lock: { holder: { kind: 'system' } } });
    expect(await place.live()).toBe('blue');
  });

  it('is adopted as the router says', async () => {
    const place = at('adopted');
    await place.presses('cleo', 'release.adopt');
    const record = await place.until('idle', (each) => each.state === 'idle');
    expect(record).toMatchObject({ live: 'green', epoch: 2, colors: { blue: { role: 'unknown' } } });
    expect(await place.live()).toBe('green');
  });
});
