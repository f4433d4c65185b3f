/** What the bot needs around it: Slack (pretended), Redis, two colors. */
import { Redis } from 'ioredis';
import { messageProblems, openWorkspace } from '../packages/slack-double/src/index.ts';
import type { Rate } from '../packages/slack-double/src/rate.ts';
import { keyStart } from '../src/redis/keys.ts';
import { startRedis } from '../test/support/redis.ts';
import { startColor } from '../test/support/sample-color.ts';
import { until } from '../test/support/until.ts';
import { signingSecret } from './load.ts';

/** Of the keys in Redis. */
export const prefix = 'bench';

/** Servers on loopback; everything that `with…` opened is closed after its work, whatever came of that. */
export interface Surroundings {
  slack: Awaited<ReturnType<typeof openWorkspace>>;
  redis: Awaited<ReturnType<typeof startRedis>>;
  blue: Awaited<ReturnType<typeof startColor>>;
  green: Awaited<ReturnType<typeof startColor>>;
  /** The environment of a bot in HTTP mode. */
  env: Record<string, string>;
  /** Ends this when the work is over; the last one first. */
  after(end: () => Promise<unknown>): void;
}

/** Runs `work` among fresh servers. `postRate`: what Slack takes in a channel; more than is ever sent, when left out. */
export async function withSetup<T>(
  work: (around: Surroundings) => Promise<T>,
  postRate: Rate = { perMinute: 60_000, burst: 1_000 },
): Promise<T> {
  const ends: (() => Promise<unknown>)[] = [];
  const kept = async <S>(starting: Promise<S>, end: (server: S) => Promise<unknown>): Promise<S> => {
    const server = await starting;
    ends.push(() => end(server));
    return server;
  };
  try {
    warmSlack();
    const slack = await kept(openWorkspace({ signingSecret, postRate }), (server) => server.close());
    // Synced once a second, as compose.yaml runs it; the tests, which kill it, sync every write.
    const redis = await kept(startRedis({ args: ['--appendfsync', 'everysec'] }), (server) => server.stop());
    const blue = await kept(startColor('blue', 'v1'), (server) => server.stop());
    const green = await kept(startColor('green', 'v2'), (server) => server.stop());
    const env = { ...slack.env('http'), REDIS_URL: redis.url };
    return await work({ slack, redis, blue, green, env, after: (end) => void ends.push(end) });
  } finally {
    for (const end of ends.toReversed()) await end();
  }
}

/** The pretended Slack compiles the schema of a block when it first sees one: that is not the bot's time. */
function warmSlack(): void {
  const text = { type: 'mrkdwn', text: 'warm' };
  const button = { type: 'button', action_id: 'warm', text: { type: 'plain_text', text: 'warm' } };
  const found = messageProblems([
    { type: 'header', text: { type: 'plain_text', text: 'warm' } },
    { type: 'section', text, accessory: button },
    { type: 'context', elements: [text] },
    { type: 'divider' },
    { type: 'actions', elements: [button] },
  ]);
  if (found.length > 0) throw new Error(`the pretended Slack refuses ${JSON.stringify(found)}`);
}

/** Waits until so many services have a record. */
export function adopted({ redis }: Surroundings, count: number, withinMs = 20_000): Promise<unknown> {
  const key = `${keyStart(prefix)}services`;
  return until(
    `${count} services are adopted`,
    async () => (await redis.cli('scard', key)) === String(count),
    withinMs,
  );
}

/** Times of plain writes to Redis, in ms; `connections` at a time. The floor under everything that is saved. */
export async function writes({ redis }: Surroundings, count: number, connections: number): Promise<number[]> {
  const times: number[] = [];
  const write = async (name: number): Promise<void> => {
    const client = new Redis(redis.url);
    for (let i = 0; i < count / connections; i += 1) {
      const began = performance.now();
      await client.set(`plain:${name}`, 'x'.repeat(2_000));
      times.push(performance.now() - began);
    }
    client.disconnect();
  };
  await Promise.all(Array.from({ length: connections }, (_, name) => write(name)));
  return times;
}

/** A configuration in which everybody may do everything, with these services. */
export function configuration(services: Record<string, object>): object {
  const anyone = ['*'];
  return {
    slack: { channel: 'C0RELEASES' },
    redis: { prefix },
    roles: { operator: anyone, approver: anyone, admin: anyone, guests: true },
    services,
  };
}

/** Colors and one quick check, for a service; and other checks. */
export function colors(
  { blue, green }: Pick<Surroundings, 'blue' | 'green'>,
  path = '/healthz',
  others: readonly object[] = [],
): object {
  return {
    colors: { blue: { url: blue.url }, green: { url: green.url } },
    health: [{ kind: 'http', path, interval: '1s', successes: 1, deadline: '5s' }, ...others],
  };
}
