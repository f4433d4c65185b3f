/** A whole town for conversations: pretend Slack, real Redis, real HAProxy before two small servers, the real bot. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { startBot } from '../../src/bot.ts';
import type { Bot } from '../../src/bot.ts';
import { loadConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { openWorkspace } from '../../src/playground/workspace/index.ts';
import type { Message, Settings, Workspace } from '../../src/playground/workspace/index.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { startHaproxy } from './haproxy.ts';
import { startRedis } from './redis.ts';
import { startColor } from './sample-color.ts';
import { until } from './until.ts';

type Haproxy = Awaited<ReturnType<typeof startHaproxy>>;
type RedisServer = Awaited<ReturnType<typeof startRedis>>;
type ColorServer = Awaited<ReturnType<typeof startColor>>;

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
  /** The configuration file's text; `change` alters the service's settings for bots started afterwards. */
  change(settings: Record<string, unknown>, file?: Record<string, unknown>): void;
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
  file?: Record<string, unknown>;
  bots?: number;
  /** HAProxy's runtime address as the bot sees it (a faulty wire before it). */
  address?: (haproxy: Haproxy) => Promise<string[]> | string[];
  redisServer?: RedisServer;
  slack?: Parameters<typeof openWorkspace>[0];
}

/** Opens a town with one bot (or `bots`), adopted. Close it after the test. */
export async function openTown(options: TownOptions = {}): Promise<Town> {
  const mode = options.mode ?? 'http';
  const blue = await startColor('blue', 'v1');
  const green = await startColor('green', 'v0');
  const port = (url: string): number => Number(new URL(url).port);
  const [redis, haproxy, slack] = await Promise.all([
    options.redisServer ?? startRedis(),
    startHaproxy({ checkout: { blue: port(blue.url), green: port(green.url), live: 'blue' } }),
    openWorkspace({ scopes, postRate: { perMinute: 600, burst: 20 }, ...options.slack } as Partial<Settings>),
  ]);
  const prefix = `t-${randomUUID()}`;
  const address = options.address ? await options.address(haproxy) : [haproxy.tcp];
  let settings: Record<string, unknown> = {
    channel: 'C0RELEASES',
    colors: { blue: { url: blue.url }, green: { url: green.url } },
    router: {
      kind: 'haproxy',
      address,
      map: haproxy.map,
      key: 'checkout',
      values: { blue: 'checkout_blue', green: 'checkout_green' },
    },
    health: [
      {
        kind: 'http',
        path: '/healthz',
        versionPath: 'version',
        interval: '100ms',
        successes: 2,
        deadline: '3s',
        timeout: '1s',
      },
    ],
    promotion: { bake: '60s' },
    ...options.settings,
  };
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
    change(changed, changedFile = {}) {
      settings = { ...settings, ...changed };
      file = { ...file, ...changedFile };
    },
    async startBot() {
      const text = JSON.stringify({
        slack: { channel: 'C0RELEASES' },
        redis: { prefix },
        services: { checkout: settings },
        ...file,
      });
      const env = { ...slack.env(mode), REDIS_URL: redis.url, PORT: '0', HOST: '127.0.0.1' };
      const config = { ...loadConfig({ env: { ...env, PORT: '3000' }, text }) };
      const logs: string[] = [];
      const log = makeLog({
        secrets: config.secrets,
        destination: { write: (line: string) => void logs.push(line) },
      });
      const opened = openRedis(redis.url, { prefix, log, replicaName: 'bot' });
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
        15_000,
      );
      return started;
    },
    async record(service = 'checkout') {
      const { record } = await reader.store.load(service);
      if (!record) throw new Error(`no record of ${service}`);
      return record;
    },
    async until(what, fits, withinMs = 15_000) {
      let seen: ServiceRecord | undefined;
      await until(
        what,
        async () => {
          seen = (await reader.store.load('checkout').catch(() => undefined))?.record ?? undefined;
          return seen !== undefined && fits(seen);
        },
        withinMs,
      ).catch((cause: unknown) => {
        throw new Error(
          `${what}: not so. Record: ${JSON.stringify(seen)}\n${slack.transcript('#releases')}`,
          { cause },
        );
      });
      if (!seen) throw new Error('no record');
      return seen;
    },
    async card(number) {
      const record = await town.record();
      const release =
        number === undefined ? record.releases[0] : record.releases.find((each) => each.number === number);
      if (!release) throw new Error('no such release');
      let shown: Awaited<ReturnType<typeof reader.outbox.card>> = null;
      await until(
        'the card is posted',
        async () => (shown = await reader.outbox.card('checkout', release.id)) !== null,
      );
      const ts = (shown as { ts: string } | null)?.ts;
      return slack.until(
        () =>
          slack
            .channel('#releases')
            .messages()
            .find((message) => message.ts === ts),
        { channel: '#releases' },
      ) as Promise<Message>;
    },
    live: async () => {
      const answer = await fetch(haproxy.frontend('checkout'));
      return answer.headers.get('x-color') ?? 'none';
    },
    async close() {
      while (bots.length > 0) await bots[0]?.stop();
      reader.close();
      await slack.close();
      await Promise.all([
        haproxy.stop(),
        blue.stop(),
        green.stop(),
        ...(options.redisServer ? [] : [redis.stop()]),
      ]);
    },
  };
  for (let i = 0; i < (options.bots ?? 1); i += 1) await town.startBot();
  await town.until('checkout is adopted', (record) => record.state === 'idle');
  return town;
}
