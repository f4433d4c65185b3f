import { afterAll, beforeAll, expect, test } from 'vitest';
import { stormGroups } from '../../src/release/alerts/port.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { type RedisServer, startRedis } from '../support/redis.ts';
import { alertsContract, firing, saving } from './alerts-contract.ts';
import { storeContract } from './contract.ts';
import { quiet } from './quiet.ts';
import { documentedUser } from './user.ts';

let server: RedisServer;
const opened: OpenRedis[] = [];
let count = 0;

/** As a user with no more than what the page on the set-up asks for. */
let url: string;

beforeAll(async () => {
  server = await startRedis();
  await server.cli('acl', 'setuser', 'bot', 'on', '>x', ...documentedUser('test*'));
  url = `redis://bot:x@127.0.0.1:${server.port}`;
});

afterAll(async () => {
  for (const one of opened) one.close();
  await server.stop();
});

/** Adds ARGV[1] ms to every instant that a lease, a due time or the clock has. */
const putAhead = `
local ms = tonumber(ARGV[1])
local function ahead(key, field)
  local at = tonumber(redis.call('HGET', key, field) or '0')
  if at > 0 then redis.call('HSET', key, field, string.format('%.0f', at + ms)) end
end
for _, key in ipairs(redis.call('KEYS', KEYS[1] .. 's:*')) do
  for _, field in ipairs({'until', 'renewedAt', 'due', 'bakeDue'}) do ahead(key, field) end
end
for _, name in ipairs({'due', 'leases'}) do
  local all = redis.call('ZRANGE', KEYS[1] .. name, 0, -1)
  for _, each in ipairs(all) do redis.call('ZINCRBY', KEYS[1] .. name, ms, each) end
end
for _, name in ipairs(redis.call('HKEYS', KEYS[1] .. 'again')) do ahead(KEYS[1] .. 'again', name) end
for _, name in ipairs(redis.call('HKEYS', KEYS[1] .. 'held')) do
  local at, token = redis.call('HGET', KEYS[1] .. 'held', name):match('^(%d+) (.*)$')
  redis.call('HSET', KEYS[1] .. 'held', name, string.format('%.0f', at + ms) .. ' ' .. token)
end
redis.call('INCRBY', KEYS[1] .. 'clock', ms)
`;

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
    // Its clock cannot be set either: instead what is stored is put that much further ahead.
    setBack: async (ms) =>
      void (await server.cli('eval', putAhead, '1', `${prefix}:{${prefix}}:`, String(ms))),
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
