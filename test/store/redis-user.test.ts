/** What a user of Redis must be allowed, and what is said when it is not, or when Redis takes no writes. */
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { commandFault } from '../../src/redis/reply-error.ts';
import * as agenda from '../../src/redis/scripts/agenda.ts';
import * as alerts from '../../src/redis/scripts/alerts.ts';
import * as lease from '../../src/redis/scripts/lease.ts';
import * as outbox from '../../src/redis/scripts/outbox.ts';
import { tried } from '../../src/redis/scripts/probe.ts';
import * as store from '../../src/redis/scripts/store.ts';
import { Fault } from '../../src/release/fault.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';
import { firing, saving } from './alerts-contract.ts';
import { change, entry, notice, record } from './record.ts';
import { documentedUser } from './user.ts';

let server: RedisServer;
const opened: OpenRedis[] = [];
let count = 0;

beforeAll(async () => {
  server = await startRedis();
});
afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await server.cli('config', 'set', 'maxmemory', '0', 'min-replicas-to-write', '0');
});
afterAll(() => server.stop());

/** A connection as a user with these rules. */
async function as(rules: string[]): Promise<{ redis: OpenRedis; lines: string[]; user: string }> {
  const user = `user${(count += 1)}`;
  await server.cli('acl', 'setuser', user, 'on', '>x', ...rules);
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (text: string) => void lines.push(text) });
  const url = `redis://${user}:x@127.0.0.1:${server.port}`;
  const redis = openRedis(url, { prefix: 'switchback', log, replicaName: 'test' });
  opened.push(redis);
  return { redis, lines, user };
}

async function failure(promise: Promise<unknown>): Promise<Fault> {
  const fault: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(fault instanceof Fault)) throw new Error('it did not fail with a fault', { cause: fault });
  return fault;
}

test('every command that a script calls is tried before anything else', () => {
  const scripts = [agenda, alerts, lease, outbox, store].flatMap((each) => Object.values(each));
  const called = scripts.flatMap(({ lua }) =>
    [...lua.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name]) => name),
  );
  expect(new Set(called)).toEqual(new Set(tried.map(([name]) => name)));
});

describe('a user of Redis', () => {
  test('with what the page on the set-up lists may do everything', async () => {
    const { redis, lines } = await as(documentedUser());
    await until('it is up', () => redis.ready());
    const saved = await redis.store.save(
      change(record('checkout'), 0, { history: [entry('1')], notices: [notice('n1')] }),
    );
    expect(saved.ok).toBe(true);
    const { problems, clients } = await redis.facts();
    expect(problems).toEqual([]);
    expect(clients).toContain('test');
    expect(lines.join('')).not.toContain('NOPERM');
  });

  test.each(['sadd', 'time', 'evalsha', 'hset', 'pexpire', 'set'])(
    'without %s gets an error that says so, and nothing is done before it has it',
    async (command) => {
      const { redis, lines, user } = await as([...documentedUser(), `-${command}`]);
      await until('it is told', () => lines.some((line) => line.includes(`"lacks":["${command}"]`)));
      expect(redis.ready()).toBe(false);
      expect(redis.lacks()).toEqual([command]);
      const fault = await failure(redis.store.save(change(record(`without-${command}`), 0)));
      expect(fault).toMatchObject({ unclear: false, refuses: 'NOPERM' });
      expect(await server.cli('exists', `switchback:{switchback}:s:without-${command}`)).toBe('0');
      await server.cli('acl', 'setuser', user, `+${command}`);
      await until('it is up', () => redis.ready());
      expect((await redis.store.save(change(record(`without-${command}`), 0))).ok).toBe(true);
    },
  );

  test('of other keys gets an error that says so', async () => {
    const { redis } = await as(['~other:*', ...documentedUser().filter((rule) => !rule.startsWith('~'))]);
    await until('it is told', () => redis.lacks().length > 0);
    expect(redis.lacks()).toEqual(['keys']);
  });

  test('that loses a command while it runs saves nothing more, and its error says so', async () => {
    const { redis, user } = await as(documentedUser());
    await until('it is up', () => redis.ready());
    await server.cli('acl', 'setuser', user, '-sadd');
    const fault = await failure(redis.store.save(change(record('halfway'), 0)));
    expect(fault).toMatchObject({ refuses: 'NOPERM', unclear: true });
    await until('it is told', () => redis.lacks().includes('sadd'));
    expect(redis.ready()).toBe(false);
  });

  test('without INFO works, and reads what to grant', async () => {
    const { redis } = await as([...documentedUser(), '-info']);
    await until('it is up', () => redis.ready());
    expect((await redis.store.save(change(record('no-info'), 0))).ok).toBe(true);
    expect((await redis.facts()).problems).toEqual([
      expect.objectContaining({ found: expect.stringContaining('may not run INFO'), hint: true }),
    ]);
  });
});

