import { randomUUID } from 'node:crypto';
import { loadConfig } from '../config.ts';
import type { Config, Env } from '../config.ts';
import { roles } from './cast.ts';
import type { PlayRouter } from './proxy.ts';
import type { Town } from './town.ts';

/** Settings of the playground's service: quick checks, one approval, a bake of half a minute. */
export function settingsOf(colors: Town['colors'], router: PlayRouter, deployUrl: string) {
  return {
    colors: { blue: { url: colors.blue.url }, green: { url: colors.green.url } },
    router: { kind: 'http', url: router.control },
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
    promotion: { approvals: 1, bake: '30s' },
  };
}

/**
 * The bot's configuration. Of `env`, `REDIS_URL` and `LOG_LEVEL` count; `slack` is what points it to the workspace.
 * Its keys in Redis are of this run alone: the pretend Slack and the router begin anew each time.
 */
export function playConfig(
  { REDIS_URL, LOG_LEVEL }: Env,
  slack: Env,
  { channel, service, settings }: { channel: string; service: string; settings: object },
): Config {
  const text = JSON.stringify({
    slack: { channel },
    redis: { prefix: `play-${randomUUID().slice(0, 8)}` },
    roles,
    services: { [service]: settings },
  });
  return loadConfig({
    env: { ...slack, REDIS_URL, LOG_LEVEL, HOST: '127.0.0.1', PORT: '0' },
    text,
    redis: 'optional',
  });
}
