/** `node dist/main.js`: starts the bot with what the environment says, and ends it on SIGTERM. */
import { writeSync } from 'node:fs';
import { startBot } from './bot.ts';
import { ConfigFault, loadConfig } from './config.ts';
import type { Config } from './config.ts';
import { makeLog } from './log.ts';
import { openRedis } from './redis/open.ts';

/** SIGTERM to exit takes at most this long, ms (the contract allows 10 s). */
const stopWithinMs = 9_000;

function configOrExit(): Config {
  try {
    return loadConfig();
  } catch (fault) {
    if (!(fault instanceof ConfigFault)) throw fault;
    writeSync(2, `${fault.message}\n`);
    process.exit(1);
  }
}

const config = configOrExit();
const log = makeLog({ level: config.logLevel, secrets: config.secrets });
const redis = openRedis(config.redis.url ?? '', {
  prefix: config.redis.prefix,
  log,
  replicaName: `switchback-${process.pid}`,
});
redis.watch((ready) => {
  log.info({ ready }, ready ? 'Redis answers' : 'Redis is away');
  if (!ready) return;
  redis.warnings().then(
    (warnings) => warnings.forEach((warning) => log.warn({}, warning)),
    (cause: unknown) => log.warn({ err: cause }, 'Redis could not be asked about its settings'),
  );
});
const bot = await startBot(config, redis, log);

let stopping = false;
async function stop(signal: string): Promise<void> {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'Stopping');
  const late = setTimeout(() => {
    log.error({}, 'Stopping took too long; what is left is handed over by its lease');
    process.exit(0);
  }, stopWithinMs);
  await bot.stop();
  redis.close();
  clearTimeout(late);
  process.exit(0);
}
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
