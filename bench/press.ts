/**
 * How long the bot itself takes from a press of Promote or Revert until traffic moves.
 *
 * The clock starts when the signed press is sent, and stops when HAProxy is told to move the traffic: the first `set map`
 * of the service. Between the two the bot asks the router and the color. Forwarders before both note when each of those calls
 * began (its connection was taken) and when its answer was complete; what they cover of the time is taken off. What is left is
 * the bot: signature, Bolt, gates, every save in Redis, and the way from one step to the next.
 *
 * The cards are not waited for: the message that is pressed is put where the bot keeps what it has posted.
 */
import { Agent } from 'node:http';
import { resolve } from 'node:path';
import { post } from '../packages/slack-double/src/post.ts';
import { makeLog } from '../src/log.ts';
import { openRedis } from '../src/redis/open.ts';
import type { OpenRedis } from '../src/redis/open.ts';
import { startHaproxy } from '../test/support/haproxy.ts';
import { until } from '../test/support/until.ts';
import type { Row } from './figure.ts';
import { percentile, spread } from './figure.ts';
import { pressOf } from './button.ts';
import { load, signingSecret } from './load.ts';
import { startBot, startMeasured } from './process.ts';
import { openTollgate } from './rate-limited-slack.ts';
import type { Passage } from './rate-limited-slack.ts';
import { adopted, colors, configuration, prefix, withSetup, writes } from './setup.ts';

const services = 60;
/** Presses that only warm up. */
const warm = 10;

/** The rows of this figure. */
export function press(): Promise<Row[]> {
  return withSetup(async (around) => {
    const names = Array.from({ length: services }, (_, i) => `service-${i}`);
    const { blue, green, redis } = around;
    const haproxy = await startHaproxy(
      Object.fromEntries(names.map((name) => [name, { blue: blue.port, green: green.port }])),
    );
    around.after(() => haproxy.stop());
    const gates = await Promise.all([haproxy.tcpPort, blue.port, green.port].map(openTollgate));
    for (const gate of gates) around.after(() => gate.stop());
    const [router, ...faces] = gates;
    const [seenBlue, seenGreen] = faces.map(({ port }) => ({ url: `http://127.0.0.1:${port}` }));
    const settings = (name: string): object => ({
      ...colors(around, `/healthz/${name}`),
      colors: { blue: seenBlue, green: seenGreen },
      router: { ...haproxy.options(name), address: [`tcp://127.0.0.1:${router?.port}`], mapFile: undefined },
      promotion: { bake: '1m' },
    });
    const config = configuration(Object.fromEntries(names.map((name) => [name, settings(name)])));
    const bot = await startBot(config, around.env);
    around.after(() => bot.stop());
    const bare = await startMeasured(resolve('bench/bare-bolt.mjs'), '/readyz', {
      SLACK_SIGNING_SECRET: signingSecret,
    });
    around.after(() => bare.stop());
    const store = openRedis(redis.url, { prefix, log: makeLog({ level: 'silent' }), replicaName: 'bench' });
    around.after(async () => store.close());
    await adopted(around, services);
    const staging = names.values();
    const stage = () => ({ user: 'U0ANN', text: `stage ${staging.next().value ?? ''} v2` });
    await load(bot.events, [stage], { amount: services }, 4);

    const took: Record<string, number[]> = { promote: [], revert: [], bare: [] };
    const agent = new Agent({ keepAlive: true });
    for (const name of names) {
      for (const [verb, state] of [
        ['promote', 'staged'],
        ['revert', 'baking'],
      ] as const) {
        await settled(store, name, state);
        const pressed = await pressOf(store, name, `release.${verb}`);
        // What a press costs Bolt alone, on the same machine at the same time.
        const beganBare = performance.now();
        await post(bare.events, pressed().headers, pressed().body, 3_000, agent);
        took['bare']?.push(performance.now() - beganBare);
        const request = pressed();
        const began = performance.now();
        void post(bot.events, request.headers, request.body, 3_000, agent);
        const moved = await until(`the traffic of ${name} moves`, () =>
          router?.passages.find(
            ({ line, asked }) => asked > began && line.startsWith('set map ') && line.includes(` ${name} `),
          ),
        );
        const calls = gates
          .flatMap(({ passages }) => passages)
          .filter(({ from, line }) => from > began && from < moved.from && of(name).test(line));
        took[verb]?.push(moved.asked - began - covered(calls, moved.from));
      }
      await settled(store, name, 'idle');
    }
    agent.destroy();
    const plain = await writes(around, 500, 1);
    const base = `bare Bolt's answer ${spread((took['bare'] ?? []).slice(2 * warm))}; a write to Redis ${spread(plain)}`;
    return (['promote', 'revert'] as const).map((verb) => {
      const values = (took[verb] ?? []).slice(warm);
      return {
        figure: `press of ${verb} until traffic moves, without outside calls`,
        measured: spread(values),
        baseline: base,
        target: 'median below 15 ms, p99 below 40 ms',
        reached: percentile(values, 0.5) < 15 && percentile(values, 0.99) < 40,
      };
    });
  });
}

/** A call about this service: its map entry, the servers of its backends, or the path of its check. */
const of = (name: string): RegExp => new RegExp(`[ /]${name}(?:[ _]|$)`);

/** Milliseconds that calls cover together, up to `end`; calls at the same time count once. */
function covered(calls: readonly Passage[], end: number): number {
  let sum = 0;
  let reached = 0;
  for (const { from, until: to = end } of calls.toSorted((a, b) => a.from - b.from)) {
    const stop = Math.min(to, end);
    sum += Math.max(0, stop - Math.max(from, reached));
    reached = Math.max(reached, stop);
  }
  return sum;
}

async function settled({ store }: OpenRedis, service: string, state: string): Promise<void> {
  await until(`${service} is ${state}`, async () => (await store.load(service)).record?.state === state);
  // What follows an operation (the lease is given back, the card is drawn) is no part of the next press.
  await new Promise((end) => setTimeout(end, 60));
}
