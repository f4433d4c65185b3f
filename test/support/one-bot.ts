/** A whole town for conversations: pretend Slack, real Redis, real HAProxy before two small servers, the real bot. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { startBot } from '../../src/bot.ts';
import type { Bot } from '../../src/bot.ts';
import { loadConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { openWorkspace, peopled } from '../../packages/slack-double/src/index.ts';
import type { Message, Settings, Workspace } from '../../packages/slack-double/src/index.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { replicaName } from '../../src/redis/replica-name.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { startHaproxy } from './haproxy.ts';
import { makePlace, settingsOf } from './service.ts';
import type { ColorServer, Haproxy, Place } from './service.ts';
import { startRedis } from './redis.ts';
import { startColor } from './sample-color.ts';
import { until } from './until.ts';

type RedisServer = Awaited<ReturnType<typeof startRedis>>;

/** The scopes of the manifest: what the pretend Slack grants. */
export const scopes: string[] = (
  parse(readFileSync('manifest.yml', 'utf8')) as { oauth_config: { scopes: { bot: string[] } } }
).oauth_config.scopes.bot;

/** One replica of the bot in this process, on the town's Redis. */
export interface TownBot {
  bot: Bot;
  redis: OpenRedis;
  logs: string[];
  stop(): Promise<void>;
}

export interface Town {
  slack: Workspace;
  redis: RedisServer;
  haproxy: Haproxy;
  blue: ColorServer;
  green: ColorServer;
  prefix: string;
  mode: 'http' | 'socket';
  /** A service by name: `checkout`, or one of `services`. */
  at(service: string): Place;
  /** Alters the settings of a service (`checkout`), and parts of the file, for bots started afterwards. */
  change(settings: Record<string, unknown>, file?: Record<string, unknown>, service?: string): void;
  /** The configuration file as it is now. */
  file(): string;
  startBot(): Promise<TownBot>;
  bots: TownBot[];
  record(service?: string): Promise<ServiceRecord>;
  /** Waits until the record fits. */
  until(what: string, fits: (record: ServiceRecord) => boolean, withinMs?: number): Promise<ServiceRecord>;
  /** The newest card of a release in the channel. */
  card(number?: number): Promise<Message>;
  live(): Promise<string>;
  close(): Promise<void>;
}

export interface TownOptions {
  mode?: 'http' | 'socket';
  settings?: Record<string, unknown>;
  /** More services by name, each with a channel and colors of its own, and settings over the usual ones. */
  services?: Record<string, ServiceSettings>;
  file?: Record<string, unknown>;
  /** More of the bot's environment. */
  env?: Record<string, string>;
  bots?: number;
  /** HAProxy's runtime address as the bot sees it (a faulty wire before it). */
  address?: (haproxy: Haproxy) => Promise<string[]> | string[];
  redisServer?: RedisServer;
  slack?: Parameters<typeof openWorkspace>[0];
}

/** Settings of a service, or what makes them when HAProxy runs. */
export type ServiceSettings =
  | Record<string, unknown>
  | ((haproxy: Haproxy) => Record<string, unknown> | Promise<Record<string, unknown>>);

