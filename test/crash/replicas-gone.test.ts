/** An alert storm on a Sentinel set whose only replica lags, or is dead: people notice nothing of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alertmanagerBody, alertSources, alertsToken, sendAlertsTo } from '../support/alerts.ts';
import { startSentinel } from '../support/redis.ts';
import type { SentinelSet } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { openVillage } from '../support/replicas.ts';
import type { Replica, Village } from '../support/replicas.ts';

const services = ['healthy', 'lagging', 'dead'];
const stormMs = 6_000;
/** 20 a second. */
const everyMs = 50;

let set: SentinelSet;
let village: Village;
let bot: Replica;

beforeAll(async () => {
  set = await startSentinel();
  village = await openVillage({
    services,
    redis: set.master,
    redisUrl: set.url,
    settings: () => ({ revert: { lockAfterRevert: false } }),
    file: { alerts: alertSources },
    env: { ALERTS_TOKEN: alertsToken },
  });
  bot = await village.startReplica();
  village.delivers(bot);
  for (const service of services) {
    await village.until(service, 'adopted', ({ state }) => state === 'idle');
    await village.orders(service, `stage ${service} v2`);
    await village.until(service, 'staged', ({ state }) => state === 'staged');
    await village.orders(service, `promote ${service}`);
    await village.until(service, 'baking', ({ state }) => state === 'baking');
  }
});

afterAll(async () => {
  await village.close();
  await set.stop();
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Alerts and `status` for some seconds, and a revert in the middle. */
async function storm(service: string) {
  const endAt = performance.now() + stormMs;
  const sent: Promise<number>[] = [];
  const took: number[] = [];
  const alerts = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const group = `${service}-${sent.length}`;
      sent.push(sendAlertsTo(bot.events, alertmanagerBody(group, [{ service: 'shop' }])));
      await pause(everyMs);
    }
  };
  const statuses = async (): Promise<void> => {
    while (performance.now() < endAt) {
      const at = performance.now();
      expect((await village.types(service, `status ${service}`)).text).toContain(service);
      took.push(performance.now() - at);
      await pause(30);
    }
  };
  const revert = async (): Promise<{ words: string; answeredMs: number; movedMs: number }> => {
    await pause(stormMs / 2);
    const at = performance.now();
    const moved = until('traffic moved', async () => (await village.heading(service)) === 'blue').then(
      () => performance.now() - at,
    );
    const { text } = await village.types(service, `revert ${service}`);
    const answeredMs = performance.now() - at;
    return { words: text, answeredMs, movedMs: await moved };
  };
  const [reverted] = await Promise.all([revert(), alerts(), statuses()]);
  const answers = await Promise.all(sent);
  took.sort((a, b) => a - b);
  const statusMs = took[Math.ceil(took.length * 0.99) - 1] ?? Infinity;
  return { ...reverted, statusMs, answers };
}

const goesOn = /^revert: .* No Redis replica has confirmed it yet; it continues anyway\./;

/** What a healthy set needs on this machine now. */
let healthy: Awaited<ReturnType<typeof storm>>;

function quick({ answeredMs, movedMs, statusMs }: typeof healthy): void {
  expect(answeredMs).toBeLessThan(4_000 + 2 * healthy.answeredMs);
  expect(movedMs).toBeLessThan(4_000 + 2 * healthy.movedMs);
  expect(statusMs).toBeLessThan(1_000 + 2 * healthy.statusMs);
}

test('the bot takes alerts and reverts move traffic when a replica is there', async () => {
  healthy = await storm('healthy');
  expect(healthy.words).toContain('revert: checking blue v1;');
  expect(healthy.answers).toContain(202);
});

test('a revert and status are as quick while the replica lags, and alerts must come again', async () => {
  set.replica.pause();
  const seen = await storm('lagging');
  set.replica.resume();
  expect(seen.words).toMatch(goesOn);
  quick(seen);
  expect(new Set(seen.answers)).toEqual(new Set([503]));
  // The same again changes nothing, and is taken now.
  const again = alertmanagerBody('lagging-0', [{ service: 'shop' }]);
  await until('it is taken', async () => (await sendAlertsTo(bot.events, again)) === 202);
});

test('a revert and status are as quick with the only replica dead, and the bot takes alerts', async () => {
  await set.replica.kill();
  await until('no replica is known', () => bot.redis.store.liveReplicas?.() === 0);
  const seen = await storm('dead');
  expect(seen.words).toMatch(goesOn);
  quick(seen);
  expect(new Set(seen.answers)).toEqual(new Set([202]));
  const refused = await village.types('lagging', 'stage lagging v3');
  expect(refused.text).toContain('No Redis replica has it');
});
