/**
 * How long writes wait in a switch that turns databases round, under 200 writes a second: PostgreSQL and HAProxy, promote and
 * revert by turns. Next to it, the same by a script by hand: the same steps without gates, checks and a record.
 */
import { Agent } from 'node:http';
import pg from 'pg';
import { post } from '../packages/slack-double/src/post.ts';
import { makeLog } from '../src/log.ts';
import { openRedis } from '../src/redis/open.ts';
import { type Color, otherColor } from '../src/release/color.ts';
import { startHaproxy } from '../test/support/haproxy.ts';
import type { HaproxyServer } from '../test/support/haproxy.ts';
import { startOrderDatabases } from '../test/support/order-databases.ts';
import type { OrderDatabases } from '../test/support/order-databases.ts';
import { startWrites } from '../test/support/steady-writes.ts';
import { until } from '../test/support/until.ts';
import { pressOf } from './button.ts';
import { type Row, ms, percentile, spread } from './figure.ts';
import { load } from './load.ts';
import { startBot } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup } from './setup.ts';

const switches = 50;
const service = 'checkout';
const mostMs = 250;

/** What the hold of each switch took, and the longest write of a client. */
interface Held {
  holds: number[];
  longestMs: number;
  failed: number;
}

/** The rows. */
export async function hold(): Promise<Row[]> {
  const hand = await measure(byHand);
  const bot = await measure(byBot);
  const p99 = percentile(bot.holds, 0.99);
  return [
    {
      figure: `writes wait in ${switches} switches that turn PostgreSQL`,
      measured: spread(bot.holds),
      baseline: `by hand ${spread(hand.holds)}`,
      target: `p99 below ${mostMs} ms`,
      reached: p99 < mostMs,
    },
    {
      figure: 'the longest write of a client in them, at 200/s',
      measured: `${ms(bot.longestMs)}, ${bot.failed} failed`,
      baseline: `by hand ${ms(hand.longestMs)}, ${hand.failed} failed`,
      target: '',
    },
  ];
}

interface Subject {
  haproxy: HaproxyServer;
  databases: OrderDatabases;
  around: Parameters<Parameters<typeof withSetup>[0]>[0];
}

function measure(switchesOf: (subject: Subject) => Promise<(to: Color) => Promise<number>>): Promise<Held> {
  return withSetup(async (around) => {
    const databases = await startOrderDatabases();
    around.after(() => databases.stop());
    const { blue, green } = around;
    for (const color of [blue, green]) color.levers.takes = databases.takes(color.color);
    const ports = { blue: blue.port, green: green.port };
    const haproxy = await startHaproxy({ [service]: ports }, { lua: 'haproxy/switchback.lua' });
    around.after(() => haproxy.stop());
    const turn = await switchesOf({ haproxy, databases, around });
    const running = startWrites(haproxy.frontend(service));
    const holds: number[] = [];
    let to: Color = 'green';
    for (let i = 0; i < switches; i += 1) {
      await until('the other side follows', async () => {
        const rows = await databases[otherColor(to)].sql<{ state: string }>(
          'shop',
          'select state from pg_stat_replication',
        );
        return rows[0]?.state === 'streaming';
      });
      holds.push(await turn(to));
      to = otherColor(to);
    }
    const { writes } = await running.stop();
    const answered = writes.filter(({ status }) => status === 200);
    return {
      holds,
      longestMs: Math.max(...answered.map(({ tookMs }) => tookMs)),
      failed: writes.length - answered.length,
    };
  });
}

async function byBot({ haproxy, databases, around }: Subject): Promise<(to: Color) => Promise<number>> {
  const settings = {
    ...colors(around),
    router: haproxy.options(service),
    revert: { lockAfterRevert: false },
    promotion: { bake: '5m' },
    cutover: { writes: { mode: 'hold', max: '3s' }, data: databases.data },
  };
  const bot = await startBot(configuration({ [service]: settings }), { ...around.env, ...databases.env });
  around.after(() => bot.stop());
  await adopted(around, 1);
  const agent = new Agent({ keepAlive: true });
  around.after(async () => agent.destroy());
  const store = openRedis(around.redis.url, {
    prefix,
    log: makeLog({ level: 'silent' }),
    replicaName: 'bench',
  });
  around.after(async () => store.close());
  const record = async () => (await store.store.load(service)).record;
  const stands = (state: string) => until(`it is ${state}`, async () => (await record())?.state === state);
  return async (to) => {
    if (to === 'green') {
      await stands('idle');
      await load(bot.events, [() => ({ user: 'U0ANN', text: `stage ${service} v2` })], { amount: 1 }, 1);
      await stands('staged');
    }
    const press = await pressOf(store, service, to === 'green' ? 'release.promote' : 'release.revert');
    const { headers, body } = press();
    await post(bot.events, headers, body, 3_000, agent);
    await until(`${to} is live`, async () => (await record())?.live === to);
    const held = (await record())?.releases[0]?.writesHeld;
    if (held === undefined) throw new Error('no write was held');
    return held.ms;
  };
}

/** The steps of a runbook, on connections that are open already. */
async function byHand({ haproxy, databases, around }: Subject): Promise<(to: Color) => Promise<number>> {
  const clients = {
    blue: new pg.Client(databases.blue.dsn('shop')),
    green: new pg.Client(databases.green.dsn('shop')),
  };
  for (const client of Object.values(clients)) {
    await client.connect();
    around.after(() => client.end());
  }
  const ends = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app' and pid <> pg_backend_pid()`;
  let count = 0;
  return async (to) => {
    const [from, next] = [clients[otherColor(to)], clients[to]];
    count += 1;
    const id = `hand-${count}`;
    await haproxy.command(`switchback hold ${service} ${id} 3000 POST,PUT,PATCH,DELETE`);
    await from.query('alter role app in database shop set default_transaction_read_only = on');
    await from.query(ends);
    const at = await from.query<{ lsn: string }>(
      `select pg_logical_emit_message(true, 'hand', ''), pg_current_wal_lsn()::text as lsn`,
    );
    for (;;) {
      const there = await from.query<{ there: boolean }>(
        'select replay_lsn >= $1::pg_lsn as there from pg_stat_replication',
        [at.rows[0]?.lsn],
      );
      if (there.rows[0]?.there === true) break;
    }
    const last = await from.query<{ last: string }>('select last_value::text as last from orders_id_seq');
    await next.query(`select setval('orders_id_seq', $1::bigint + 1000)`, [last.rows[0]?.last]);
    const name = await next.query<{ subname: string }>('select subname from pg_subscription');
    await next.query(`drop subscription ${name.rows[0]?.subname}`);
    await from.query(
      `create subscription hand_${count} connection '${databases[to].dsn('shop')}' publication shop with (copy_data = false)`,
    );
    await next.query('alter role app in database shop reset default_transaction_read_only');
    await next.query(ends);
    await haproxy.command(`set map ${haproxy.map} ${service} ${service}_${to}`);
    const said = await haproxy.command(`switchback release ${service} ${id}`);
    return Number(/ ms=(\d+)/.exec(said)?.[1]);
  };
}