/** Opens a town with one bot (or `bots`), adopted. Close it after the test. */
export async function openTown(options: TownOptions = {}): Promise<Town> {
  const mode = options.mode ?? 'http';
  const asked: Record<string, ServiceSettings> = {
    checkout: options.settings ?? {},
    ...options.services,
  };
  const names = Object.keys(asked);
  const blues = new Map<string, ColorServer>();
  const greens = new Map<string, ColorServer>();
  const world = peopled();
  for (const name of names) {
    blues.set(name, await startColor('blue', 'v1'));
    greens.set(name, await startColor('green', 'v0'));
    if (name !== 'checkout') world.addChannel(`in-${name}`);
  }
  const colorsOf = (name: string): { blue: ColorServer; green: ColorServer } => {
    const [blue, green] = [blues.get(name), greens.get(name)];
    if (!blue || !green) throw new Error(`no service ${name} in this town`);
    return { blue, green };
  };
  const { blue, green } = colorsOf('checkout');
  const behind = names.map((name) => {
    const each = colorsOf(name);
    return [name, { blue: each.blue.port, green: each.green.port, live: 'blue' as const }] as const;
  });
  const [redis, haproxy, slack] = await Promise.all([
    options.redisServer ?? startRedis(),
    startHaproxy(Object.fromEntries(behind)),
    openWorkspace({
      scopes,
      world,
      postRate: { perMinute: 600, burst: 20 },
      ...options.slack,
    } as Partial<Settings>),
  ]);
  const prefix = `t-${randomUUID()}`;
  const address = options.address ? await options.address(haproxy) : [haproxy.tcp];
  const channelOf = (name: string): string => (name === 'checkout' ? '#releases' : `#in-${name}`);
  const settings = new Map<string, Record<string, unknown>>();
  for (const [name, given] of Object.entries(asked)) {
    const more = typeof given === 'function' ? await given(haproxy) : given;
    const channelId = slack.channel(channelOf(name)).id;
    settings.set(name, settingsOf({ name, channelId, ...colorsOf(name), haproxy }, address, more));
  }
  let file: Record<string, unknown> = {
    roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
    ...options.file,
  };
  const bots: TownBot[] = [];
  const addresses: string[] = [];
  const reader = openRedis(redis.url, { prefix, log: makeLog({ level: 'silent' }), replicaName: 'reader' });

  const town: Town = {
    slack,
    redis,
    haproxy,
    blue,
    green,
    prefix,
    mode,
    bots,
    at(name) {
      return makePlace({ name, channel: channelOf(name), ...colorsOf(name), haproxy, slack, reader });
    },
    change(changed, changedFile = {}, name = 'checkout') {
      settings.set(name, { ...settings.get(name), ...changed });
      file = { ...file, ...changedFile };
    },
    file: () =>
      JSON.stringify({
        slack: { channel: 'C0RELEASES' },
        redis: { prefix },
        services: Object.fromEntries(settings),
        ...file,
      }),
    async startBot() {
      const text = town.file();
      const env = { ...options.env, ...slack.env(mode), REDIS_URL: redis.url, PORT: '0', HOST: '127.0.0.1' };
      const config = { ...loadConfig({ env: { ...env, PORT: '3000' }, text }) };
      const logs: string[] = [];
      const log = makeLog({
        secrets: config.secrets,
        destination: { write: (line: string) => void logs.push(line) },
      });
      const named = replicaName({ prefix, digest: config.digest, pid: process.pid });
      const opened = openRedis(redis.url, { prefix, log, replicaName: named });
      const bot = await startBot(
        { ...config, http: { ...config.http, host: '127.0.0.1', port: 0 } },
        opened,
        log,
      );
      if (mode === 'http') {
        addresses.push(`http://127.0.0.1:${bot.port}/slack/events`);
        slack.delivers(...addresses);
      }
      const started: TownBot = {
        bot,
        redis: opened,
        logs,
        async stop() {
          const at = addresses.indexOf(`http://127.0.0.1:${bot.port}/slack/events`);
          if (at >= 0) addresses.splice(at, 1);
          if (addresses.length > 0) slack.delivers(...addresses);
          bots.splice(bots.indexOf(started), 1);
          await bot.stop();
          opened.close();
        },
      };
      bots.push(started);
      await until(
        'the bot is ready',
        async () => (await fetch(`http://127.0.0.1:${bot.port}/readyz`)).status === 200,
      );
      return started;
    },
    record: (service = 'checkout') => town.at(service).record(),
    until: (...given) => town.at('checkout').until(...given),
    card: (number) => town.at('checkout').card(number),
    live: () => town.at('checkout').live(),
    async close() {
      while (bots.length > 0) await bots[0]?.stop();
      reader.close();
      await slack.close();
      await Promise.all([
        haproxy.stop(),
        ...[...blues.values(), ...greens.values()].map((each) => each.stop()),
        ...(options.redisServer ? [] : [redis.stop()]),
      ]);
    },
  };
  for (let i = 0; i < (options.bots ?? 1); i += 1) await town.startBot();
  for (const name of options.bots === 0 ? [] : names)
    await town.at(name).until(`${name} is adopted`, (record) => record.state === 'idle');
  return town;
}
