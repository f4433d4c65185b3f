import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Config, Env } from '../../../src/config.ts';
import { makeLog } from '../../../src/log.ts';
import { openMemory } from '../../../src/memory/memory.ts';
import { systemClock } from '../../../src/release/clock.ts';
import type { Color } from '../../../src/release/color.ts';
import { Fault } from '../../../src/release/fault.ts';
import type { Store } from '../../../src/release/store.ts';
import { sendTo } from './alert-webhook.ts';
import { openBot } from './bot/play-bot.ts';
import type { LoadingBot, PlayBot } from './bot/play-bot.ts';
import type { Ports } from './bot/serve-ports.ts';
import { makeDatabase, startColor } from './colors.ts';
import type { Database, SampleColor } from './colors.ts';
import { startDeploys } from './deploys.ts';
import { startHaproxyRouter } from './haproxy-router.ts';
import { startMonitoring } from './monitoring.ts';
import { likePlayPrefix, playConfig, settingsOf } from './play-config.ts';
import { startRouter } from './proxy.ts';
import type { PlayRouter } from './router.ts';
import { startTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import { openWorkspace } from '../../slack-double/src/index.ts';
import type { Workspace } from '../../slack-double/src/index.ts';

/** The name of the playground's service. */
export const service = 'demo';
/** The channel of its cards. */
export const channel = '#releases';

const readyWithinMs = 10_000;

/** The whole playground: the real bot, and a pretend environment. */
export interface Playground {
  workspace: Workspace;
  colors: Readonly<Record<Color, SampleColor>>;
  /** What both colors share. */
  database: Database;
  router: PlayRouter;
  traffic: Traffic;
  bot: PlayBot;
  /** The bot's state, in memory or in Redis. */
  store: Store;
  /** Useful addresses, by what listens there. */
  addresses: Readonly<Record<string, string>>;
  /** The place of the record, in words. */
  storage: string;
  close(): Promise<void>;
}

/**
 * Opens the playground. `haproxy`: with a real one in front of the colors; `bot`: a loading bot, which the playground
 * then owns. From `env` it uses `REDIS_URL` and `LOG_LEVEL`. Throws `ConfigFault` when one of them cannot be used, and
 * `Fault` when HAProxy is missing, or when the bot is not ready after 10 s: everything but Redis is on this machine.
 */
export async function openTown(
  env: Env,
  { haproxy = false, bot = openBot(env) }: { haproxy?: boolean; bot?: LoadingBot } = {},
): Promise<Playground> {
  const closers: (() => Promise<void> | void)[] = [];
  async function close(): Promise<void> {
    // The bot ends first: it must not work with closed parts.
    await bot.close();
    for (const end of closers.toReversed()) await end();
  }
  async function keep<T extends { close(): Promise<void> | void }>(made: T | Promise<T>): Promise<T> {
    const part = await made;
    closers.push(() => part.close());
    return part;
  }
  try {
    const database = makeDatabase();
    const colors = {
      blue: await keep(startColor('blue', 'v1', database)),
      green: await keep(startColor('green', 'v0', database)),
    };
    const router = await keep(
      (haproxy ? startHaproxyRouter : startRouter)({
        targets: { blue: colors.blue.url, green: colors.green.url },
        first: 'blue',
        ordered: () => bot.ordered(),
      }),
    );
    const deploys = await keep(startDeploys(colors));
    // Secrets protect the bot and its Slack from other pages in the same browser.
    const workspace = await keep(
      openWorkspace({
        botToken: `xoxb-${randomUUID()}`,
        appToken: `xapp-${randomUUID()}`,
        signingSecret: randomUUID(),
      }),
    );
    const { config, order, alertsToken } = playConfig(env, workspace.env('http'), {
      channel: workspace.channel(channel).id,
      service,
      settings: settingsOf(colors, router, deploys.url),
    });
    const { store, ports, words, close: closeStorage } = await storageFor(config);
    closers.push(closeStorage);
    bot.begin({
      service,
      order,
      ports,
      store,
      listens: (port) => workspace.delivers(`${botUrl(port)}/slack/events`),
    });
    await bot.start();
    await untilReady(`${botUrl(bot.port)}/readyz`, store);
    const traffic = await keep(startTraffic(router.url));
    await keep(
      startMonitoring({
        service,
        traffic,
        live: () => colors[router.live],
        send: sendTo(bot, alertsToken),
        clock: systemClock,
      }),
    );
    return {
      workspace,
      colors,
      database,
      router,
      traffic,
      bot,
      store,
      addresses: {
        'the bot': `${botUrl(bot.port)}/readyz`,
        'the pretend Slack': `${workspace.origin}/api/`,
        'the service, through the router': router.url,
        'blue, by itself': colors.blue.url,
        'green, by itself': colors.green.url,
      },
      storage: words,
      close,
    };
  } catch (fault) {
    await close();
    throw fault;
  }
}

/** Waits until the bot is ready and has seen the service. After `readyWithinMs` it throws with what is missing. */
async function untilReady(readyz: string, store: Store): Promise<void> {
  const endAt = performance.now() + readyWithinMs;
  for (;;) {
    const answer = await fetch(readyz);
    const said = await answer.text();
    const seen = answer.ok && (await store.load(service).catch(() => undefined))?.record;
    if (seen) return;
    if (performance.now() > endAt) {
      throw new Fault(
        'storage-unavailable',
        `The bot did not become ready within 10 s; it says ${said.trim()}`,
      );
    }
    await setTimeout(50);
  }
}

function botUrl(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/**
 * The storage of the bot's state. `ports`: it is kept here, for the bot's process; undefined: the bot uses Redis
 * itself.
 */
async function storageFor({ redis: { url, prefix, access }, secrets }: Config): Promise<{
  store: Store;
  ports: Ports | undefined;
  words: string;
  close: () => Promise<void> | void;
}> {
  if (url === undefined) {
    const ports = openMemory();
    return { store: ports.store, ports, words: 'in memory, deleted at the end', close: () => undefined };
  }
  // Loaded only here: a game in memory starts without it.
  const [{ openRedis }, { openPassingKeys }] = await Promise.all([
    import('../../../src/redis/open.ts'),
    import('../../../src/redis/passing-keys.ts'),
  ]);
  // The bot's log has the problems of its own connection.
  const log = makeLog({ level: 'silent', secrets });
  const redis = openRedis(url, { prefix, access, log, replicaName: 'switchback-play' });
  const keys = openPassingKeys(url, { prefix, access, likePrefix: likePlayPrefix, log });
  return {
    store: redis.store,
    ports: undefined,
    words: `in your Redis, under ${prefix}, deleted at the end`,
    async close() {
      await keys.drop();
      redis.close();
    },
  };
}
