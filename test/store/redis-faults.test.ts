import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { Fault } from '../../src/release/fault.ts';
import { fromNow } from '../../src/release/instant.ts';
import { plain } from '../../src/release/line.ts';
import { listen } from '../support/listen.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { standStill } from '../support/stand-still.ts';
import { until } from '../support/until.ts';
import { quiet } from './quiet.ts';
import { change, entry, notice, promoting, record } from './record.ts';

let server: RedisServer;
let redis: OpenRedis;

beforeEach(async () => {
  server = await startRedis();
  redis = openRedis(server.url, { prefix: 'switchback', log: quiet, replicaName: 'test' });
  await redis.store.ping();
});

afterEach(async () => {
  redis.close();
  await server.stop();
});

/** What a promise was rejected with, and after how many ms. */
async function failure(promise: Promise<unknown>): Promise<{ fault: Fault; ms: number }> {
  const began = performance.now();
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Fault)) throw new Error('it did not fail with a fault', { cause: error });
  return { fault: error, ms: performance.now() - began };
}

describe('what cannot be read', () => {
  const asked = (heading: 'blue' | 'green') =>
    redis.store.saveAsked(new Map([['checkout', { heading, detail: '' }]]));
  const key = 'switchback:{switchback}:';

  test.each([
    ['damaged', 'no JSON'],
    ['of another shape', '[]'],
    ['of a time that is still to come', '{"heading":"green","detail":"","at":99999999999999}'],
  ])('as the last answer of a router, since it is %s, is replaced', async (_, json) => {
    await redis.store.save(change(record('checkout'), 0));
    await server.cli('hset', `${key}asked`, 'checkout', json);
    expect(await redis.store.load('checkout')).toMatchObject({ record: { revision: 1 } });
    await asked('blue');
    expect((await redis.store.loadMany(['checkout']))[0]?.asked).toMatchObject({ heading: 'blue' });
  });

  test.each([
    ['a record of another service', 'record', JSON.stringify(record('search'))],
    ['a waiting revert', 'wish', 'no JSON'],
  ])('as %s, is said to be so, and other services are read', async (_, field, json) => {
    await redis.store.save(change(record('checkout'), 0));
    await redis.store.save(change(record('billing'), 0));
    await server.cli('hset', `${key}s:checkout`, field, json);
    await expect(redis.store.load('checkout')).rejects.toMatchObject({ code: 'bad-record' });
    expect(await redis.store.loadMany(['checkout', 'billing'])).toMatchObject([
      { record: null, bad: expect.stringContaining('of checkout') as string },
      { record: { service: 'billing' } },
    ]);
  });

  test.each([
    ['is damaged', 'no JSON'],
    ['has another shape', '{"service":"checkout"}'],
    ['has parts of a newer version', '{"service":"c","release":null,"kind":"event","text":[{"new":1}]}'],
  ])('as a notice, since it %s, keeps no other waiting', async (_, json) => {
    await redis.outbox.post([
      { ...notice('n1'), channel: 'C1' },
      { ...notice('n2'), channel: 'C1' },
    ]);
    await server.cli('hset', `${key}notices:C1`, 'n1', json);
    const { notices } = await redis.outbox.pending('C1', 10);
    expect(notices).toMatchObject([{ id: 'n1', kind: 'event', release: null }, { id: 'n2' }]);
    expect(plain(notices[0]?.text ?? [])).toContain('cannot be read');
    await redis.outbox.sent('C1', ['n1']);
    expect((await redis.outbox.pending('C1', 10)).notices).toMatchObject([{ id: 'n2' }]);
  });
});

test('a lease that ends later than any can is cut to its length', async () => {
  await redis.store.save(change(promoting('checkout'), 0, { lease: { act: 'take', token: 'ghost' } }));
  const later = String(Date.now() + 600_000);
  const key = 'switchback:{switchback}:';
  await server.cli('hset', `${key}s:checkout`, 'until', later);
  await server.cli('zadd', `${key}leases`, later, 'checkout');
  await server.cli('zadd', `${key}due`, later, 'service:checkout');
  await until('it is over', async () =>
    (await redis.agenda.take('other', 10, 1_000)).names.includes('service:checkout'),
  );
  expect((await redis.store.acquire('checkout', 'other')).held).toBe(true);
});

