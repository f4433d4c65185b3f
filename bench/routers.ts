/**
 * What a switch is like with each router: from the press of Promote or Revert until a new connection gets the other color,
 * and what clients see that keep their connections, while 20 switches happen. Next to it, 20 switches by a script that does the
 * same to the router by hand: no gates, no checks, no record.
 */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { post } from '../packages/slack-double/src/post.ts';
import { makeLog } from '../src/log.ts';
import { openRedis } from '../src/redis/open.ts';
import { type Color, otherColor } from '../src/release/color.ts';
import { startCaddy } from '../test/support/caddy.ts';
import { type Seen, startClients, total } from '../test/support/clients.ts';
import { startHaproxy } from '../test/support/haproxy.ts';
import { startNginx } from '../test/support/nginx.ts';
import { until } from '../test/support/until.ts';
import { pressOf } from './button.ts';
import { type Row, spread } from './figure.ts';
import { load, type signed } from './load.ts';
import { startBot } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup } from './setup.ts';

const switches = 20;
const clients = { amount: 8, keepAlive: true, pauseMs: 5 };
const service = 'checkout';

/** A router with one service before it. */
interface Subject {
  /** Where clients reach it. */
  url: string;
  options: object;
  byHand(color: Color): Promise<unknown>;
  stop(): Promise<void>;
}

type Start = (ports: Record<Color, number>) => Promise<Subject>;

/** Every router that is measured. */
const routersOf: Readonly<Record<string, Start>> = {
  async HAProxy(ports) {
    const haproxy = await startHaproxy({ [service]: ports });
    return {
      url: haproxy.frontend(service),
      options: haproxy.options(service),
      byHand: (color) => haproxy.command(`set map ${haproxy.map} ${service} ${service}_${color}`),
      stop: () => haproxy.stop(),
    };
  },
  async nginx(ports) {
    const nginx = await startNginx(ports);
    return {
      url: nginx.frontend,
      options: { ...nginx.options(), test: nginx.test, reload: nginx.reload },
      async byHand(color) {
        await writeFile(nginx.include, `set $checkout_color ${color};\n`);
        for (const [program = '', ...args] of [nginx.test, nginx.reload]) spawnSync(program, args);
      },
      stop: () => nginx.stop(),
    };
  },
  async Caddy(ports) {
    const caddy = await startCaddy(ports);
    return {
      url: caddy.url,
      options: caddy.options(),
      byHand: (color) => caddy.set(caddy.upstreams[color]),
      stop: () => caddy.stop(),
    };
  },
};

/** The rows of all routers. */
export async function routers(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, start] of Object.entries(routersOf)) rows.push(...(await measure(name, start)));
  return rows;
}

function measure(name: string, start: Start): Promise<Row[]> {
  return withSetup(async (around) => {
    const subject = await start({ blue: around.blue.port, green: around.green.port });
    around.after(() => subject.stop());
    const hand = await under(
      subject,
      (turn) => subject.byHand(turn % 2 === 0 ? 'green' : 'blue'),
      async () => undefined,
    );
    const settings = {
      ...colors(around),
      router: subject.options,
      revert: { lockAfterRevert: false },
      promotion: { bake: '5m' },
    };
    const bot = await startBot(configuration({ [service]: settings }), around.env);
    around.after(() => bot.stop());
    await adopted(around, 1);
    const log = makeLog({ level: 'silent' });
    const store = openRedis(around.redis.url, { prefix, log, replicaName: 'bench' });
    around.after(async () => store.close());
    const stands = (state: string) =>
      until(`it is ${state}`, async () => (await store.store.load(service)).record?.state === state);
    const agent = new Agent({ keepAlive: true });
    around.after(async () => agent.destroy());
    const pressed = await under<ReturnType<typeof signed>>(
      subject,
      async (_turn, request) => void post(bot.events, request.headers, request.body, 3_000, agent),
      async (turn) => {
        if (turn % 2 === 0) {
          await stands('idle');
          const stage = () => ({ user: 'U0ANN', text: `stage ${service} v2` });
          await load(bot.events, [stage], { amount: 1 }, 1);
        }
        await stands(turn % 2 === 0 ? 'staged' : 'baking');
        return (await pressOf(store, service, turn % 2 === 0 ? 'release.promote' : 'release.revert'))();
      },
    );
    await stands('idle');
    return [
      {
        figure: `${name}: press of promote or revert until traffic`,
        measured: spread(pressed.times),
        baseline: `by hand ${spread(hand.times)}`,
        target: '',
      },
      {
        figure: `${name}: ${clients.amount} clients that keep connections, ${switches} switches`,
        measured: words(pressed.seen),
        baseline: `by hand ${words(hand.seen)}`,
        target: '',
      },
    ];
  });
}

/** Switches by turns while clients ask, and takes the time of each. `prepare` is not counted. */
async function under<T>(
  { url }: Subject,
  go: (turn: number, prepared: T) => Promise<unknown>,
  prepare: (turn: number) => Promise<T>,
): Promise<{ times: number[]; seen: Seen }> {
  const times: number[] = [];
  const running = startClients(url, clients);
  let color: Color = 'green';
  for (let turn = 0; turn < switches; turn += 1) {
    const prepared = await prepare(turn);
    const began = performance.now();
    const going = go(turn, prepared);
    await until(`${color} answers`, async () => (await answering(url)) === color, 10_000, 1);
    times.push(performance.now() - began);
    await going;
    // Both kinds of workers, or of configurations, have their time.
    await new Promise((resolve) => setTimeout(resolve, 250));
    color = otherColor(color);
  }
  return { times, seen: await running.stop() };
}

async function answering(url: string): Promise<string | null> {
  const answer = await fetch(url, { headers: { connection: 'close' } });
  await answer.arrayBuffer();
  return answer.headers.get('x-color');
}

function words({ answered, wrong, closed, failed }: Seen): string {
  return `${answered} answered, ${total(closed)} closed before an answer, ${total(failed) + wrong.length} failed`;
}
