import { readFile, rename, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startHookServer } from '../support/hook-server.ts';
import type { HookServer } from '../support/hook-server.ts';
import { startRouterServer } from '../support/router-server.ts';
import type { RouterServer } from '../support/router-server.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

describe('the adapters at work', { concurrent: true }, () => {
  let hooks: HookServer;
  let router: RouterServer;
  let slow: RouterServer;
  afterAll(() => Promise.all([hooks.stop(), router.stop(), slow.stop()]));
  const { town, at } = sharedTown(async () => {
    hooks = await startHookServer();
    router = await startRouterServer();
    slow = await startRouterServer();
    const hook = (point: string, path: string, onFailure = 'stop') => ({
      at: point,
      url: `${hooks.url}/${path}`,
      deadline: '1s',
      onFailure,
    });
    const points = ['after-stage', 'before-switch', 'after-switch', 'after-revert'];
    return {
      services: {
        http: { router: { kind: 'http', url: router.url, token: '${ROUTER_TOKEN}' } },
        slow: { router: { kind: 'http', url: slow.url, token: '${ROUTER_TOKEN}', settles: '8s' } },
        probed: (haproxy) => ({
          probe: { url: haproxy.frontend('probed'), colorHeader: 'x-color', requests: 2 },
        }),
        fooled: (haproxy) => ({
          // Somebody else's frontend: it stays blue whatever this router does.
          probe: { url: haproxy.frontend('checkout'), colorHeader: 'x-color', requests: 1 },
        }),
        deployed: {
          deploy: {
            kind: 'webhook',
            url: `${hooks.url}/deploy`,
            statusUrl: `${hooks.url}/deploys/{id}`,
            deadline: '20s',
          },
        },
        hooked: { hooks: points.map((point) => hook(point, `hooked-${point}`)) },
        warned: { hooks: points.map((point) => hook(point, `warned-${point}`, 'warn')) },
      },
      env: { ROUTER_TOKEN: router.token },
    };
  });

  it('an http router gets the color and the epoch that the record will have', async () => {
    const http = at('http');
    await http.baking('v2');
    expect(router).toMatchObject({ color: 'green', epoch: 2 });
    expect(router.writes).toHaveLength(1);
    await http.reverted();
    expect(router).toMatchObject({ color: 'blue', epoch: 3 });
    expect(router.writes).toHaveLength(2);
    const log = town().bots.flatMap((each) => each.logs);
    expect(log.some((text) => text.includes(router.token))).toBe(false);
  });

  it('an http router that carries writes out seconds later ends on the color of a revert that came between', async () => {
    const of = at('slow');
    await of.staged('v2');
    slow.levers.lateMs = 4_000;
    await of.does('ann', 'promote');
    await until('the write of green was taken', () => slow.writes.length > 0);
    expect(slow.color).toBe('blue');
    await of.does('ann', 'revert');
    const record = await of.until('reverted', ({ state, lastRevert }) => state === 'idle' && !!lastRevert);
    expect(record).toMatchObject({ live: 'blue' });
    expect((await of.notice('A late write of green may still arrive')).text).toContain('reverted');
    await until('the late write shows', () => slow.color === 'green');
    await until('it is blue again', () => slow.color === 'blue');
    const end = await of.until('no drift is left', ({ drift }) => drift === null);
    expect(end).toMatchObject({ state: 'idle', live: 'blue' });
    expect(slow.writes.filter(({ color }) => color === 'green').length).toBeLessThanOrEqual(5);
  });

  it('a probe proves the switch through the router, and stands on the card', async () => {
    const probed = at('probed');
    await probed.baking('v2');
    const record = await probed.record();
    expect(record.releases[0]?.probe).toBe('2 of 2 answered by green');
    await town().slack.until(async () =>
      probed.look(await probed.card()).text.includes('2 of 2 answered by green'),
    );
    await probed.reverted();
    expect(await probed.live()).toBe('blue');
  });

  it('a promote that the probe does not see is undone: verify-failed, and staged again', async () => {
    const fooled = at('fooled');
    await fooled.staged('v2');
    await fooled.does('ann', 'promote');
    const record = await fooled.until(
      'undone',
      (each) => each.state === 'staged' && each.releases[0]?.code === 'verify-failed',
      25_000,
    );
    expect(record).toMatchObject({ live: 'blue', epoch: 1 });
    expect((await fooled.notice('verify-failed')).text).toContain('answered by blue');
    expect(await fooled.live()).toBe('blue');
  });

  it('a deploy is started once, followed to its end, and its failure announced', async () => {
    const deployed = at('deployed');
    deployed.green.levers.version = 'v2';
    hooks.answers.set('/deploy', { id: 'job/1' });
    hooks.answers.set('/deploys/job%2F1', { state: 'running', message: 'pulling' });
    await deployed.does('ann', 'stage', 'v2');
    await until('followed', () => hooks.to('/deploys/job%2F1').length > 0);
    hooks.answers.set('/deploys/job%2F1', { state: 'succeeded' });
    const record = await deployed.until('staged', (each) => each.state === 'staged');
    const [start] = hooks.to('/deploy');
    expect(hooks.to('/deploy')).toHaveLength(1);
    expect(start).toMatchObject({
      method: 'POST',
      body: { service: 'deployed', color: 'green', version: 'v2', release: record.releases[0]?.id },
    });

    hooks.answers.set('/deploy', { id: 'job2' });
    hooks.answers.set('/deploys/job2', { state: 'failed', message: 'no such image <!channel>' });
    await deployed.does('ann', 'stage', 'v3');
    const notice = await deployed.notice(' failed, ');
    expect(notice.text).toContain('deploy-failed');
    expect(notice.text).toContain('no such image');
    expect(new Set(notice.notified.map((mention) => mention.id))).toEqual(new Set(['U0ANN']));
    expect(await deployed.record()).toMatchObject({ state: 'idle' });
  });

  it('hooks are called at their four points, each with its key, and a stop stops', async () => {
    const hooked = at('hooked');
    hooks.statuses.set('/hooked-after-stage', 422);
    hooks.answers.set('/hooked-after-stage', { message: 'smoke test 3 of 9 failed <!channel>' });
    hooked.green.levers.version = 'v2';
    await hooked.does('ann', 'stage', 'v2');
    const failed = await hooked.notice('hook-failed');
    expect(failed.text).toContain('answered 422: smoke test 3 of 9 failed');
    expect(new Set(failed.notified.map((mention) => mention.id))).toEqual(new Set(['U0ANN']));
    expect(await hooked.record()).toMatchObject({ state: 'idle' });
    hooks.statuses.delete('/hooked-after-stage');

    await hooked.staged('v2');
    hooks.statuses.set('/hooked-after-switch', 422);
    await hooked.does('ann', 'promote');
    const record = await hooked.until('unhealthy', (each) => each.bake?.verdict === 'unhealthy');
    const release = record.releases[0]?.id;
    expect(hooks.to('/hooked-before-switch')).toMatchObject([
      {
        key: `${release}/before-switch`,
        body: { from: 'blue', to: 'green', epoch: 2, actor: 'U0ANN', version: 'v2', step: 'before-switch' },
      },
    ]);
    expect(hooks.to('/hooked-after-switch')).toMatchObject([{ body: { epoch: 2, to: 'green' } }]);
    expect((await hooked.does('bob', 'settle')).text).toMatch(/^unhealthy: /);
    await hooked.does('ann', 'revert', 'a bad hook');
    await until('the last hook', () => hooks.to('/hooked-after-revert').length > 0);
    expect(hooks.to('/hooked-after-revert')).toMatchObject([
      { key: `${release}/after-revert`, body: { from: 'green', to: 'blue', reason: 'a bad hook', epoch: 3 } },
    ]);
  });

  it('a hook that only warns is announced and stops nothing', async () => {
    const warned = at('warned');
    for (const point of ['after-stage', 'before-switch', 'after-switch', 'after-revert'])
      hooks.statuses.set(`/warned-${point}`, 400);
    await warned.baking('v2');
    await warned.notice('warned-before-switch answered 400');
    await warned.notice('warned-after-switch answered 400');
    expect((await warned.record()).bake).toMatchObject({ verdict: 'healthy' });
    await warned.reverted();
    await warned.notice('Warning after the revert');
  });
});

