/**
 * A replica in a process of its own, for tests that end it; see `built`. The environment is the bot's;
 * `KILLABLE` says the configuration's text, the points and what happens at them.
 */
import { startBot } from '../../src/bot.ts';
import { loadConfig } from '../../src/config.ts';
import { makeLog } from '../../src/log.ts';
import { openRedis } from '../../src/redis/open.ts';
import { tripwire } from './kill-points.ts';
import type { Point } from './kill-points.ts';

/** `freeze`: it goes no further; else the signal that the process sends to itself. */
export interface KillableOrder {
  text: string;
  points: Point[];
  act: 'freeze' | 'SIGKILL' | 'SIGSTOP';
}

const order = JSON.parse(process.env['KILLABLE'] ?? '{}') as KillableOrder;
const config = loadConfig({ env: { ...process.env, PORT: '3000' }, text: order.text });
const log = makeLog({ level: 'warn', secrets: config.secrets });
const redis = openRedis(config.redis.url ?? '', {
  prefix: config.redis.prefix,
  log,
  replicaName: `killable-${process.pid}`,
});
// A pipe is written at once, so the word is out before the signal comes.
const say = (words: string): void => void process.stdout.write(`@${words}\n`);
const storage = tripwire(redis, order.points, async ({ service, label, when }) => {
  say(`tripped ${service} ${label} ${when}`);
  if (order.act === 'freeze') await new Promise(() => {});
  else process.kill(process.pid, order.act);
});
const bot = await startBot({ ...config, http: { ...config.http, host: '127.0.0.1', port: 0 } }, storage, log);
say(`listens ${bot.port}`);
process.once('SIGTERM', () => {
  void bot.stop().then(() => {
    redis.close();
    process.exit(0);
  });
});
