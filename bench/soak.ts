/**
 * A long run under the load of a busy team: 30 releases a minute over ten services, every tenth of them reverted, and an
 * alert each second, in five channels, so that Slack's message a second and channel is enough for all of it. What is looked at is whether anything grows: resident memory, open files, keys in
 * Redis but those of messages, messages that wait. `npm run bench -- soak` runs it for 20 minutes (`SOAK_MINUTES`); it is not among the figures
 * that `npm run bench` measures without a name.
 */
import { readdirSync } from 'node:fs';
import { alertmanagerBody, alertSources, alertsToken, sendAlertsTo } from '../test/support/alerts.ts';
import { startRouterServer } from '../test/support/router-server.ts';
import { until } from '../test/support/until.ts';
import { makeLog } from '../src/log.ts';
import { openRedis } from '../src/redis/open.ts';
import { keyStart } from '../src/redis/keys.ts';
import type { OpenRedis } from '../src/redis/open.ts';
import type { Row } from './figure.ts';
import { percentile } from './figure.ts';
import { startBot } from './process.ts';
import type { Measured } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup } from './setup.ts';
import type { Surroundings } from './setup.ts';

const minutes = Number(process.env['SOAK_MINUTES'] ?? 20);
const rooms = ['releases', 'checkout', 'search', 'billing', 'stock'];
/** Ids as the pretend workspace makes them. */
const channels = rooms.map((room) => `C0${room.toUpperCase()}`);
const names = Array.from({ length: 10 }, (_, i) => `service-${i}`);
const sampleMs = 5_000;
const cycleMs = 2_000;
const alertMs = 1_000;

/** What was seen at one moment. */
interface Sample {
  memory: number;
  files: number;
  keys: number;
  waiting: number;
}

/** What was done, and what went wrong. */
interface Done {
  releases: number;
  reverts: number;
  alerts: number;
  wrong: string[];
}

/** The rows of this figure. */
export function soak(): Promise<Row[]> {
  return withSetup(async (around) => {
    const { bot, stored } = await started(around);
    const samples: Sample[] = [];
    const done: Done = { releases: 0, reverts: 0, alerts: 0, wrong: [] };
    const endAt = performance.now() + minutes * 60_000;
    const each = async (ms: number, work: (count: number) => Promise<void>): Promise<void> => {
      const running = new Set<Promise<void>>();
      for (let count = 0; performance.now() < endAt; count += 1) {
        const task = work(count)
          .catch((cause: unknown) => void done.wrong.push(String(cause)))
          .finally(() => running.delete(task));
        running.add(task);
        await new Promise((resolve) => setTimeout(resolve, ms));
      }
      await Promise.all(running);
    };
    await Promise.all([
      each(cycleMs, (count) => release(around, stored, done, count)),
      each(alertMs, (count) => alert(bot, done, count)),
      each(sampleMs, async () => void samples.push(await look(around, bot))),
    ]);
    await until('all is told', async () => (await look(around, bot)).waiting === 0, 120_000);
    return rows(samples, done, await bot.output());
  });
}

async function started(around: Surroundings): Promise<{ bot: Measured; stored: OpenRedis }> {
  const routers = await Promise.all(names.map(() => startRouterServer()));
  for (const router of routers) around.after(() => router.stop());
  const services = Object.fromEntries(
    names.map((name, i) => [
      name,
      {
        ...colors(around),
        channel: channels[i % channels.length],
        router: { kind: 'http', url: routers[i]?.url, token: '${ROUTER_TOKEN}' },
        promotion: { bake: '2s' },
      },
    ]),
  );
  for (const room of rooms.slice(2)) around.slack.world.addChannel(room);
  const bot = await startBot(
    { ...configuration(services), alerts: alertSources },
    { ...around.env, ROUTER_TOKEN: routers[0]?.token ?? '', ALERTS_TOKEN: alertsToken },
  );
  around.after(() => bot.stop());
  around.slack.delivers(bot.events);
  const stored = openRedis(around.redis.url, {
    prefix,
    log: makeLog({ level: 'silent' }),
    replicaName: 'bench',
  });
  around.after(async () => stored.close());
  await adopted(around, names.length);
  return { bot, stored };
}

