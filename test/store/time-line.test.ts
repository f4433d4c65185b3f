/** The store's time when another Redis server takes over whose clock is off. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Redis } from 'ioredis';
import { ClockEstimate } from '../../src/redis/clock-estimate.ts';
import { limits } from '../../src/release/limits.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { keepTimeLine } from '../../src/redis/time-line.ts';
import { startForwarder } from '../support/forwarder.ts';
import type { Forwarder } from '../support/forwarder.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { quiet } from './quiet.ts';
import { change, promoting, record } from './record.ts';

const start = 'switchback:{switchback}:';
const shiftKey = `${start}shift`;

/** The master first; behind one address. */
let servers: RedisServer[];
let forwarder: Forwarder;
const targets: number[] = [];
let url: string;
let bots: OpenRedis[];

beforeAll(async () => {
  servers = await Promise.all([startRedis(), startRedis({ args: ['--replica-read-only', 'no'] })]);
  const [master, replica] = servers as [RedisServer, RedisServer];
  await master.cli('config', 'set', 'replica-read-only', 'no');
  await replica.cli('replicaof', '127.0.0.1', String(master.port));
  targets.push(master.port);
  forwarder = await startForwarder({ targets });
  url = `redis://127.0.0.1:${forwarder.port}`;
  bots = [1, 2].map(() => openRedis(url, { prefix: 'switchback', log: quiet, replicaName: 'test' }));
  await untilSure();
});

afterAll(async () => {
  for (const bot of bots) bot.close();
  await forwarder.stop();
  await Promise.all(servers.map((server) => server.stop()));
});

const master = (): RedisServer => servers[0] as RedisServer;

/** Waits until the bots have heard the time for long enough. */
async function untilSure(): Promise<void> {
  const from = performance.now();
  await until('the clock is known', async () => {
    await Promise.all(bots.map((bot) => bot.store.ping()));
    return performance.now() - from > 2_500;
  });
}

/** Another server takes the master's place, with a clock that is so much ahead (negative: behind). */
async function replace(aheadMs: number): Promise<void> {
  const [old, heir] = servers as [RedisServer, RedisServer];
  const offset = async (server: RedisServer): Promise<string | undefined> =>
    /(?:slave_repl_offset|master_repl_offset):(\d+)/.exec(await server.cli('info', 'replication'))?.[1];
  await until('the replica has all', async () => (await offset(old)) === (await offset(heir)));
  // Its clock cannot be set: to all who ask it is the same when so much is added to it there.
  await heir.cli('incrby', shiftKey, String(aheadMs));
  await heir.cli('replicaof', 'no', 'one');
  targets[0] = heir.port;
  await old.cli('replicaof', '127.0.0.1', String(heir.port));
  await old.cli('client', 'kill', 'type', 'normal');
  servers.reverse();
  await until('the old master follows', async () =>
    (await old.cli('info', 'replication')).includes('master_link_status:up'),
  );
}

async function times(): Promise<number[]> {
  const heard = await Promise.all(bots.map((bot) => bot.store.load('nothing')));
  return heard.map(({ now }) => now - performance.now());
}

