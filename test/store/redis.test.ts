import { afterAll, beforeAll, expect, test } from 'vitest';
import { stormGroups } from '../../src/release/alerts/port.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { alertsContract, firing, saving } from './alerts-contract.ts';
import { storeContract } from './contract.ts';
import { quiet } from './quiet.ts';
import { readmeUser } from './user.ts';

let server: RedisServer;
const opened: OpenRedis[] = [];
let count = 0;

/** As a user with no more than what the README asks for. */
let url: string;

beforeAll(async () => {
  server = await startRedis();
  await server.cli('acl', 'setuser', 'bot', 'on', '>x', ...readmeUser('test*'));
  url = `redis://bot:x@127.0.0.1:${server.port}`;
});

afterAll(async () => {
  for (const one of opened) one.close();
  await server.stop();
});

storeContract('redis', async () => {
  // A prefix of its own for each test: state of one never meets another's.
  count += 1;
  const prefix = `test${count}`;
  const open = (): OpenRedis => openRedis(url, { prefix, log: quiet, replicaName: 'test' });
  const [one, two] = [open(), open()];
  opened.push(one, two);
  return {
    ...one,
    other: two,
    now: async () => (await one.store.load('nothing')).now,
    // Time as Redis has it cannot be set; the waits are part of what is tested.
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    plant: async (service, json, revision) => {
      const key = `${prefix}:{${prefix}}:s:${service}`;
      await server.cli('hset', key, 'record', json, 'revision', String(revision));
    },
    loseDue: async (name) => void (await server.cli('zrem', `${prefix}:{${prefix}}:due`, name)),
  };
});

alertsContract('redis', async () => {
  count += 1;
  const redis = openRedis(url, { prefix: `test${count}`, log: quiet, replicaName: 'test' });
  opened.push(redis);
  return redis;
});

test('groups that are kept no more fall out of their digest and its counts', async () => {
  count += 1;
  const prefix = `test${count}`;
  const redis = openRedis(url, { prefix, log: quiet, replicaName: 'test' });
  opened.push(redis);
  const { alerts } = redis;
  for (let i = 0; i < stormGroups + 3; i += 1) await alerts.save(saving(firing(`group${i}`)));
  const { placed } = await alerts.load(`group${stormGroups}`);
  if (placed?.kind !== 'digest') throw new Error('not in a digest');
  await server.cli('del', `${prefix}:{${prefix}}:a:group${stormGroups + 2}`);
  const digest = await alerts.digest(placed.digest, 9);
  expect(digest).toMatchObject({ count: 2, firing: 2 });
  expect(digest.groups.map(({ id }) => id).toSorted()).toEqual([
    `group${stormGroups}`,
    `group${stormGroups + 1}`,
  ]);
});