describe('the map file', { concurrent: true }, () => {
  const { town, at } = sharedTown({
    services: {
      kept: (haproxy) => ({
        router: {
          kind: 'haproxy',
          address: [haproxy.tcp],
          map: haproxy.map,
          key: 'kept',
          values: { blue: 'kept_blue', green: 'kept_green' },
          mapFile: haproxy.map,
        },
      }),
    },
  });

  it('is kept in step, and it is said when it cannot be written', async () => {
    const kept = at('kept');
    const { haproxy } = town();
    const { map } = haproxy;
    await kept.baking('v2');
    expect(await readFile(map, 'utf8')).toContain('kept kept_green\n');
    expect(await readFile(map, 'utf8')).toContain('checkout checkout_blue\n');
    await haproxy.reload();
    expect(await kept.live()).toBe('green');

    // Nothing can be renamed onto a folder that is not there.
    await rename(dirname(map), `${dirname(map)}-away`);
    await kept.reverted();
    await kept.notice('a reload would go back to green');
    expect(await kept.live()).toBe('blue');
    expect((await kept.does('ann', 'status')).shown).toContain('a reload would go back to green');
    await mkdir(dirname(map), { recursive: true });
    await rm(dirname(map), { recursive: true });
    await rename(`${dirname(map)}-away`, dirname(map));
    await kept.until('up to date again', (record) => record.persist === null);
    expect(await readFile(map, 'utf8')).toContain('kept kept_blue\n');
  });
});
