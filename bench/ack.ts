/** How fast slash commands are answered, against Bolt alone; and whether memory grows with commands. */
import { resolve } from 'node:path';
import { startRouterServer } from '../test/support/router-server.ts';
import type { Row } from './figure.ts';
import { ms, percentile } from './figure.ts';
import type { Loaded, Typed } from './load.ts';
import { load, signingSecret } from './load.ts';
import { startBot, startMeasured } from './process.ts';
import type { Measured } from './process.ts';
import { adopted, colors, configuration, withSetup, writes } from './setup.ts';
import type { Surroundings } from './setup.ts';

/** Services that changes go round; the same one is not changed twice at once. */
const spare = 600;
/** Each kind of command is loaded in turns with the baseline, so that both see the same machine. */
const turns = 3;
const seconds = 1.2;

let people = 0;
/** Nobody sends more than 120 changing commands a minute. */
function somebody(): string {
  people += 1;
  return `U0LOAD${Math.floor(people / 30)}`;
}

const reads = ['status checkout', 'help', 'history checkout'];
const asking = (text: string) => [(): Typed => ({ user: somebody(), text })];

let next = 0;
const changing = [
  (context: Record<string, unknown>): Typed => {
    next += 1;
    Object.assign(context, { user: somebody(), service: `spare-${next % spare}` });
    return typed(context, 'lock', ' a look at the load');
  },
  (context: Record<string, unknown>) => typed(context, 'unlock'),
  (context: Record<string, unknown>) => typed(context, 'stage', ' v2'),
];

function typed(context: Record<string, unknown>, verb: string, rest = ''): Typed {
  return { user: String(context['user']), text: `${verb} ${String(context['service'])}${rest}` };
}

/** The rows of this figure. */
export function ack(): Promise<Row[]> {
  return withSetup(async (around) => {
    const router = await startRouterServer();
    around.after(() => router.stop());
    const service = {
      ...colors(around),
      router: { kind: 'http', url: router.url, token: '${ROUTER_TOKEN}' },
    };
    const names = ['checkout', ...Array.from({ length: spare }, (_, i) => `spare-${i}`)];
    const config = configuration(Object.fromEntries(names.map((name) => [name, service])));
    const bot = await startBot(config, { ...around.env, ROUTER_TOKEN: router.token });
    around.after(() => bot.stop());
    const bare = await startMeasured(resolve('bench/bare-bolt.mjs'), '/readyz', {
      SLACK_SIGNING_SECRET: signingSecret,
    });
    around.after(() => bare.stop());
    await adopted(around, names.length);

    const rows: Row[] = [];
    for (const text of reads) rows.push(await readRow(bare, bot, text));
    rows.push(await changesRow(around, bare, bot), await growth(bot));
    return rows;
  });
}

async function compare(
  bare: Measured,
  bot: Measured,
  text: string,
  rounds: number,
): Promise<{ base: Loaded[]; own: Loaded[] }> {
  const base: Loaded[] = [];
  const own: Loaded[] = [];
  for (let turn = 0; turn < rounds; turn += 1) {
    base.push(right(await load(bare.events, asking(text), { seconds })));
    own.push(right(await load(bot.events, asking(text), { seconds })));
  }
  return { base, own };
}

function right(loaded: Loaded): Loaded {
  if (loaded.wrong.length > 0) throw new Error(`${loaded.wrong.length} wrong answers: ${loaded.wrong[0]}`);
  return loaded;
}

const mean = (loads: readonly Loaded[]): number =>
  loads.reduce((sum, { perSecond }) => sum + perSecond, 0) / loads.length;

async function readRow(bare: Measured, bot: Measured, text: string): Promise<Row> {
  // Without a look at the first turn: what has just been started is still being compiled.
  await compare(bare, bot, text, 1);
  const { base, own } = await compare(bare, bot, text, turns);
  const share = mean(own) / mean(base);
  return {
    figure: `/release ${text}, 16 connections`,
    measured: `${share.toFixed(2)} (${mean(own).toFixed(0)}/s, p99 ${ms(Math.max(...own.map(({ p99 }) => p99)))})`,
    baseline: `bare Bolt ${mean(base).toFixed(0)}/s`,
    target: 'at least 0.75',
    reached: share >= 0.75,
  };
}

async function changesRow(around: Surroundings, bare: Measured, bot: Measured): Promise<Row> {
  const base = right(await load(bare.events, changing, { seconds: 2 }));
  right(await load(bot.events, changing, { seconds: 2 }));
  const cpuBefore = bot.cpuMs();
  const own = right(await load(bot.events, changing, { seconds: 4 }));
  const each = (bot.cpuMs() - cpuBefore) / (own.perSecond * 4);
  const plain = await writes(around, 2_000, 16);
  return {
    figure: 'lock, unlock, stage, each accepted, 16 connections',
    measured: `p99 ${ms(own.p99)} (${own.perSecond.toFixed(0)}/s, ${each.toFixed(1)} ms of processor each)`,
    baseline: `bare Bolt p99 ${ms(base.p99)} (${base.perSecond.toFixed(0)}/s), a write to Redis p99 ${ms(percentile(plain, 0.99))}`,
    target: 'p99 below 50 ms',
    reached: own.p99 < 50,
  };
}

/** Reads and changes in one; the first ones warm up. */
async function growth(bot: Measured): Promise<Row> {
  const both = [...reads.flatMap(asking), ...changing.slice(0, 2)];
  const sizes: number[] = [];
  for (const amount of [2_000, 5_000, 5_000]) {
    right(await load(bot.events, both, { amount }));
    sizes.push(bot.memory() / 2 ** 20);
  }
  const [first = 0, , last = 0] = sizes;
  return {
    figure: 'memory after 10,000 further commands',
    measured: `${last.toFixed(0)} MB`,
    baseline: `before them ${first.toFixed(0)} MB`,
    target: '',
  };
}
