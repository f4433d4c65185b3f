/** Many services in one place, for tests of replicas that die: one Redis, one HAProxy behind a wire that fails, one Slack. */
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBot } from '../../src/bot.ts';
import type { Storage } from '../../src/bot.ts';
import { loadConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { openWorkspace, peopled } from '../../packages/slack-double/src/index.ts';
import type { Answer, Message, Workspace } from '../../packages/slack-double/src/index.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { plain } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import type { HistoryEntry, Loaded } from '../../src/release/store.ts';
import { built } from './built.ts';
import { startDesk } from './outside-systems.ts';
import type { DeskServer } from './outside-systems.ts';
import { startFlakyProxy } from './flaky-proxy.ts';
import type { FlakyProxy, Passed } from './flaky-proxy.ts';
import { startHaproxy } from './haproxy.ts';
import type { HaproxyServer } from './haproxy.ts';
import type { KillableOrder } from './killable.ts';
import { freePort } from './ports.ts';
import { startProcess, temporaryFolder } from './processes.ts';
import type { Running } from './processes.ts';
import { startRedis } from './redis.ts';
import type { RedisServer } from './redis.ts';
import { startColor } from './sample-color.ts';
import type { SampleColor } from './sample-color.ts';
import { scopes } from './one-bot.ts';
import { longMs, until } from './until.ts';

/** A replica in this process. */
export interface Replica {
  /** Where Slack reaches it. */
  readonly events: string;
  readonly redis: OpenRedis;
  /** From now on it takes up bakes and countdowns, too (see `startReplica`). */
  watchBakes(): void;
  stop(): Promise<void>;
}

/** A replica in a process of its own. */
export interface Process extends Running {
  readonly events: string;
  /** True when the points of these services were reached. */
  tripped(...services: string[]): boolean;
}

export interface Village {
  readonly slack: Workspace;
  readonly redis: RedisServer;
  readonly haproxy: HaproxyServer;
  /** Before HAProxy's runtime address. */
  readonly proxy: FlakyProxy;
  readonly blue: SampleColor;
  readonly green: SampleColor;
  readonly desk: DeskServer;
  readonly prefix: string;
  /** `bakes: false`: it leaves bakes and countdowns alone until `watchBakes`. `wrap` changes its storage. */
  startReplica(options?: { bakes?: boolean; wrap?: (storage: Storage) => Storage }): Promise<Replica>;
  /** Ends at the points of the order; without any it is an ordinary replica. */
  startProcess(order?: Partial<Omit<KillableOrder, 'text'>>): Promise<Process>;
  /** The bot as it is delivered, with nothing but its environment. */
  startMain(): Promise<Process>;
  /** Slack's deliveries go to these from now on. */
  delivers(...replicas: { events: string }[]): void;
  /** Types `/release <words>` in the service's channel, each service by a person of its own. */
  types(service: string, words: string): Promise<Answer>;
  /**
   * The same for preparations: throws unless it is accepted. On a machine that stands still for a second the storage
   * may be found silent; nothing was done then, and it is typed again.
   */
  orders(service: string, words: string): Promise<void>;
  loaded(service: string): Promise<Loaded>;
  record(service: string): Promise<ServiceRecord>;
  /** Oldest first, as words. */
  history(service: string): Promise<(HistoryEntry & { words: string })[]>;
  /** Waits until the record fits. */
  until(
    service: string,
    what: string,
    fits: (record: ServiceRecord) => boolean,
    withinMs?: number,
  ): Promise<ServiceRecord>;
  /** What HAProxy itself says, not the proxy before it. */
  heading(service: string): Promise<string>;
  /** Points HAProxy itself, behind everybody's back. */
  stray(service: string, color: 'blue' | 'green'): Promise<void>;
  /** Every write of this service that reached the proxy. */
  writes(service: string): Passed[];
  /** Everything of the service's channel, threads included. */
  transcript(service: string): string;
  /** The card of the newest release as people see it; undefined when there is none. */
  card(service: string): Promise<string | undefined>;
  /** Waits until nothing is left to send. */
  untilAllTold(withinMs?: number): Promise<void>;
  close(): Promise<void>;
}

export interface VillageOptions {
  services: readonly string[];
  /** The Lua file with which HAProxy lets writes wait. */
  lua?: string;
  /** Settings of a service beyond the common ones. */
  settings?: (service: string, desk: DeskServer, haproxy: HaproxyServer) => Record<string, unknown>;
  /** More of the configuration file, and of the bot's environment. */
  file?: Record<string, unknown>;
  env?: Record<string, string>;
  redis?: RedisServer;
  /** For `REDIS_URL`, when the state does not lie on the village's own Redis. */
  redisUrl?: string;
}

/** Opens a village without replicas. */
export async function openVillage(options: VillageOptions): Promise<Village> {
  const { services } = options;
  const world = peopled();
  for (const service of services) world.addUser(service);
  for (const service of services) world.addChannel(service);
  const [blue, green] = await Promise.all([startColor('blue', 'v1'), startColor('green', 'v2')]);
  const colors = { blue: blue.port, green: green.port, live: 'blue' as const };
  const [redis, haproxy, desk, slack] = await Promise.all([
    options.redis ?? startRedis(),
    startHaproxy(Object.fromEntries(services.map((service) => [service, colors])), options),
    startDesk(),
    openWorkspace({ scopes, world, postRate: { perMinute: 600, burst: 20 } }),
  ]);
  const proxy = await startFlakyProxy(haproxy.tcp);
  const prefix = `v-${randomUUID()}`;
  const redisUrl = options.redisUrl ?? redis.url;
  const one = (service: string): Record<string, unknown> => ({
    channel: world.channel(service).id,
    colors: { blue: { url: blue.url }, green: { url: green.url } },
    router: {
      kind: 'haproxy',
      address: [proxy.address],
      map: haproxy.map,
      key: service,
      values: { blue: `${service}_blue`, green: `${service}_green` },
    },
    health: [
      {
        kind: 'http',
        path: '/healthz',
        versionPath: 'version',
        interval: '100ms',
        successes: 2,
        deadline: '5s',
        timeout: '2s',
      },
    ],
    promotion: { bake: '5m' },
    ...options.settings?.(service, desk, haproxy),
  });
  const text = JSON.stringify({
    slack: { channel: 'C0RELEASES' },
    redis: { prefix },
    roles: { operator: ['*'], approver: ['*'], admin: ['*'] },
    services: Object.fromEntries(services.map((service) => [service, one(service)])),
    ...options.file,
  });
  const env = { ...options.env, ...slack.env('http'), REDIS_URL: redisUrl, HOST: '127.0.0.1' };
  const quiet = makeLog({ level: 'silent' });
  const reader = openRedis(redisUrl, { prefix, log: quiet, replicaName: 'reader' });
  const replicas = new Set<{ stop(): Promise<void> }>();
  const eventsOf = (port: number | string): string => `http://127.0.0.1:${port}/slack/events`;
  const ready = (events: string): Promise<unknown> =>
    until('the replica is ready', async () => (await fetch(new URL('/readyz', events))).status === 200);

  let folder: string | undefined;
  const warnings: string[] = [];
  const processOf = async (child: Running, port: number | string): Promise<Process> => {
    const started: Process = {
      ...child,
      events: eventsOf(port),
      tripped: (...of) => of.every((service) => child.output().includes(`@tripped ${service} `)),
    };
    replicas.add({ stop: () => child.stop('SIGKILL') });
    await ready(started.events);
    return started;
  };

  const village: Village = {
    slack,
    redis,
    haproxy,
    proxy,
    blue,
    green,
    desk,
    prefix,
    async startReplica({ bakes = true, wrap = (storage: Storage): Storage => storage } = {}) {
      const config = loadConfig({ env: { ...env, PORT: '3000' }, text });
      const log = makeLog({
        level: 'warn',
        secrets: config.secrets,
        destination: { write: (words: string) => void warnings.push(words) },
      });
      const opened = openRedis(redisUrl, { prefix, log, replicaName: 'replica' });
      let watching = bakes;
      const storage = wrap({
        ...opened,
        agenda: {
          ...opened.agenda,
          async take(token, limit, leaseMs) {
            const due = await opened.agenda.take(token, limit, leaseMs);
            if (watching) return due;
            const left = due.names.filter((name) => /^(?:bake|countdown):/.test(name));
            await Promise.all(left.map((name) => opened.agenda.done(name, token, 100)));
            return { ...due, names: due.names.filter((name) => !left.includes(name)) };
          },
        },
      });
      const http = { ...config.http, host: '127.0.0.1', port: 0 };
      const bot = await startBot({ ...config, http }, storage, log);
      const replica: Replica = {
        events: eventsOf(bot.port),
        redis: opened,
        watchBakes: () => void (watching = true),
        async stop() {
          if (!replicas.delete(replica)) return;
          await bot.stop();
          opened.close();
        },
      };
      replicas.add(replica);
      await ready(replica.events);
      return replica;
    },
    async startProcess({ points = [], act = 'freeze' } = {}) {
      const order: KillableOrder = { text, points, act };
      let port: string | undefined;
      const child = await startProcess({
        command: process.execPath,
        args: [(await built()).program('killable')],
        env: { ...process.env, ...env, KILLABLE: JSON.stringify(order) },
        ready: (output) => {
          port = /^@listens (\d+)$/m.exec(output())?.[1];
          return port !== undefined;
        },
      });
      return processOf(child, port ?? 0);
    },
    async startMain() {
      folder ??= await temporaryFolder();
      const file = join(folder, 'switchback.yml');
      await writeFile(file, text);
      const port = await freePort();
      const child = await startProcess({
        command: process.execPath,
        args: [(await built()).main],
        env: { ...process.env, ...env, PORT: String(port), SWITCHBACK_CONFIG: file },
        ready: (output) => output().includes('Switchback is running'),
      });
      return processOf(child, port);
    },
    delivers: (...of) => slack.delivers(...of.map(({ events }) => events)),
    types: (service, words) => slack.person(service).types(service, `/release ${words}`),
    async orders(service, words) {
      let said = '';
      for (let attempt = 0; attempt < 3; attempt += 1) {
        said = (await village.types(service, words)).text;
        if (said.startsWith(words.split(' ')[0] ?? '')) return;
        if (!said.includes('nothing was done')) break;
      }
      throw new Error(`${words}: ${said}`);
    },
    loaded: (service) => reader.store.load(service),
    async record(service) {
      // The replicas may reach a Redis that came back a moment before this reader does.
      const { record } = await until('the reader reaches Redis', () => reader.store.load(service));
      if (!record) throw new Error(`no record of ${service}`);
      return record;
    },
    history: async (service) =>
      (await reader.store.history(service, 200))
        .toReversed()
        .map((entry) => ({ ...entry, words: `${entry.what}: ${plain(entry.text)}` })),
    async until(service, what, fits, withinMs = longMs) {
      let seen: ServiceRecord | undefined;
      await until(
        what,
        async () => {
          seen = (await reader.store.load(service).catch(() => undefined))?.record ?? undefined;
          return seen !== undefined && fits(seen);
        },
        withinMs,
        // Many services are waited for at once.
        60,
      ).catch((cause: unknown) => {
        const logged = warnings.slice(-20).join('');
        throw new Error(
          `${what}: not so. Record: ${JSON.stringify(seen)}\n${slack.transcript(service)}\n${logged}`,
          { cause },
        );
      });
      return seen as unknown as ServiceRecord;
    },
    async heading(service) {
      const answer = await haproxy.command(`get map ${haproxy.map} ${service}`);
      return /value="[^"]*_(blue|green)"/.exec(answer)?.[1] ?? answer;
    },
    async stray(service, color) {
      await haproxy.command(`set map ${haproxy.map} ${service} ${service}_${color}`);
    },
    writes: (service) => proxy.writes().filter(({ text: words }) => words.split(' ')[3] === service),
    transcript: (service) => slack.transcript(service),
    async card(service) {
      const release = (await village.record(service)).releases[0];
      const shown = release && (await reader.outbox.card(service, release.id));
      const message: Message | undefined = shown ? slack.channel(service).now(shown) : undefined;
      return message && slack.look(message).text;
    },
    async untilAllTold(withinMs = longMs) {
      await until('everything is told', async () => (await reader.outbox.depth()) === 0, withinMs, 100);
    },
    async close() {
      await Promise.all([...replicas].map((replica) => replica.stop()));
      reader.close();
      await slack.close();
      await proxy.stop();
      if (folder !== undefined) await rm(folder, { recursive: true, force: true });
      await Promise.all([
        haproxy.stop(),
        desk.stop(),
        blue.stop(),
        green.stop(),
        ...(options.redis ? [] : [redis.stop()]),
      ]);
    },
  };
  return village;
}
