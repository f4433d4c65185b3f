/** 500 services that bake, with a pair of requests every 500 ms each; and the same without pairs. */
import { createServer } from 'node:http';
import { closeServer, listen } from '../test/support/listen.ts';
import { freePort } from '../test/support/ports.ts';
import { textOf } from '../test/support/router-server.ts';
import { until } from '../test/support/until.ts';
import type { Row } from './figure.ts';
import { commandFields, signed } from './load.ts';
import { ms, percentile } from './figure.ts';
import { startBot } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup } from './setup.ts';
import { keyStart } from '../src/redis/keys.ts';

/** `BENCH_SERVICES=100` measures fewer, where the machine cannot bear 500. */
const services = Number(process.env['BENCH_SERVICES'] ?? 500);
const measuredMs = 30_000;
const pauseMs = 500;

interface Seen {
  share: number;
  memoryMb: number;
  /** Pairs a second, over all services, and how much longer than 500 ms a service waited for its next pair, ms. */
  pairs: number;
  late: number[];
}

/** The rows of this figure. */
export async function pairs(): Promise<Row[]> {
  const without = await measure({ requests: [] });
  const seen = await measure({ requests: [{ path: '/pair' }], every: `${pauseMs}ms` });
  return [
    {
      figure: `${services} baking services with a pair every 500 ms: processor`,
      measured: `${(seen.share * 100).toFixed(0)} % of a core, ${seen.pairs.toFixed(0)} pairs/s`,
      baseline: `without pairs ${(without.share * 100).toFixed(0)} %`,
      target: 'below 50 %',
      reached: seen.share < 0.5,
    },
    {
      figure: `${services} baking services with a pair every 500 ms: memory`,
      measured: `${seen.memoryMb.toFixed(0)} MB`,
      baseline: `without pairs ${without.memoryMb.toFixed(0)} MB`,
      target: 'below 300 MB',
      reached: seen.memoryMb < 300,
    },
    {
      figure: `${services} baking services: how late a pair is`,
      measured: `p99 ${ms(percentile(seen.late, 0.99))}, latest ${ms(Math.max(...seen.late))}`,
      baseline: '',
      target: 'no pair later than 1 s',
      reached: Math.max(...seen.late) < 1_000,
    },
  ];
}

function measure(compare: object): Promise<Seen> {
  return withSetup(async (around) => {
    const router = await startRouters();
    around.after(() => router.stop());
    const names = Array.from({ length: services }, (_, i) => `service-${i}`);
    const settings = (name: string): object => ({
      ...colors(around, `/healthz?${name}`),
      router: { kind: 'http', url: `${router.url}/${name}`, token: '${ROUTER_TOKEN}' },
      promotion: { bake: '1h' },
      compare: withName(compare, name),
    });
    const config = configuration(Object.fromEntries(names.map((name) => [name, settings(name)])));
    const bot = await startBot(config, { ...around.env, ROUTER_TOKEN: 'router' });
    around.after(() => bot.stop());
    await adopted(around, services, 60_000);
    // One person may send 120 commands a minute.
    const types = async (name: string, words: string): Promise<string> => {
      const sent = signed(commandFields({ user: `U${name.toUpperCase().replace('-', '')}`, text: words }));
      return (await fetch(bot.events, { method: 'POST', ...sent })).text();
    };
    await inTurns(names, 8, (name) => types(name, `stage ${name} v2`));
    await inTurns(names, 8, async (name) => {
      // It is still being staged until it is accepted.
      const promoted = async (): Promise<true | undefined> =>
        (await types(name, `promote ${name}`)).includes('"text":"promote: ') || undefined;
      await until(`${name} is promoted`, promoted, 60_000, 200);
    });
    await until('all bake', async () => (await bakes(around.redis)) === services, 180_000);
    await new Promise((go) => setTimeout(go, 5_000));
    around.blue.requests.length = 0;
    const at = new Map<string, number>();
    const late: number[] = [];
    let count = 0;
    const push = around.blue.requests.push.bind(around.blue.requests);
    around.blue.requests.push = (...paths) => {
      const now = performance.now();
      for (const path of paths.filter((each) => each.startsWith('/pair'))) {
        count += 1;
        const before = at.get(path);
        if (before !== undefined) late.push(Math.max(0, now - before - pauseMs));
        at.set(path, now);
      }
      return push();
    };
    const [cpu, began] = [bot.cpuMs(), performance.now()];
    await new Promise((go) => setTimeout(go, measuredMs));
    const passed = performance.now() - began;
    return {
      share: (bot.cpuMs() - cpu) / passed,
      memoryMb: bot.memory() / 2 ** 20,
      pairs: (count / passed) * 1_000,
      late,
    };
  });
}

/** A router for each path: what was put last. */
async function startRouters(): Promise<{ url: string; stop(): Promise<void> }> {
  const put = new Map<string, string>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    void textOf(request).then((text) => {
      if (request.method === 'PUT') put.set(path, text);
      response.end(put.get(path) ?? '{"color":"blue","epoch":1}');
    });
  });
  const port = await freePort();
  await listen(server, port);
  return { url: `http://127.0.0.1:${port}`, stop: () => closeServer(server) };
}

function withName(compare: { requests?: { path: string }[] } & object, name: string): object {
  return { ...compare, requests: compare.requests?.map(({ path }) => ({ path: `${path}?${name}` })) };
}

async function bakes(redis: { cli(...args: string[]): Promise<string> }): Promise<number> {
  return Number(await redis.cli('zcount', `${keyStart(prefix)}due`, '-inf', '+inf')) > 0
    ? (await redis.cli('zrange', `${keyStart(prefix)}due`, '0', '-1'))
        .split('\n')
        .filter((name) => name.startsWith('bake:')).length
    : 0;
}

async function inTurns(
  names: readonly string[],
  width: number,
  act: (name: string) => Promise<unknown>,
): Promise<void> {
  const left = [...names];
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await act(name);
  };
  await Promise.all(Array.from({ length: width }, work));
}
