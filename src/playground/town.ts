import { setTimeout } from 'node:timers/promises';
import { startBot } from '../bot.ts';
import type { Config, Env } from '../config.ts';
import { makeLog } from '../log.ts';
import type { Log } from '../log.ts';
import { openMemory } from '../memory/memory.ts';
import { openRedis } from '../redis/open.ts';
import type { Color } from '../release/color.ts';
import { Fault } from '../release/fault.ts';
import type { Store } from '../release/store.ts';
import { startColor } from './colors.ts';
import type { SampleColor } from './colors.ts';
import { startDeploys } from './deploys.ts';
import { playConfig, settingsOf } from './play-config.ts';
import { startRouter } from './proxy.ts';
import type { PlayRouter } from './proxy.ts';
import { startTraffic } from './traffic.ts';
import type { Traffic } from './traffic.ts';
import { openWorkspace } from './workspace/index.ts';
import type { Workspace } from './workspace/index.ts';

/** The service of the playground. */
export const service = 'demo';
/** Where its cards go. */
export const channel = '#releases';

const readyWithinMs = 10_000;

/** A whole place to play in: the real bot, and around it pretend everything. */
export interface Town {
  workspace: Workspace;
  colors: Readonly<Record<Color, SampleColor>>;
  router: PlayRouter;
  traffic: Traffic;
  /** Addresses worth knowing, by what listens there. */
  addresses: Readonly<Record<string, string>>;
  /** Where the record is kept, in words. */
  storage: string;
  close(): Promise<void>;
}

/** Opens the town. Of `env`, `REDIS_URL` and `LOG_LEVEL` count. Throws `ConfigFault` when one of them cannot be
 * used, `Fault('storage-unavailable')` when the bot is not ready after 10 s: all but Redis is here. */
export async function openTown(env: Env): Promise<Town> {
  const closers: (() => Promise<void> | void)[] = [];
  async function close(): Promise<void> {
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
    const router = await keep(startRouter({ blue: colors.blue.url, green: colors.green.url }, 'blue'));
    const deploys = await keep(startDeploys(colors));
    const workspace = await keep(openWorkspace());
    const config = playConfig(env, workspace.env('http'), {
      channel: workspace.channel(channel).id,
      service,
      settings: settingsOf(colors, router, deploys.url),
    });
    const log = logFor(env, config);
    const storage = storageFor(config, log);
    closers.push(storage.close);
    const bot = await startBot(config, storage.ports, log);
    closers.push(() => bot.stop());
    const botUrl = `http://127.0.0.1:${bot.port}`;
    workspace.delivers(`${botUrl}/slack/events`);
    await untilReady(`${botUrl}/readyz`, storage.ports.store);
    const traffic = await keep(startTraffic(router.url));
    return {
      workspace,
      colors,
      router,
      traffic,
      addresses: {
        'the bot': `${botUrl}/readyz`,
        'the pretend Slack': `${workspace.origin}/api/`,
        'the service, through the router': router.url,
        'blue, by itself': colors.blue.url,
        'green, by itself': colors.green.url,
      },
      storage: storage.words,
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

/** Standard output is the terminal's. The log is written to standard error, when a level was asked for. */
function logFor({ LOG_LEVEL }: Env, { secrets, logLevel }: Config): Log {
  const destination = { write: (line: string) => void process.stderr.write(line) };
  return makeLog({ level: LOG_LEVEL ? logLevel : 'silent', secrets, destination });
}

function storageFor({ redis: { url, prefix } }: Config, log: Log) {
  if (url === undefined)
    return { ports: openMemory(), words: 'in memory, gone at the end', close: () => undefined };
  const redis = openRedis(url, { prefix, log, replicaName: 'switchback-play' });
  return { ports: redis, words: `in your Redis, under ${prefix}`, close: () => redis.close() };
}
