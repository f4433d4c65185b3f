/** One life of three replicas of the bot, whose master of Redis changes at random moments while people and alerts go on. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { keyStart } from '../../../src/redis/keys.ts';
import { alertSources, alertsToken } from '../../support/alerts.ts';
import { dice } from '../../support/dice.ts';
import type { FailingOver } from '../../support/redis.ts';
import { startRouterServer } from '../../support/router-server.ts';
import { longMs, until } from '../../support/until.ts';
import { openVillage } from '../../support/replicas.ts';
import type { Replica, Village } from '../../support/replicas.ts';
import { judgeWrites } from './judge-writes.ts';
import { saysLost, when } from './ledger.ts';
import type { Ledger, Said, Write } from './ledger.ts';
import { settle } from './people.ts';

/** What came of a life; the guarantees that were broken, in words, and how often what happened. */
export interface Lived {
  broken: string[];
  counts: Record<string, number>;
}

const services = ['s1', 's2', 's3', 's4'];
const routerToken = 'router-secret';
/** Within this time after a change of master nothing is put back. */
const quietMs = 10_000;

/** Lives through `changes` changes of master. The seed gives who does what, and the moments; not how quick all are. */
export async function live(set: FailingOver, seed: number, changes: number): Promise<Lived> {
  const routers = await Promise.all(services.map(() => startRouterServer(routerToken)));
  const routerOf = (service: string): (typeof routers)[number] => {
    const router = routers[services.indexOf(service)];
    if (!router) throw new Error(`no router of ${service}`);
    return router;
  };
  const village = await openVillage({
    services,
    // None of its own is started: the state lies in the set.
    ...(set.nodes[0] && { redis: set.nodes[0] }),
    redisUrl: set.url,
    settings: (service) => ({
      router: { kind: 'http', url: routerOf(service).url, token: '${ROUTER_TOKEN}' },
      revert: { lockAfterRevert: false },
      health: [{ kind: 'http', path: '/healthz', versionPath: 'version', interval: '300ms', successes: 1 }],
    }),
    file: { alerts: alertSources },
    env: { ALERTS_TOKEN: alertsToken, ROUTER_TOKEN: routerToken },
  });
  const delay = monitorEventLoopDelay();
  delay.enable();
  const ledger: Ledger = { said: [], alerts: [], changes: [] };
  try {
    const bots = await Promise.all([1, 2, 3].map(() => village.startReplica()));
    await Promise.all(
      services.map((service) => village.until(service, 'adopted', ({ state }) => state === 'idle')),
    );
    await prepare(village, bots);
    const written = new Map(services.map((service) => [service, routerOf(service).writes.length]));
    const first = new Map(services.map((service) => [service, routerOf(service).color]));
    const town = settle(village, bots, services, seed, ledger);
    const random = dice(seed, 'moments');
    const key = `${keyStart(village.prefix)}services`;
    for (let number = 0; number < changes; number += 1) {
      await set.whole();
      await pause(1_500 + random() * 2_500);
      const change = { at: performance.now(), overAt: Infinity };
      ledger.changes.push(change);
      await set.failOver(key);
      change.overAt = performance.now();
    }
    await pause(3_000);
    await town.leave();
    await rests(village, set, ledger);
    delay.disable();
    const lived = await judge(village, bots, ledger, (service) => ({
      first: first.get(service),
      color: routerOf(service).color,
      writes: routerOf(service).writes.slice(written.get(service)),
    }));
    // Where this process stands still for long, leases are lost for that alone.
    lived.counts['ms at most that this process stood still'] = Math.round(delay.max / 1e6);
    return lived;
  } finally {
    await village.close();
    await Promise.all(routers.map((router) => router.stop()));
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Two services bake, one is staged, one is idle. */
async function prepare(village: Village, bots: readonly Replica[]): Promise<void> {
  village.delivers(...bots);
  // Not confirmed while a replica is behind, as at the start of a set on a busy machine.
  const order = (service: string, verb: string, more = ''): Promise<unknown> =>
    until(
      `${verb} is accepted`,
      async () => (await village.types(service, `${verb} ${service}${more}`)).text.startsWith(verb),
      longMs,
      500,
    );
  const stage = async (service: string): Promise<void> => {
    await order(service, 'stage', ' v2');
    await village.until(service, 'staged', ({ state }) => state === 'staged');
  };
  const bake = async (service: string): Promise<void> => {
    await stage(service);
    await order(service, 'promote');
    await village.until(service, 'baking', ({ state }) => state === 'baking');
  };
  await Promise.all([bake('s1'), bake('s2'), stage('s3')]);
}

/** Until nothing is under way, nothing is put back any more, and the routers were looked at. */
async function rests(village: Village, set: FailingOver, { changes }: Ledger): Promise<void> {
  await Promise.all(
    services.map((service) =>
      village.until(service, 'rests', ({ op, state }) => op === null || state === 'stuck'),
    ),
  );
  const quietAt = (changes.at(-1)?.overAt ?? 0) + quietMs + 1_000;
  await until('nothing is put back any more', () => performance.now() > quietAt);
  const start = keyStart(village.prefix);
  const redis = await set.owner(`${start}services`);
  const sweptAt = async (): Promise<string> => redis.cli('hget', `${start}asked`, services[0] ?? '');
  const before = await sweptAt();
  await redis.cli('zadd', `${start}due`, '0', 'sweep');
  await until('the routers were looked at', async () => (await sweptAt()) !== before);
}

async function judge(
  village: Village,
  bots: readonly Replica[],
  ledger: Ledger,
  routerOf: (service: string) => { first: unknown; color: string; writes: Write[] },
): Promise<Lived> {
  const { slack } = village;
  const broken: string[] = [];
  const [bot] = bots;
  if (!bot) throw new Error('no bot');
  const { store, alerts } = bot.redis;
  const accepted = ledger.said.filter(({ kind }) => kind === 'accepted');

  const kept = async (said: Said): Promise<boolean> => {
    if ((await store.recall([said.mark]))?.ok === true) return true;
    const entries = await village.history(said.service);
    return entries.some(
      ({ actor, what }) => actor.kind === 'slack' && actor.user === said.user && what !== 'refused',
    );
  };
  const told = (said: Said): boolean =>
    slack
      .messages()
      .some(
        ({ onlyFor, channel, text }) =>
          (onlyFor === said.user ||
            slack.world.channels.get(channel)?.im === said.user ||
            text.includes(`<@${said.user}>`)) &&
          text !== said.answer &&
          saysLost.test(text),
      );
  const fates = new Map<Said, 'kept' | 'told' | 'lost'>();
  const accounted = async (): Promise<boolean> => {
    slack.passes(60_000);
    for (const said of accepted) {
      const known = fates.get(said);
      if (known === 'kept' || known === 'told') continue;
      fates.set(said, (await kept(said)) ? 'kept' : told(said) ? 'told' : 'lost');
    }
    return ![...fates.values()].includes('lost');
  };
  await until('everybody is told', accounted, 8_000, 300).catch(() => undefined);

  const counts: Record<string, number> = {
    commands: ledger.said.length,
    accepted: accepted.length,
    refused: ledger.said.filter(({ kind }) => kind === 'refused').length,
    unclear: ledger.said.filter(({ kind }) => kind === 'unclear').length,
    'lost and told': [...fates.values()].filter((fate) => fate === 'told').length,
    'lost silently': 0,
  };
  const count = (name: string, by = 1): void => void (counts[name] = (counts[name] ?? 0) + by);
  for (const [said, fate] of fates) {
    if (fate !== 'lost') continue;
    count('lost silently');
    count(`${said.verb} lost silently`);
    const [outcome, history] = await Promise.all([store.recall([said.mark]), village.history(said.service)]);
    const entries = history.filter(({ what }) => what === 'lost').map(({ words }) => words);
    broken.push(
      `lost silently: ${said.words} by bot ${said.bot}, ${when(said.answeredAt, ledger)}: ${said.answer} ` +
        `Its mark says ${JSON.stringify(outcome)}; lost, as the history says: ${JSON.stringify(entries)}`,
    );
  }

  const stored = new Set<string>();
  for (const service of services) {
    for (const id of await alerts.open(service)) {
      for (const title of (await alerts.load(id)).group?.titles ?? []) stored.add(title);
    }
  }
  count('alerts 202', ledger.alerts.filter(({ takenAt }) => takenAt !== undefined).length);
  const answers = ledger.alerts.flatMap((each) => each.answers);
  count('alerts 503', answers.filter((status) => status === 503).length);
  count('alerts other', answers.filter((status) => status !== 503 && status !== 202).length);
  count('alerts lost', 0);
  for (const { name, takenAt, bot: by } of ledger.alerts) {
    if (takenAt === undefined || stored.has(name)) continue;
    count('alerts lost');
    broken.push(`alert lost: answered 202 by bot ${by}, ${when(takenAt, ledger)}`);
  }

  count('drift told', 0);
  for (const service of services) {
    const router = routerOf(service);
    const channel = village.transcript(service);
    const verdict = judgeWrites(service, router.first, router.writes, ledger, channel);
    count('switches', verdict.switches);
    count('put-backs', verdict.putBacks);
    broken.push(...verdict.broken);
    const record = await village.record(service);
    if (router.color === record.live) continue;
    if (record.drift !== null || record.state === 'stuck') count('drift told');
    else
      broken.push(
        `${service}: the record says ${record.live}, the router ${router.color}, and no drift is told`,
      );
  }
  if (slack.violations.length > 0) broken.push(`Slack: ${JSON.stringify(slack.violations.slice(0, 3))}`);
  return { broken, counts };
}
