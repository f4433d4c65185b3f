/**
 * How long the bot takes from the pair that changes a verdict until the edit of the card leaves for Slack.
 *
 * The clock starts when the later color has answered that pair, and stops when Slack gets `chat.update`. The pairs are 2 s
 * apart, so that the newest one before the verdict was saved is the one that changed it.
 */
import { createServer } from 'node:http';
import { closeServer, listen } from '../test/support/listen.ts';
import { until } from '../test/support/until.ts';
import { bakeAll } from './bake-all.ts';
import type { Row } from './figure.ts';
import { percentile, spread } from './figure.ts';
import { startBot } from './process.ts';
import { adopted, configuration, prefix, withSetup } from './setup.ts';
import type { Surroundings } from './setup.ts';
import { keyStart } from '../src/redis/keys.ts';

/** So few that Slack's limit for edits in a workspace does not delay one. */
const services = 4;

/** The rows of this figure. */
export function told(): Promise<Row[]> {
  return withSetup(async (around) => {
    const names = Array.from({ length: services }, (_, i) => `service-${i}`);
    const answered = new Map<string, number[]>();
    const blue = await startSide(answered);
    around.after(() => blue.stop());
    const green = await startSide(answered);
    around.after(() => green.stop());
    const settings = (name: string): object => ({
      colors: { blue: { url: blue.url }, green: { url: green.url } },
      health: [{ kind: 'http', path: '/healthz', successes: 1 }],
      router: { kind: 'http', url: `${blue.url}/router/${name}`, token: '${ROUTER_TOKEN}' },
      promotion: { bake: '1h' },
      compare: { requests: [{ path: `/pair?${name}` }], every: '2s' },
    });
    const config = configuration(Object.fromEntries(names.map((name) => [name, settings(name)])));
    const bot = await startBot(config, { ...around.env, ROUTER_TOKEN: 'router' });
    around.after(() => bot.stop());
    await adopted(around, services);
    await bakeAll(around, bot, names);
    for (const name of names) await timeOf(around, name, 'no-difference', answered);
    green.fail();
    const times: number[] = [];
    for (const name of names) times.push(await timeOf(around, name, 'helps', answered));
    const most = Math.max(...times);
    return [
      {
        figure: 'from the pair that changes a verdict to the edit of the card',
        measured: `${spread(times)}, ${times.length} verdicts`,
        baseline: '',
        target: 'p99 below 100 ms',
        reached: percentile(times, 0.99) < 100 && most < 2_000,
      },
    ];
  });
}

/** Waits for a verdict, and returns the time from its pair to the edit of the card, ms. */
async function timeOf(
  { redis, slack }: Surroundings,
  name: string,
  verdict: string,
  answered: ReadonlyMap<string, readonly number[]>,
): Promise<number> {
  const key = `${keyStart(prefix)}s:${name}`;
  const savedAt = await until(`${name} ${verdict}`, async () => {
    const { evidence } = JSON.parse(await redis.cli('hget', key, 'record')) as {
      evidence?: { now: string; at: number };
    };
    return evidence?.now === verdict ? evidence.at : undefined;
  });
  const edit = await until('its card is edited', () =>
    slack.calls('chat.update').find(({ at, args }) => at >= savedAt && JSON.stringify(args).includes(name)),
  );
  return edit.at - Math.max(...(answered.get(name) ?? []).filter((at) => at <= savedAt));
}

/** A color, and a router at `/router/…`. Notes when each request of a pair was answered, ms since 1970. */
async function startSide(
  answered: Map<string, number[]>,
): Promise<{ url: string; fail(): void; stop(): Promise<void> }> {
  let failing = false;
  const put = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const name = /^\/pair\?(.+)$/.exec(path)?.[1];
    let body = '';
    request.on('data', (data: Buffer) => (body += data.toString()));
    request.on('end', () => {
      if (request.method === 'PUT') put.set(path, body);
      response.statusCode = failing && name !== undefined ? 503 : 200;
      response.end(path.startsWith('/router/') ? (put.get(path) ?? '{"color":"blue","epoch":1}') : '');
      if (name !== undefined) answered.set(name, [...(answered.get(name) ?? []), Date.now()]);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    fail: () => (failing = true),
    stop: () => closeServer(server),
  };
}
