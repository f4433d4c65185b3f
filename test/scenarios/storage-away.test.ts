import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

describe.each(['http', 'socket'] as const)('while Redis is down, over %s', { concurrent: true }, (mode) => {
  const { town, at } = sharedTown({ mode, services: { killed: {}, paused: {}, full: {} } });
  const answers = (path: string) =>
    fetch(`http://127.0.0.1:${town().bots[0]?.bot.port}${path}`).then(({ status }) => status);

  it.sequential.each(['killed', 'paused'] as const)(
    'a command is answered with storage-unavailable in time, and never run later: %s',
    async (name) => {
      const place = at(name);
      const { redis } = town();
      place.green.levers.version = 'v2';
      if (name === 'killed') await redis.kill();
      else redis.pause();
      for (const words of ['stage', 'status'] as const) {
        const before = place.times('storage-unavailable: ');
        const answer = await place.does('ann', words, words === 'stage' ? 'v2' : '');
        // An acknowledgement that takes more than 3 s is an error, by Slack's own clock.
        expect(answer.error).toBeUndefined();
        await until(`${words} is refused`, () => place.times('storage-unavailable: ') > before);
      }
      await until('not ready', async () => (await answers('/readyz')) === 503);
      expect(await answers('/healthz')).toBe(200);
      if (name === 'killed') await redis.restart();
      else redis.resume();
      await until('ready', async () => (await answers('/readyz')) === 200);
      expect(await place.record()).toMatchObject({ state: 'idle', sequence: 0 });
      expect((await place.does('ann', 'stage', 'v2')).text).toMatch(/^stage: .*#1 v2/);
      await place.until('staged', (record) => record.state === 'staged' && record.sequence === 1);
    },
  );

  it.sequential('a bake goes on, and its release settles when Redis is back', async () => {
    const checkout = at('checkout');
    await checkout.baking('v2');
    await town().redis.kill();
    expect(await checkout.live()).toBe('green');
    await town().redis.restart();
    await until('settled', async () => (await checkout.does('bob', 'settle')).text.startsWith('settle: '));
    await checkout.reverted();
    expect(await checkout.live()).toBe('blue');
  });

  it.sequential('a full Redis is said to be full, and a revert what is left to do', async () => {
    const place = at('full');
    await place.baking('v2');
    await town().redis.cli('config', 'set', 'maxmemory', '1');
    try {
      const revert = await place.does('bob', 'revert');
      expect(revert.text).toMatch(/^storage-unavailable: .*Redis takes no writes \(OOM\); nothing was done/);
      expect(revert.text).toContain('switchback revert full --break-glass');
      expect((await place.does('bob', 'stage', 'v4')).text).toContain('Redis takes no writes (OOM)');
      expect((await place.does('bob', 'status')).text).toContain('baking');
      const ready = await fetch(`http://127.0.0.1:${town().bots[0]?.bot.port}/readyz`);
      expect([ready.status, await ready.json()]).toMatchObject([
        503,
        { failing: ['redis'], redis: 'takes no writes (OOM)' },
      ]);
    } finally {
      await town().redis.cli('config', 'set', 'maxmemory', '0');
    }
    await until('ready', async () => (await answers('/readyz')) === 200);
    await place.reverted();
    expect(await place.live()).toBe('blue');
  });
});
