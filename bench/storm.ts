/**
 * 10,000 alerts in 200 groups over 10 s, while Slack takes one message a second in the channel in which all of them stand.
 * Three services that bake are struck in the middle of it. How long from the answer to the first webhook of one until a
 * press of its message's Revert is answered: the message is posted, its button is known, and the revert is accepted.
 */
import type { Look, Message } from '../packages/slack-double/src/index.ts';
import { makeLog } from '../src/log.ts';
import { openRedis } from '../src/redis/open.ts';
import type { OpenRedis } from '../src/redis/open.ts';
import { alertSources, alertsToken } from '../test/support/alerts.ts';
import { startRouterServer } from '../test/support/router-server.ts';
import { idOf, sendStorm, storm as size } from '../test/support/storm.ts';
import type { Stored } from '../test/support/storm.ts';
import { until } from '../test/support/until.ts';
import type { Row } from './figure.ts';
import { ms, percentile } from './figure.ts';
import { startBot } from './process.ts';
import type { Measured } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup, writes } from './setup.ts';
import type { Surroundings } from './setup.ts';

/** About 4 s apart: what becomes of one's revert is told first, in two messages, and is not what the next one waits for. */
const struck = new Map([
  [0, { service: 'service-0', wave: 1 }],
  [195, { service: 'service-1', wave: 2 }],
  [190, { service: 'service-2', wave: 4 }],
]);
const room = '#releases';
/** As Slack limits it. */
const postRate = { perMinute: 60, burst: 5 };
const names = [...struck.values()].map(({ service }) => service);

/** What was seen of one storm. */
interface Seen {
  /** From webhook to an answered press of Revert, for each service that bakes, ms. */
  took: number[];
  tookMs: number;
  /** Deliveries that were sent more than once. */
  refused: number;
  /** Resident memory, bytes: before the storm, and every 100 ms until all is told. */
  before: number;
  sizes: number[];
}

/** The rows of this figure. */
export function storm(): Promise<Row[]> {
  return withSetup(async (around) => {
    const { bot, stored } = await baking(around);
    const plain = await writes(around, 2_000, 16);
    const seen = await stormed(around, bot, stored);
    await whole(around, stored);
    const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;
    const base = `a post a second; a write to Redis p99 ${ms(percentile(plain, 0.99))}`;
    const worst = Math.max(...seen.took);
    const growth = Math.max(...seen.sizes) - seen.before;
    return [
      {
        figure: 'storm: webhook of a baking service until its Revert is there and its press answered',
        measured: `worst of ${seen.took.length}: ${ms(worst)}, median ${ms(percentile(seen.took, 0.5))}`,
        baseline: base,
        target: 'below 2,000 ms',
        reached: worst < 2_000,
      },
      {
        figure: 'storm: 10,000 alerts over 200 groups sent in 10 s, all stored',
        measured: `after ${(seen.tookMs / 1_000).toFixed(1)} s; ${seen.refused} deliveries sent again`,
        baseline: base,
        target: '',
      },
      {
        figure: 'storm: memory above what it was before',
        measured: `at most ${mb(growth)}, at the end ${mb((seen.sizes.at(-1) ?? 0) - seen.before)}`,
        baseline: `before ${mb(seen.before)}`,
        target: 'at most 150 MB',
        reached: growth <= 150 * 2 ** 20,
      },
    ];
  }, postRate);
}

/** A bot with three services that bake, and nothing left to tell. */
async function baking(around: Surroundings): Promise<{ bot: Measured; stored: OpenRedis }> {
  const { slack, redis } = around;
  const routers = await Promise.all(names.map(() => startRouterServer()));
  for (const router of routers) around.after(() => router.stop());
  const settings = (i: number): object => ({
    ...colors(around),
    router: { kind: 'http', url: routers[i]?.url, token: `\${ROUTER_TOKEN_${i}}` },
    promotion: { bake: '10m' },
  });
  const services = Object.fromEntries(names.map((name, i) => [name, settings(i)]));
  const tokens = Object.fromEntries(routers.map(({ token }, i) => [`ROUTER_TOKEN_${i}`, token]));
  const bot = await startBot(
    { ...configuration(services), alerts: alertSources },
    { ...around.env, ...tokens, ALERTS_TOKEN: alertsToken },
  );
  around.after(() => bot.stop());
  slack.delivers(bot.events);
  const stored = openRedis(redis.url, { prefix, log: makeLog({ level: 'silent' }), replicaName: 'bench' });
  around.after(async () => stored.close());
  await adopted(around, names.length);
  for (const name of names) {
    await slack.person('ann').types(room, `/release stage ${name} v2`);
    await stateOf(stored, name, 'staged');
    await slack.person('ann').types(room, `/release promote ${name}`);
    await stateOf(stored, name, 'baking');
  }
  await allTold(stored);
  return { bot, stored };
}

async function stormed(around: Surroundings, bot: Measured, stored: OpenRedis): Promise<Seen> {
  const { slack } = around;
  const before = bot.memory();
  const sizes: number[] = [];
  const watching = setInterval(() => sizes.push(bot.memory()), 100);
  around.after(async () => clearInterval(watching));
  const hit = new Map<string, (at: number) => void>();
  const pressing = names.map(async (name) => {
    const from = await new Promise<number>((resolve) => hit.set(name, resolve));
    const alert = await slack.until(
      (): Message | undefined =>
        slack
          .channel(room)
          .messages()
          .find((message) => message.text.includes(name) && isAlert(slack.look(message))),
      { withinMs: 60_000 },
    );
    const press = await slack.person('ann').presses(alert, 'release.revert', { accept: true });
    if (press.ack?.ok !== true) throw new Error(`the press on ${name} was answered with ${press.error}`);
    return performance.now() - from;
  });
  const onStored = ({ group, at }: Stored): void => hit.get(struck.get(group)?.service ?? '')?.(at);
  const began = performance.now();
  const sent = await sendStorm(bot.origin, { struck, onStored });
  const tookMs = performance.now() - began;
  const took = await Promise.all(pressing);
  for (const name of names) await stateOf(stored, name, 'idle');
  await allTold(stored);
  sizes.push(bot.memory());
  return { took, tookMs, refused: sent.filter(({ refused }) => refused > 0).length, before, sizes };
}

/** Throws unless every alert is stored, and Slack had nothing to refuse or to limit. */
async function whole({ slack }: Surroundings, { alerts }: OpenRedis): Promise<void> {
  for (let group = 0; group < size.groups; group += 1) {
    const loaded = await alerts.load(idOf(group, struck.get(group)?.service));
    const members = Object.keys(loaded.group?.members ?? {}).length;
    if (members !== size.alertsOfGroup) throw new Error(`group ${group} has ${members} alerts`);
  }
  const limited = slack.calls().filter(({ answer }) => answer['error'] === 'ratelimited').length;
  if (limited + slack.violations.length > 0)
    throw new Error(`Slack limited ${limited} calls and refused ${slack.violations.length}`);
}

/** An alert's message that can be acted on. */
function isAlert({ buttons }: Look): boolean {
  const actions = new Set(buttons.map(({ actionId }) => actionId));
  return actions.has('alert.acknowledge') && actions.has('release.revert');
}

function stateOf({ store }: OpenRedis, name: string, state: string): Promise<unknown> {
  return until(`${name} is ${state}`, async () => (await store.load(name)).record?.state === state, 20_000);
}

function allTold({ outbox }: OpenRedis): Promise<unknown> {
  return until('all is told', async () => (await outbox.depth()) === 0, 180_000, 100);
}
