import { randomBytes, randomUUID } from 'node:crypto';
import { loadConfig } from '../../../src/config.ts';
import type { Config, Env } from '../../../src/config.ts';
import { sourceName } from './alert-webhook.ts';
import type { Order } from './bot/wire.ts';
import { roles } from './people.ts';
import type { PlayRouter } from './router.ts';
import type { Playground } from './playground.ts';

/** The pattern of all runs' key prefixes, as Redis matches keys. */
export const likePlayPrefix = `play-${'?'.repeat(8)}`;

/** Settings of the playground's service: quick checks, one approval, a bake that is long enough to read about it. */
export function settingsOf(colors: Playground['colors'], router: PlayRouter, deployUrl: string) {
  return {
    colors: { blue: { url: colors.blue.url }, green: { url: colors.green.url } },
    router: router.settings,
    probe: { url: router.url, versionPath: 'version', colorHeader: 'x-color' },
    deploy: { kind: 'webhook', url: deployUrl, statusUrl: `${deployUrl}/{id}`, deadline: '30s' },
    health: [
      {
        kind: 'http',
        path: '/healthz',
        versionPath: 'version',
        interval: '500ms',
        timeout: '1s',
        deadline: '10s',
      },
    ],
    promotion: { approvals: 1, bake: '90s' },
    compare: { every: '200ms' },
    // A version that breaks twice is announced twice.
    alerts: { remind: '1m' },
  };
}

/**
 * The bot's configuration, and the environment with which its process reads the same. From `given` it uses `REDIS_…`
 * and `LOG_LEVEL`; `slack` points the bot to the workspace. Its keys in Redis belong to this run alone: the pretend
 * Slack and the router start empty each time. `alertsToken` authenticates monitoring. Throws `ConfigFault`.
 */
export function playConfig(
  given: Env,
  slack: Env,
  { channel, service, settings }: { channel: string; service: string; settings: object },
): { config: Config; order: Omit<Order, 'offer'>; alertsToken: string } {
  const alertsToken = randomBytes(24).toString('hex');
  const text = JSON.stringify({
    slack: { channel },
    redis: { prefix: `play-${randomUUID().slice(0, 8)}` },
    roles,
    alerts: {
      sources: { [sourceName]: { kind: 'alertmanager', token: '${ALERTS_TOKEN}', serviceLabel: 'service' } },
    },
    services: { [service]: settings },
  });
  const env = {
    ...slack,
    ...Object.fromEntries(Object.entries(given).filter(([name]) => /^REDIS_|^LOG_LEVEL$/.test(name))),
    HOST: '127.0.0.1',
    PORT: '0',
    ALERTS_TOKEN: alertsToken,
  };
  const config = loadConfig({ env, text, redis: 'optional' });
  // The page shows the important lines, at any `LOG_LEVEL`.
  const loud = config.logLevel === 'trace' || config.logLevel === 'debug';
  return {
    config,
    order: { env: { ...env, LOG_LEVEL: loud ? config.logLevel : 'info' }, text },
    alertsToken,
  };
}
