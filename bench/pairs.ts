/**
 * 500 services that bake, with a check each second, a pair of requests every 500 ms and two numbers of Prometheus every
 * 10 s each; and the same without pairs. The baseline is a bare loop that sends as many requests, and does nothing else.
 */
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { closeServer, listen } from '../test/support/listen.ts';
import { textOf } from '../test/support/router-server.ts';
import { bakeAll } from './bake-all.ts';
import type { Row } from './figure.ts';
import { ms, percentile } from './figure.ts';
import { startBot, startMeasured } from './process.ts';
import { adopted, colors, configuration, withSetup } from './setup.ts';

/** `BENCH_SERVICES=100` measures fewer, where the machine cannot bear 500. */
const services = Number(process.env['BENCH_SERVICES'] ?? 500);
const measuredMs = 30_000;
const bareMs = 10_000;
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
  const bare = await measureBare();
  const without = await measure({ requests: [] });
  const seen = await measure({ requests: [{ path: '/pair' }], every: `${pauseMs}ms` });
  const figure = `${services} baking services with a pair every 500 ms`;
  return [
    {
      figure: `${figure}: processor`,
      measured: `${percent(seen.share)} of a core, ${seen.pairs.toFixed(0)} pairs/s`,
      baseline: `without pairs ${percent(without.share)}; bare requests ${bare.kept}, pairs on new connections ${bare.fresh}`,
      target: 'below 50 %',
      reached: seen.share < 0.5,
    },
    {
      figure: `${figure}: memory`,
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

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/** What as many requests cost without a bot: pairs over kept connections, or on new ones; the checks always on new ones. */
function measureBare(): Promise<{ kept: string; fresh: string }> {
  return withSetup(async ({ blue }) => {
    const pairRequests = (2 * services * 1_000) / pauseMs;
    const checks = 2 * services + (2 * services) / 10;
    const cost = async (kept: number, fresh: number): Promise<string> => {
      const bare = await startMeasured(resolve('bench/bare-requests.mjs'), '/', {
        URL_ASKED: `${blue.url}/bare`,
        KEPT_PER_SECOND: String(kept),
        FRESH_PER_SECOND: String(fresh),
        CONNECTIONS: String(2 * services),
      });
      try {
        await new Promise((go) => setTimeout(go, 2_000));
        blue.requests.length = 0;
        const [cpu, began] = [bare.cpuMs(), performance.now()];
        await new Promise((go) => setTimeout(go, bareMs));
        const passed = performance.now() - began;
        const rate = (blue.requests.length / passed) * 1_000;
        return `${percent((bare.cpuMs() - cpu) / passed)} at ${rate.toFixed(0)}/s`;
      } finally {
        await bare.stop();
      }
    };
    return { kept: await cost(pairRequests, checks), fresh: await cost(0, pairRequests + checks) };
  });
}

function measure(compare: object): Promise<Seen> {
  return withSetup(async (around) => {
    const router = await startRouters();
    around.after(() => router.stop());
    const names = Array.from({ length: services }, (_, i) => `service-${i}`);
    const prometheus = await startPrometheus();
    around.after(() => prometheus.stop());
    const numbers = ['errors', 'latency'].map((name) => ({
      kind: 'prometheus',
      url: prometheus.url,
      query: `${name}{service="{service}", color="{color}"}`,
      above: 1,
      successes: 1,
    }));
    const settings = (name: string): object => ({
      ...colors(around, `/healthz?${name}`, numbers),
      router: { kind: 'http', url: `${router.url}/${name}`, token: '${ROUTER_TOKEN}' },
      promotion: { bake: '1h' },
      compare: withName(compare, name),
    });
    const config = configuration(Object.fromEntries(names.map((name) => [name, settings(name)])));
    const bot = await startBot(config, { ...around.env, ROUTER_TOKEN: 'router' });
    around.after(() => bot.stop());
    await adopted(around, services, 60_000);
    await bakeAll(around, bot, names);
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
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => closeServer(server) };
}

/** Answers each query with one good number. */
async function startPrometheus(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    const result = [{ metric: {}, value: [Date.now() / 1_000, '0.5'] }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}`, stop: () => closeServer(server) };
}

function withName(compare: { requests?: { path: string }[] } & object, name: string): object {
  return { ...compare, requests: compare.requests?.map(({ path }) => ({ path: `${path}?${name}` })) };
}
