import { randomUUID } from 'node:crypto';
import { adapterMaker, loadPackages, sweepMaker } from '../adapters.ts';
import { loadConfig } from '../config.ts';
import type { Config, ConfigSource } from '../config.ts';
import { logLevels, makeLog } from '../log.ts';
import type { PinoLog } from '../log.ts';
import { useProxies } from '../net/proxy.ts';
import { openRedis } from '../redis/open.ts';
import type { OpenRedis } from '../redis/open.ts';
import type { Actor } from '../release/actor.ts';
import { systemClock } from '../release/clock.ts';
import type { People } from '../release/command.ts';
import type { Observe, Parts } from '../release/parts.ts';
import { listedPeople } from '../release/role-lists.ts';
import { newRemembered } from '../release/known-services.ts';
import type { ServiceRecord } from '../release/release.ts';
import { cliActor } from './actor.ts';
import { NoRedis } from './no-redis.ts';
import { write } from './output.ts';

/** Longest wait for the first answer of Redis, in ms. */
const connectMs = 3_000;

/** What a verb works with: one more replica of the bot, without Slack. */
export interface CliContext {
  config: Config;
  redis: OpenRedis;
  parts: Parts;
  actor: Actor;
}

/** Loads the configuration for the command line and sets its proxies for this process. Throws `ConfigFault`. */
export function cliConfig(only?: string): Config {
  const source: ConfigSource = { slack: 'unneeded', ...(only !== undefined && { only }) };
  const config = loadConfig(source);
  useProxies(config.proxies);
  return config;
}

/** The log, on standard error and only when `LOG_LEVEL` is set: nobody reads JSON between answers. */
export function cliLog({ secrets, env }: Config): PinoLog {
  const level = logLevels.find((one) => one === env['LOG_LEVEL']) ?? 'silent';
  return makeLog({ level, secrets, destination: { write: (text) => write(process.stderr, text) } });
}

/** Role checks for the command line. Its users must be listed by name, so Slack is never asked. */
export function cliPeople(config: Config): People {
  return listedPeople(config.roles);
}

const nobody: Observe = {
  operation() {},
  refusal() {},
  switched() {},
  leaseLost() {},
  verdict() {},
  compared() {},
  autoRevert() {},
};

/** Opens the storage and runs `work`. Throws `ConfigFault`, and `NoRedis` when Redis cannot be used. */
export async function withCliContext(work: (desk: CliContext) => Promise<number>): Promise<number> {
  const config = cliConfig();
  const log = cliLog(config);
  const { url = '', prefix, access } = config.redis;
  const redis = openRedis(url, { prefix, access, log, replicaName: `switchback-cli-${process.pid}` });
  try {
    await answers(redis);
    const { store, agenda, outbox, alerts, evidence } = redis;
    const parts: Parts = {
      store,
      agenda,
      outbox,
      alerts,
      evidence,
      catalog: config.catalog,
      people: cliPeople(config),
      clock: systemClock,
      driver: randomUUID(),
      adapters: adapterMaker(config.names),
      sweep: sweepMaker(config.names),
      remembered: newRemembered({ looked: true }),
      log,
      observe: nobody,
    };
    return await work({ config, redis, parts, actor: cliActor(config) });
  } finally {
    redis.close();
  }
}

/** Loads what the router and the deploy of a service need, before the first question to them, or a lease. */
export async function beforeAsking(
  { catalog }: Pick<Parts, 'catalog'>,
  service: string,
  record: ServiceRecord | null,
): Promise<void> {
  await loadPackages([catalog.find(service)?.raw, record?.settings]);
}

/** Waits until Redis answers. Throws `NoRedis`. */
async function answers(redis: OpenRedis): Promise<void> {
  const until = performance.now() + connectMs;
  while (!redis.ready() && performance.now() < until) await systemClock.sleep(20);
  if (redis.ready()) return;
  throw new NoRedis(redis);
}