describe('a Redis that answers and takes no writes', () => {
  test.each([
    ['OOM', ['maxmemory', '1']],
    ['NOREPLICAS', ['min-replicas-to-write', '1']],
  ])('is said to be so, by its word: %s', async (word, setting) => {
    const { redis } = await as(documentedUser());
    await until('it is up', () => redis.ready());
    await server.cli('config', 'set', ...setting);
    const words = { refuses: word, unclear: false, message: `Redis takes no writes (${word})` };
    expect(await failure(redis.store.ping())).toMatchObject(words);
    expect(await failure(redis.store.save(change(record('full'), 0)))).toMatchObject(words);
    expect(redis.ready()).toBe(true);
  });

  test('is said to be so when it cannot write to its disk', async () => {
    const other = await startRedis();
    try {
      const log = pino({ level: 'silent' });
      const redis = openRedis(other.url, { prefix: 'switchback', log, replicaName: 'test' });
      opened.push(redis);
      await until('it is up', () => redis.ready());
      await other.cli('config', 'set', 'appendonly', 'no', 'save', '3600 1');
      await rm(other.dir, { recursive: true });
      await other.cli('bgsave');
      await until('it could not write', async () =>
        (await other.cli('info', 'persistence')).includes('rdb_last_bgsave_status:err'),
      );
      expect(await failure(redis.store.ping())).toMatchObject({ refuses: 'MISCONF', unclear: false });
    } finally {
      await other.stop();
    }
  });

  test('stores no alert either when it is full', async () => {
    const { redis } = await as(documentedUser());
    await redis.alerts.save(saving(firing('before')));
    await server.cli('config', 'set', 'maxmemory', '1');
    expect(await failure(redis.alerts.save(saving(firing('after'))))).toMatchObject({ refuses: 'OOM' });
    await server.cli('config', 'set', 'maxmemory', '0');
    expect((await redis.alerts.load('after')).group).toBeNull();
  });
});

describe('the reason of a refusal by Redis', () => {
  test.each([
    // 6.2, 7.0, and newer.
    [
      'OOM',
      "ERR Error running script (call to f_1): @user_script:34: @user_script: 34: -OOM command not allowed when used memory > 'maxmemory'.",
      false,
    ],
    ['OOM', "OOM command not allowed when used memory > 'maxmemory'. script: 1, on @user_script:34.", false],
    ['MISCONF', 'MISCONF Errors writing to the AOF file: No space left on device', false],
    [
      'NOPERM',
      "ERR The user executing the script can't run this command or subcommand script: 1, on @user_script:34.",
      true,
    ],
    [
      'NOPERM',
      "ERR ACL failure in script: User bot has no permissions to run the 'sadd' command script: 1",
      true,
    ],
    ['NOPERM', "NOPERM User bot has no permissions to run the 'evalsha' command", false],
  ])('%s is known by its words', (word, said, unclear) => {
    const fault = commandFault(new Error(said), true);
    expect(fault).toMatchObject({ refuses: word, unclear, message: `Redis takes no writes (${word})` });
  });
});

test('the page on the set-up names the user that the tests use', () => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/setup.md'), 'utf8')).toContain(
    'ACL SETUSER switchback',
  );
  expect(documentedUser().length).toBeGreaterThan(20);
});