describe.each([
  ['2 h ahead', 7_200_000],
  ['60 s behind', -60_000],
  ['2 h behind', -7_200_000],
])('when the clock of the new master is %s', (words, ms) => {
  const service = `s${words.replaceAll(' ', '-')}`;

  test('the time goes on, leases end when they would have, and nothing else is due', async () => {
    const [bot, other] = bots as [OpenRedis, OpenRedis];
    const [before = 0] = await times();
    await bot.agenda.ensure(`sweep:${words}`, 600_000);
    await bot.store.save(change(promoting(service), 0, { lease: { act: 'take', token: 'a' } }));
    await replace(ms);
    for (const after of await times()) expect(Math.abs(after - before)).toBeLessThan(5_000);
    const taken = await until(
      'the lease ends',
      async () => {
        const { names } = await other.agenda.take('b', 10, 1_000);
        return names.length > 0 && names;
      },
      5_000,
    );
    expect(taken).toEqual([`service:${service}`]);
    expect(Math.abs(Number(await master().cli('get', shiftKey)))).toBeLessThan(5_000);
    await bot.store.save(change(record(service), 1));
    await other.agenda.done(`service:${service}`, 'b');
    await untilSure();
  });

  test('the time goes on with the same server too, when its clock is set', async () => {
    const [before = 0] = await times();
    await master().cli('incrby', shiftKey, String(ms));
    for (const after of await times()) expect(Math.abs(after - before)).toBeLessThan(5_000);
    expect(Math.abs(Number(await master().cli('get', shiftKey)))).toBeLessThan(5_000);
    await untilSure();
  });
});

test('a process that stood still, with its clocks, does not take the time of the others back', async () => {
  const [bot] = bots as [OpenRedis];
  const client = new Redis(master().port);
  try {
    await bot.agenda.take('a', 1, 1_000);
    const shift = Number(await master().cli('get', shiftKey));
    const mono = performance.now();
    const now = Date.now();
    const stood = new ClockEstimate();
    for (const ago of [10_000, 1]) stood.add(now + shift - 600_000 - ago, mono - ago, mono - ago);
    const time = { now, shift, sentAt: mono, heardAt: performance.now() };
    expect(stood.sure(mono)).toBe(true);
    expect(shift - (await keepTimeLine(client, start, stood, time, true))).toBeLessThan(5_000);
  } finally {
    client.disconnect();
  }
});

test('a new process follows the time that is there, and its log says once how far its clock is off', async () => {
  for (const bot of bots.splice(0)) bot.close();
  await master().cli('set', shiftKey, '-7200000');
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (text: string) => void lines.push(text) });
  const late = openRedis(url, { prefix: 'switchback', log, replicaName: 'test' });
  try {
    const { now } = await until('it is up', () => late.store.load('nothing').catch(() => undefined));
    expect(Math.abs(now + 7_200_000 - Date.now())).toBeLessThan(5_000);
    expect((await late.facts()).shift).toBe(-7_200_000);
    await master().cli('client', 'kill', 'type', 'normal');
    await until(
      'it is up again',
      async () => (await late.store.load('nothing').catch(() => undefined)) !== undefined && late.ready(),
    );
    expect(lines.filter((line) => line.includes('is 2 h ahead of the one before'))).toHaveLength(1);
  } finally {
    late.close();
  }
});

test('the time comes nearer to the server’s clock by and by, from either side', async () => {
  const bot = openRedis(url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  try {
    for (const shift of ['-15', '15']) {
      await master().cli('set', shiftKey, shift);
      await until('it is up', () => bot.agenda.take('a', 1, 1_000).catch(() => undefined));
      const seen = new Set<number>();
      await until('nothing is left', async () => {
        await bot.agenda.take('a', 1, 1_000);
        seen.add(Math.abs(Number(await master().cli('get', shiftKey))));
        return seen.has(0);
      });
      expect([...seen]).toEqual(expect.arrayContaining([5, 0]));
    }
  } finally {
    bot.close();
  }
});

test('the outcome of a command is kept for longer than a clock is off', async () => {
  const bot = openRedis(url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  try {
    await until('it is up', () =>
      bot.store.ping().then(
        () => true,
        () => false,
      ),
    );
    const mark = { keys: ['m1'], outcome: { ok: false as const, code: 'locked' as const, text: ['no'] } };
    await bot.store.note(
      'checkout',
      { actor: { kind: 'cli', name: 'x' }, what: 'refused', text: ['no'] },
      mark,
    );
    expect(Number(await master().cli('pttl', `${start}mark:m1`))).toBeGreaterThan(
      limits.markMs + 12 * 3_600_000,
    );
  } finally {
    bot.close();
  }
});
