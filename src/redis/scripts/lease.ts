/** The scripts of the service lease. See docs/design.md#the-lease. */
import { script } from './script.ts';

/**
 * Takes the service lease. Leaves `renewedAt` of a lapsed lease as it is, and a record of a higher schema.
 * a: service, token, schema, leaseMs
 * returns {now, 'held' or 'busy', 0, 0, {…as load}}
 */
export const acquireScript = script(
  'acquire',
  true,
  ['due', 'lease', 'load'],
  `
local s = P .. 's:' .. a.service
local before = context(a.service)
local running = before[2] and before[2] ~= '' and tonumber(before[3]) > now
local newer = (tonumber(redis.call('HGET', s, 'schema')) or 0) > a.schema
if newer or (running and before[2] ~= a.token) then return {now, 'busy', false, 0, before} end
hold(a.service, a.token)
if running then redis.call('HSET', s, 'renewedAt', whole(now)) end
refreshDue('service:' .. a.service)
before[2] = a.token
before[3] = whole(now + a.leaseMs)
return {now, 'held', false, 0, before}
`,
);

/** Renews the service lease. a: service, token, leaseMs; returns {now, 'held' or 'lost', revision, pendingRevert} */
export const renewScript = script(
  'renew',
  true,
  ['due', 'lease'],
  `
local s = P .. 's:' .. a.service
local f = redis.call('HMGET', s, 'token', 'until', 'revision', 'wish')
local own = f[1] == a.token and tonumber(f[2]) > now
if own then
  hold(a.service, a.token)
  redis.call('HSET', s, 'renewedAt', whole(now))
  refreshDue('service:' .. a.service)
end
return {now, own and 'held' or 'lost', tonumber(f[3]) or 0, f[4]}
`,
);

/** Drops the service lease. a: service, token; returns {now, 'ok'} */
export const releaseScript = script(
  'release',
  true,
  ['due', 'lease'],
  `
if redis.call('HGET', P .. 's:' .. a.service, 'token') == a.token then
  drop(a.service)
  refreshDue('service:' .. a.service)
end
return {now, 'ok'}
`,
);
