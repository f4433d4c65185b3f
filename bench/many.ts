/** 2,000 services, half of them at HAProxy (one map), half at a router with HTTP (one question each). */
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort } from '../test/support/ports.ts';
import { startProcess, temporaryFolder } from '../test/support/processes.ts';
import { startRouterServer } from '../test/support/router-server.ts';
import type { Row } from './figure.ts';
import { ms, percentile } from './figure.ts';
import type { Loaded } from './load.ts';
import { load, signingSecret } from './load.ts';
import { startBot, startMeasured } from './process.ts';
import type { Measured } from './process.ts';
import { adopted, colors, configuration, withSetup } from './setup.ts';
import type { Surroundings } from './setup.ts';

const services = 2_000;
/** Every router is asked once in this time, so that it holds exactly one sweep. */
const idleMs = 60_000;

/** The rows of this figure. */
export function many(): Promise<Row[]> {
  return withSetup(async (around) => {
    const names = Array.from({ length: services }, (_, i) => `service-${i}`);
    const haproxy = await startMap(around, names);
    const router = await startRouterServer();
    around.after(() => router.stop());
    const settings = (name: string, i: number): object => ({
      ...colors(around),
      router:
        i % 2 === 0 ? { ...haproxy, key: name } : { kind: 'http', url: router.url, token: '${ROUTER_TOKEN}' },
    });
    const config = configuration(Object.fromEntries(names.map((name, i) => [name, settings(name, i)])));
    const began = performance.now();
    const bot = await startBot(config, { ...around.env, ROUTER_TOKEN: router.token });
    around.after(() => bot.stop());
    const readyMs = performance.now() - began;
    await adopted(around, services, 60_000);
    const adoptedMs = performance.now() - began;
    const bare = await startMeasured(resolve('bench/bare-bolt.mjs'), '/readyz', {
      SLACK_SIGNING_SECRET: signingSecret,
    });
    around.after(() => bare.stop());
    return [
      {
        figure: '2,000 services: first start',
        measured: `ready ${ms(readyMs)}, all adopted ${ms(adoptedMs)}`,
        baseline: '',
        target: '',
      },
      ...(await statusRows(bare, bot)),
      ...(await idleRows(bare, bot)),
    ];
  });
}

async function statusRows(bare: Measured, bot: Measured): Promise<Row[]> {
  const rows: Row[] = [];
  for (const connections of [1, 4]) {
    const asked = async (to: Measured, seconds: number): Promise<Loaded> =>
      load(to.events, [() => ({ user: 'U0ANN', text: 'status' })], { seconds }, connections);
    await asked(bot, 2);
    const base = await asked(bare, 2);
    const own = await asked(bot, 5);
    if (own.wrong.length > 0) throw new Error(own.wrong[0]);
    rows.push({
      figure: `2,000 services: /release status, ${connections} at a time`,
      measured: `p99 ${ms(own.p99)}, median ${ms(percentile(own.times, 0.5))}`,
      baseline: `bare Bolt p99 ${ms(base.p99)}`,
      target: 'p99 below 150 ms',
      reached: own.p99 < 150,
    });
  }
  return rows;
}

async function idleRows(bare: Measured, bot: Measured): Promise<Row[]> {
  const before = [bare, bot].map((each) => each.cpuMs());
  const began = performance.now();
  await new Promise((end) => setTimeout(end, idleMs));
  const passed = performance.now() - began;
  const [bareShare = 0, share = 0] = [bare, bot].map((each, i) => (each.cpuMs() - (before[i] ?? 0)) / passed);
  const [bareMemory = 0, memory = 0] = [bare, bot].map((each) => each.memory() / 2 ** 20);
  return [
    {
      figure: '2,000 services: processor while nothing happens, one sweep in it',
      measured: `${(share * 100).toFixed(1)} % of a core`,
      baseline: `bare Bolt ${(bareShare * 100).toFixed(1)} %`,
      target: 'below 5 %',
      reached: share < 0.05,
    },
    {
      figure: '2,000 services: memory',
      measured: `${memory.toFixed(0)} MB`,
      baseline: `bare Bolt ${bareMemory.toFixed(0)} MB`,
      target: 'below 250 MB',
      reached: memory < 250,
    },
  ];
}

/** HAProxy with one map that has an entry for every service, and one frontend that reads it. */
async function startMap(around: Surroundings, names: readonly string[]): Promise<object> {
  const folder = await temporaryFolder();
  const map = join(folder, 'live.map');
  const file = join(folder, 'haproxy.cfg');
  const [runtime, frontend] = [await freePort(), await freePort()];
  await writeFile(map, names.map((name) => `${name} blue\n`).join(''));
  const config = `
global
  nbthread 1
  stats socket ipv4@127.0.0.1:${runtime} level admin
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend all
  bind 127.0.0.1:${frontend}
  use_backend %[req.hdr(host),map(${map})]
  default_backend blue
backend blue
  server blue 127.0.0.1:${around.blue.port}
backend green
  server green 127.0.0.1:${around.green.port}
`;
  await writeFile(file, config);
  const ready = async (): Promise<boolean> => (await fetch(`http://127.0.0.1:${frontend}/`)).status > 0;
  const haproxy = await startProcess({ command: 'haproxy', args: ['-db', '-f', file], ready });
  around.after(() => haproxy.stop('SIGKILL'));
  return { kind: 'haproxy', address: `tcp://127.0.0.1:${runtime}`, map };
}
