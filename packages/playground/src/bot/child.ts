/**
 * The bot of the playground, in a process of its own so that it can be killed: `fork`ed by `bot-process.ts`, from which
 * it gets its configuration and, without Redis, its state. Its log goes to standard output. It ends with its parent.
 */
import { startBot } from '../../../../src/bot.ts';
import type { Bot, Storage } from '../../../../src/bot.ts';
import { loadConfig } from '../../../../src/config.ts';
import type { Config } from '../../../../src/config.ts';
import { makeLog } from '../../../../src/log.ts';
import type { PinoLog } from '../../../../src/log.ts';
import { replicaName } from '../../../../src/redis/replica-name.ts';
import { remotePorts } from './remote-ports.ts';
import type { Remote } from './remote-ports.ts';
import type { FromBot, Order, ToBot } from './wire.ts';

let bot: Bot | undefined;
let remote: Remote<Storage> | undefined;

async function start({ env, text, offer }: Order): Promise<void> {
  const config = loadConfig({ env, text, redis: 'optional' });
  const log = makeLog({ level: config.logLevel, secrets: config.secrets });
  if (offer) remote = remotePorts<Storage>(offer, say);
  bot = await startBot(config, remote?.ports ?? (await redisOf(config, log)), log);
  say({ kind: 'listens', port: bot.port });
}

async function redisOf(
  { redis: { url = '', prefix, access }, digest }: Config,
  log: PinoLog,
): Promise<Storage> {
  // Loaded only here: a game in memory starts without it.
  const { openRedis } = await import('../../../../src/redis/open.ts');
  return openRedis(url, {
    prefix,
    access,
    log,
    replicaName: replicaName({ prefix, digest, pid: process.pid }),
  });
}

async function stop(): Promise<void> {
  await bot?.stop();
  process.exit(0);
}

function say(message: FromBot): void {
  // `disconnect` says whether the parent still runs.
  process.send?.(message, () => {});
}

process.on('message', (message) => {
  const told = message as ToBot;
  switch (told.kind) {
    case 'start':
      void start(told.order);
      break;
    case 'stop':
      void stop();
      break;
    case 'answer':
      remote?.take(told);
      break;
    default:
      told satisfies never;
  }
});
process.on('disconnect', () => {
  remote?.lose();
  process.exit(1);
});
// Ctrl-C is meant for the playground, which decides when to stop.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => void stop());
say({ kind: 'ready' });