/** One release from stage to settled, or to reverted. */
async function release(
  { slack }: Surroundings,
  { store }: OpenRedis,
  done: Done,
  count: number,
): Promise<void> {
  const name = names[count % names.length] ?? '';
  const room = `#${rooms[count % rooms.length] ?? ''}`;
  const version = `v${count + 10}`;
  const ann = slack.person('ann');
  const state = (wanted: string): Promise<unknown> =>
    until(`${name} is ${wanted}`, async () => (await store.load(name)).record?.state === wanted, 60_000);
  await state('idle');
  await ann.types(room, `/release stage ${name} ${version}`);
  await state('staged');
  await ann.types(room, `/release promote ${name}`);
  await state('baking');
  done.releases += 1;
  if (count % 10 === 9) {
    await ann.types(room, `/release revert ${name} soak`);
    await until(
      `${name} is reverted`,
      async () => (await store.load(name)).record?.lock?.holder.kind === 'system',
      60_000,
    );
    await ann.types(room, `/release unlock ${name}`);
    done.reverts += 1;
  }
  await state('idle');
}

/** Fires and resolves in turn, over forty groups. */
async function alert(bot: Measured, done: Done, count: number): Promise<void> {
  const status = Math.floor(count / 40) % 2 === 0 ? 'firing' : 'resolved';
  const group = `soak-${count % 40}`;
  const body = alertmanagerBody(group, [
    { service: names[count % names.length] ?? '', severity: 'warning', status },
  ]);
  const answer = await sendAlertsTo(bot.origin, body);
  if (answer !== 202) throw new Error(`an alert was answered with ${answer}`);
  done.alerts += 1;
}

/** A message's keys live for 90 days, so that a press on an old one finds what it is about: two for each card. */
const kept = /:(?:msg|card):/;

async function look({ redis }: Surroundings, bot: Measured): Promise<Sample> {
  const start = keyStart(prefix);
  const waiting = await Promise.all(channels.map((channel) => redis.cli('zcard', `${start}out:${channel}`)));
  return {
    memory: bot.memory() / 2 ** 20,
    files: readdirSync(`/proc/${bot.pid}/fd`).length,
    keys: (await redis.cli('--scan')).split('\n').filter((key) => !kept.test(key)).length,
    waiting: waiting.reduce((sum, text) => sum + Number(text), 0),
  };
}

/** Marks live for ten minutes: what grows is seen between the third and the last fifth of 20 minutes. */
function rows(samples: readonly Sample[], done: Done, log: string): Row[] {
  const fifth = Math.floor(samples.length / 5);
  const middle = (key: keyof Sample, from: number): number =>
    percentile(
      samples.slice(from * fifth, (from + 1) * fifth).map((sample) => sample[key]),
      0.5,
    );
  const bounds = { memory: [15, ' MB'], files: [5, ''], keys: [150, ''], waiting: [20, ''] } as const;
  const level = (key: keyof typeof bounds): Row => {
    const [allowed, unit] = bounds[key];
    const [before, after] = [middle(key, 2), middle(key, 4)];
    return {
      figure: `soak of ${minutes} min: ${key}`,
      measured: `${before.toFixed(0)}${unit} in the third fifth, ${after.toFixed(0)}${unit} in the last`,
      baseline: `${(samples[0]?.[key] ?? 0).toFixed(0)}${unit} at the start`,
      target: `grows by at most ${allowed}${unit}`,
      reached: after - before <= allowed,
    };
  };
  const errors = log.split('\n').filter((line) => /"level":[56]0/.test(line));
  const failures = [...done.wrong, ...errors];
  return [
    {
      figure: `soak of ${minutes} min: work`,
      measured: `${done.releases} releases, ${done.reverts} reverts, ${done.alerts} alerts; ${failures.length} failures`,
      baseline: failures[0]?.slice(0, 200) ?? '',
      target: 'no failure, no error in the log',
      reached: failures.length === 0,
    },
    ...(['memory', 'files', 'keys', 'waiting'] as const).map(level),
  ];
}
