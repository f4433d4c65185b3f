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
import { startColor } from './colors.ts';
import type { SampleColor } from './colors.ts';
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

/** The service of the playground. */
export const service = 'demo';
/** Where its cards go. */
export const channel = '#releases';

const readyWithinMs = 10_000;

/** A whole place to play in: the real bot, and around it pretend everything. */
export interface Playground {
  workspace: Workspace;
  colors: Readonly<Record<Color, SampleColor>>;
  router: PlayRouter;
  traffic: Traffic;
  bot: PlayBot;
  /** The bot's state, wherever it is kept. */
  store: Store;
  /** Addresses worth knowing, by what listens there. */
  addresses: Readonly<Record<string, string>>;
  /** Where the record is kept, in words. */
  storage: string;
  close(): Promise<void>;
}

/**
 * Opens the town; `haproxy`: with a real one before the colors; `bot`: one that loads already, which is the town's now. Of `env`, `REDIS_URL` and `LOG_LEVEL` count. Throws
 * `ConfigFault` when one of them cannot be used, `Fault` when there is no HAProxy, and when the bot is not ready after
 * 10 s: all but Redis is here.
 */
export async function openTown(
  env: Env,
  { haproxy = false, bot = openBot(env) }: { haproxy?: boolean; bot?: LoadingBot } = {},
): Promise<Playground> {
  const closers: (() => Promise<void> | void)[] = [];
  async function close(): Promise<void> {
    // First, so that what it does meanwhile meets no ruins.
    await bot.close();
    for (const end of closers.toReversed()) await end();
  }
  async function keep<T extends { close(): Promise<void> | void }>(made: T | Promise<T>): Promise<T> {
    const part = await made;
    closers.push(() => part.close());
    return part;
  }
  try {
    const colors = {
      blue: await keep(startColor('blue', 'v1')),
      green: await keep(startColor('green', 'v0')),
    };
    const router = await keep(
      (haproxy ? startHaproxyRouter : startRouter)({
        targets: { blue: colors.blue.url, green: colors.green.url },
        first: 'blue',
        ordered: () => bot.ordered(),
      }),
    );
    const deploys = await keep(startDeploys(colors));
    // Only who was given them may speak to the bot, or to its Slack: not whatever page is open in the same browser.
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

/** Waits until the bot is ready and has seen the service. Throws with what is missing after `readyWithinMs`. */
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

/** Where the bot's state is. `ports`: kept here, for the bot's process; undefined: it reaches its Redis by itself. */
async function storageFor({ redis: { url, prefix, access }, secrets }: Config): Promise<{
  store: Store;
  ports: Ports | undefined;
  words: string;
  close: () => Promise<void> | void;
}> {
  if (url === undefined) {
    const ports = openMemory();
    return { store: ports.store, ports, words: 'in memory, gone at the end', close: () => undefined };
  }
  // Loaded only here: a play in memory starts without it.
  const [{ openRedis }, { openPassingKeys }] = await Promise.all([
    import('../../../src/redis/open.ts'),
    import('../../../src/redis/passing-keys.ts'),
  ]);
  // What the bot's own connection meets is in its log.
  const log = makeLog({ level: 'silent', secrets });
  const redis = openRedis(url, { prefix, access, log, replicaName: 'switchback-play' });
  const keys = openPassingKeys(url, { prefix, access, likePrefix: likePlayPrefix, log });
  return {
    store: redis.store,
    ports: undefined,
    words: `in your Redis, under ${prefix}, gone at the end`,
    async close() {
      await keys.drop();
      redis.close();
    },
  };
}
