import { describe, expect, test } from 'vitest';
import { startCluster, startRedis, startSentinel } from './redis.ts';
import { until } from './until.ts';

describe('a Redis for tests', () => {
  test('keeps what it acknowledged across a kill', async () => {
    const redis = await startRedis();
    expect(await redis.cli('set', 'key', 'value')).toBe('OK');
    await redis.kill();
    await redis.restart();
    expect(await redis.cli('get', 'key')).toBe('value');
    await redis.stop();
  });

  test('answers nothing while paused', async () => {
    const redis = await startRedis();
    redis.pause();
    let answered = false;
    const asked = redis.cli('ping').then(() => {
      answered = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answered).toBe(false);
    redis.resume();
    await asked;
    await redis.stop();
  });

  test('with sentinels fails over when its master is killed', async () => {
    const set = await startSentinel();
    expect(await set.masterPort()).toBe(set.master.port);
    await set.master.kill();
    await until('failed over', async () => (await set.masterPort()) === set.replica.port, 20_000);
    await set.stop();
  });

  test('as a cluster answers for every slot', async () => {
    const cluster = await startCluster();
    expect(await cluster.nodes[0]?.cli('-c', 'set', '{switchback}:a', '1')).toBe('OK');
    expect(await cluster.nodes[1]?.cli('-c', 'get', '{switchback}:a')).toBe('1');
    await cluster.stop();
  });
});