describe('a paused Redis', () => {
  test('is answered for within 2 s, and runs none of what it was sent when it wakes', async () => {
    const { store, agenda, outbox } = redis;
    await store.save(change(promoting('checkout'), 0, { due: { service: fromNow(-1), bake: null } }));
    server.pause();
    const pendingRevert = { id: 'w', actor: { kind: 'cli', name: 'x' } as const, at: fromNow() };
    const writes = [
      store.save(change(record('checkout'), 1, { notices: [notice('n1')], history: [entry('no')] })),
      store.save(change(record('billing'), 0)),
      store.savePendingRevert('checkout', 'op1', pendingRevert, entry('no')),
      store.note('checkout', entry('no')),
      store.acquire('checkout', 'a'),
      store.allow('key'),
      agenda.take('taker', 10, 60_000),
      agenda.ensure('sweep', 0),
      outbox.post([notice('n2')]),
    ];
    const read = failure(store.load('checkout'));
    for (const { fault, ms } of await Promise.all(writes.map(failure))) {
      expect(fault).toMatchObject({ code: 'storage-unavailable', unclear: true });
      expect(ms).toBeLessThan(2000);
    }
    expect((await read).fault).toMatchObject({ code: 'storage-unavailable', unclear: false });
    server.resume();
    await until('Redis answers again', () => store.ping().then(() => true));
    // Everything that lay in the socket's buffer has been read by now: it came before the ping.
    expect(await store.load('checkout')).toMatchObject({
      record: { revision: 1 },
      pendingRevert: null,
      lease: null,
    });
    expect((await store.load('billing')).record).toBeNull();
    expect(await store.history('checkout', 10)).toEqual([]);
    expect(await outbox.depth()).toBe(0);
    expect(await store.wasAllowed('key')).toBe(false);
    expect((await agenda.take('taker', 10, 1000)).names).toEqual(['service:checkout']);
  });

  test('a hung connection is dropped and made again', async () => {
    const changes: boolean[] = [];
    redis.watch((ready) => changes.push(ready));
    server.pause();
    await failure(redis.store.ping());
    await until('the connection is dropped', () => !redis.ready());
    const { fault, ms } = await failure(redis.store.save(change(record('checkout'), 0)));
    expect(fault).toMatchObject({ code: 'storage-unavailable', unclear: false });
    expect(ms).toBeLessThan(1500);
    server.resume();
    await until('it is connected again', () => redis.ready());
    expect(changes).toEqual([false, true]);
    expect((await redis.store.load('checkout')).record).toBeNull();
  });

  test('a short pause within the deadline is not noticed', async () => {
    server.pause();
    const saved = redis.store.save(change(record('checkout'), 0));
    await wait(300);
    server.resume();
    expect(await saved).toMatchObject({ ok: true, record: { revision: 1 } });
  });
});

describe('a process that stands still', () => {
  test.each([1_700, 2_300])('for %d ms takes the answers that came meanwhile', async (ms) => {
    server.pause();
    const asked = [
      redis.store.save(change(record('checkout'), 0)),
      redis.store.note('checkout', entry('no')),
      redis.store.load('billing'),
    ];
    // They are on their way when every promise that could go on has gone on.
    await new Promise((resolve) => setImmediate(resolve));
    server.resume();
    standStill(ms);
    expect(await Promise.all(asked)).toMatchObject([
      { ok: true, record: { revision: 1 } },
      null,
      { record: null },
    ]);
    expect(redis.ready()).toBe(true);
  });
});

describe('a connection that is lost while a save is on its way', () => {
  test('delivers nothing of it after it was recalled as not stored', async () => {
    let held: (() => void) | undefined;
    let reply = '';
    const proxy = createServer((client) => {
      const upstream = connect(server.port, '127.0.0.1');
      for (const socket of [client, upstream]) socket.on('error', () => {});
      upstream.pipe(client);
      client.on('data', (data) => {
        if (!data.includes('on its way')) return upstream.write(data);
        upstream.on('data', (answer) => (reply += answer.toString()));
        held = () => upstream.resume().write(data);
        return client.resetAndDestroy();
      });
    });
    const port = await listen(proxy);
    const other = openRedis(`redis://127.0.0.1:${port}`, {
      prefix: 'switchback',
      log: quiet,
      replicaName: 'a',
    });
    try {
      await until('it is connected', () => other.ready());
      // The server knows the script, so that what arrives late would run.
      await redis.store.save(change(record('billing'), 0));
      const mark = { keys: ['m1'], outcome: { ok: true, text: ['stage: accepted'] } };
      const save = change(record('checkout', { digest: 'on its way' }), 0, { mark });
      expect((await failure(other.store.save(save))).fault).toMatchObject({ unclear: true });
      const otherwise = { ok: false, code: 'storage-unavailable' as const, text: ['not stored'] };
      await until('it is connected again', () => other.ready());
      expect(await other.store.recall(['m1'], otherwise)).toEqual(otherwise);
      held?.();
      await until('it arrives', () => reply.includes('repeat'));
      expect((await redis.store.load('checkout')).record).toBeNull();
      expect(await redis.store.recall(['m1'])).toEqual(otherwise);
    } finally {
      other.close();
      proxy.close();
    }
  });
});

