import { writeSync } from 'node:fs';
import { startBot } from './bot.ts';
import { ConfigFault, loadConfig } from './config.ts';
import type { Config } from './config.ts';
import { flushOutput } from './log/output.ts';
import { makeLog } from './log.ts';
import type { PinoLog } from './log.ts';
import { openRedis } from './redis/open.ts';
import type { OpenRedis } from './redis/open.ts';
import { replicaName } from './redis/replica-name.ts';

/** Longest time from SIGTERM to exit, in ms (the contract allows 10 s). */
const stopWithinMs = 9_000;
/** How long a slow reader gets for the last lines of the log, in ms. */
const flushMs = 500;

/**
 * Reads the configuration from the environment and the file (or that of an argument). With errors: lists them and exits
 * with 1.
 */
export function configOrExit(file?: string): Config {
  return orExit(() => loadConfig(file === undefined ? {} : { file }));
}

/** Runs `work`; prints a `ConfigFault` on standard error and exits with 1. */
export function orExit<T>(work: () => T): T {
  try {
    return work();
  } catch (fault) {
    if (!(fault instanceof ConfigFault)) throw fault;
    try {
      writeSync(2, `${fault.message}\n`);
    } catch {
      // Nobody reads it; the exit code is enough.
    }
    process.exit(1);
  }
}

/** Starts the bot from the environment, and ends the process on SIGTERM and SIGINT. */
export async function start(): Promise<void> {
  const config = configOrExit();
  const log = makeLog({ level: config.logLevel, secrets: config.secrets });
  const redis = openRedis(config.redis.url ?? '', {
    prefix: config.redis.prefix,
    access: config.redis.access,
    log,
    replicaName: replicaName({ prefix: config.redis.prefix, digest: config.digest, pid: process.pid }),
  });
  tellOfRedis(redis, log);
  const bot = await startBot(config, redis, log);

  async function exit(): Promise<void> {
    await flushOutput(flushMs);
    process.exit(0);
  }

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'Stopping');
    const late = setTimeout(() => {
      log.error({}, 'Stopping took too long; other replicas continue when the lease ends');
      void exit();
    }, stopWithinMs);
    await bot.stop();
    redis.close();
    clearTimeout(late);
    await exit();
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
  // The terminal was closed, or somebody expects the file to be read again.
  process.on('SIGHUP', () => {
    if (process.stdout.isTTY) void stop('SIGHUP');
    else log.warn({}, 'SIGHUP changes nothing: the file is read only at start');
  });
}

function tellOfRedis(redis: OpenRedis, log: PinoLog): void {
  redis.watch((ready) => {
    log.info({ ready }, ready ? 'Redis is available' : 'Redis is unavailable');
    if (!ready) return;
    redis.facts().then(
      ({ problems }) => problems.forEach(({ found, fix }) => log.warn({}, `${found}; ${fix}`)),
      (cause: unknown) => log.warn({ err: cause }, 'Redis could not be asked about its settings'),
    );
  });
}
