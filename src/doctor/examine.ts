/** Checks everything that can go wrong at a real site, one by one. Connects to everything and changes nothing. */
import { adapterMaker, loadPackages } from '../adapters.ts';
import type { Config } from '../config.ts';
import type { PinoLog } from '../log.ts';
import type { OpenRedis } from '../redis/open.ts';
import { examineSenders } from './senders.ts';
import { examineServices } from './services.ts';
import type { Finding } from './finding.ts';
import { examineSlack } from './slack.ts';
import { examineStorage } from './storage.ts';

/** What the checks need; a test gives its own clock. */
export interface ExamineParts {
  config: Config;
  redis: OpenRedis;
  log: PinoLog;
  /** This machine's time, ms since 1970. */
  now?: () => number;
}

/** Yields each finding as soon as it is known. */
export async function* examine({
  config,
  redis,
  log,
  now = Date.now,
}: ExamineParts): AsyncGenerator<Finding> {
  yield* examineSlack(config, log, now, () => redis.bots());
  yield* examineStorage(config, redis, now);
  if (redis.ready()) yield* examineSenders(config, redis.senders);
  const { catalog } = config;
  await loadPackages(catalog.names().map((name) => catalog.find(name)?.raw));
  yield* examineServices(config, adapterMaker(config.names), redis.ready() ? redis.store : undefined);
}