describe('a Redis that dies', () => {
  test('while it is unavailable nothing is sent, nor sent later', async () => {
    await server.kill();
    await until('the loss is seen', () => !redis.ready());
    const { fault, ms } = await failure(redis.store.save(change(record('checkout'), 0)));
    expect(fault).toMatchObject({ code: 'storage-unavailable', unclear: false });
    expect(ms).toBeLessThan(1500);
    await server.restart();
    await until('it is connected again', () => redis.ready());
    expect((await redis.store.load('checkout')).record).toBeNull();
  });

  test('killed during a save: what was acknowledged is there, what clearly failed is not', async () => {
    const { store } = redis;
    let revision = 0;
    for (let round = 0; round < 12; round += 1) {
      const saves = store
        .save(change(record('checkout', { digest: `round ${round}` }), revision))
        .then((answer) => (answer.ok ? 'saved' : answer.why))
        .catch((error: unknown) => (error instanceof Fault && error.unclear ? 'unclear' : 'failed'));
      await wait(round % 4);
      await server.kill();
      const answer = await saves;
      await server.restart();
      const { record: found } = await until('it answers again', () => store.load('checkout'));
      const there = found?.digest === `round ${round}`;
      const allowed = { saved: [true], failed: [false], unclear: [true, false] };
      expect(Object.keys(allowed)).toContain(answer);
      expect(allowed[answer as keyof typeof allowed]).toContain(there);
      expect(found?.revision ?? 0).toBe(there ? revision + 1 : revision);
      if (there) revision += 1;
    }
  });

  test('scripts that the server has forgotten are sent again', async () => {
    await redis.store.save(change(record('checkout'), 0));
    await server.cli('script', 'flush');
    expect(await redis.store.save(change(record('checkout'), 1))).toMatchObject({ ok: true });
    expect((await redis.store.load('checkout')).record?.revision).toBe(2);
  });

  test('a connection cut by the server is made again before the next command gives up', async () => {
    await server.cli('client', 'kill', 'type', 'normal');
    await until('the loss is seen', () => !redis.ready());
    expect(await redis.store.save(change(record('checkout'), 0))).toMatchObject({ ok: true });
  });

  test('a Redis out of memory refuses a save as a whole', async () => {
    await redis.store.save(change(record('checkout'), 0));
    await server.cli('config', 'set', 'maxmemory', '1');
    const { fault } = await failure(
      redis.store.save(change(record('checkout'), 1, { history: [entry('no')], notices: [notice('n1')] })),
    );
    expect(fault).toMatchObject({ code: 'storage-unavailable', unclear: false });
    await server.cli('config', 'set', 'maxmemory', '0');
    expect((await redis.store.load('checkout')).record?.revision).toBe(1);
    expect(await redis.store.history('checkout', 1)).toEqual([]);
  });
});

describe('a start', () => {
  test('without a Redis waits for one', async () => {
    await server.kill();
    const early = openRedis(server.url, { prefix: 'switchback', log: quiet, replicaName: 'early' });
    try {
      expect(early.ready()).toBe(false);
      await expect(early.facts()).rejects.toBeInstanceOf(Fault);
      await server.restart();
      await until('it is connected', () => early.ready());
      await early.store.ping();
    } finally {
      early.close();
    }
  });

  test('says what an operator should change about the server', async () => {
    expect((await redis.facts()).problems).toEqual([]);
    await server.cli('config', 'set', 'appendonly', 'no');
    await server.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    const { problems, version } = await redis.facts();
    expect(problems.map(({ found }) => found)).toEqual([
      expect.stringContaining('append-only file off'),
      expect.stringContaining('maxmemory-policy allkeys-lru'),
    ]);
    expect(await server.cli('info', 'server')).toContain(`redis_version:${version}`);
  });

  test('with user, password and database; a wrong password is said without it', async () => {
    await server.cli('acl', 'setuser', 'bot', 'on', '>s3cr3t/@:', '~*', '+@all');
    const lines: string[] = [];
    const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    const address = (password: string) => `redis://bot:${password}@127.0.0.1:${server.port}/3`;
    const right = openRedis(address(encodeURIComponent('s3cr3t/@:')), { prefix: 'p', log, replicaName: 'a' });
    const wrong = openRedis(address('wr0ng'), { prefix: 'p', log, replicaName: 'b' });
    try {
      await right.store.save(change(record('checkout'), 0));
      expect(await server.cli('-n', '3', 'exists', 'p:{p}:s:checkout')).toBe('1');
      await until('the wrong one is told', () => lines.some((line) => line.includes('WRONGPASS')));
      const { fault } = await failure(wrong.store.ping());
      expect(`${fault.stack} ${String(fault.cause)} ${lines.join('')}`).not.toMatch(/s3cr3t|wr0ng/);
    } finally {
      right.close();
      wrong.close();
    }
  });

  test('all keys start with the prefix and share one hash tag', async () => {
    await redis.store.save(
      change(promoting('checkout'), 0, {
        lease: { act: 'take', token: 'a' },
        history: [entry('1')],
        notices: [notice('n1')],
        draw: [{ channel: 'C1', release: 'r1' }],
        mark: { keys: ['m'], outcome: { ok: true, text: [] } },
      }),
    );
    await redis.store.note('checkout', entry('2'));
    const keys = (await server.cli('keys', '*')).split('\n');
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.filter((key) => !key.startsWith('switchback:{switchback}:'))).toEqual([]);
    const refusal = keys.find((key) => key.includes(':refusal:')) ?? '';
    expect(Number(await server.cli('pttl', refusal))).toBeLessThanOrEqual(60_000);
  });
});
