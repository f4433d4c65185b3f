import { script } from './script.ts';

/** Placeholder for the key on which the commands are tried. */
const key = '<key>';

/**
 * Every command that the scripts call, with arguments that change nothing lasting. The key is a string that expires,
 * so most of the commands fail by its type: Redis checks whether the user may run a command before that.
 */
export const tried: readonly (readonly [string, ...string[]])[] = [
  ['SET', key, '1', 'PX', '1000'],
  ['TIME'],
  ['GET', key],
  ['EXISTS', key],
  ['INCR', key],
  ['EXPIRE', key, '1'],
  ['PEXPIRE', key, '1000'],
  ['HGET', key, 'f'],
  ['HMGET', key, 'f'],
  ['HGETALL', key],
  ['HKEYS', key],
  ['HLEN', key],
  ['HEXISTS', key, 'f'],
  ['HSET', key, 'f', '1'],
  ['HDEL', key, 'f'],
  ['HINCRBY', key, 'f', '1'],
  ['ZADD', key, '1', 'm'],
  ['ZREM', key, 'm'],
  ['ZCARD', key],
  ['ZSCORE', key, 'm'],
  ['ZRANGE', key, '0', '-1'],
  ['ZRANGEBYSCORE', key, '0', '1'],
  ['ZREMRANGEBYSCORE', key, '0', '1'],
  ['SADD', key, 'm'],
  ['SREM', key, 'm'],
  ['SMEMBERS', key],
  ['DEL', key],
];

/**
 * Tries every command: one that this user may not run would stop a save halfway, and Redis undoes nothing.
 * a: tried; returns {now, 'ok', {what Redis refused a command with, its name, …}, shift}
 */
export const probeScript = script(
  'probe',
  false,
  [],
  `
local refused = {}
for _, try in ipairs(a.tried) do
  for i, word in ipairs(try) do if word == '${key}' then try[i] = P .. 'probe' end end
  local answer = redis.pcall(unpack(try))
  if type(answer) == 'table' and answer.err then
    refused[#refused + 1] = try[1]
    refused[#refused + 1] = answer.err
  end
end
return {now, 'ok', refused, shift}
`,
);
