import { script } from './script.ts';
import { slewMs } from './time-line.ts';

/**
 * Takes due names.
 *
 * The newest instant that was seen is kept, to the second. When it lies ahead of now, this Redis' clock was set back,
 * or a server with another clock took over; what was to end within seconds still does. The holder of a lease may be
 * alive, so its lease is cut to its usual length and does not end. What was due already is due now. The instants of
 * records stay as they are.
 *
 * The shift of the clock returns to zero step by step: slowly enough for timers, and for processes that estimate the
 * clock.
 *
 * a: token, limit, forMs, leaseMs, except[]; returns {now, 'ok', ms until the first service lease ends or false,
 * name, …}
 */
export const takeScript = script(
  'take',
  true,
  ['due'],
  `
local seen = tonumber(redis.call('GET', P .. 'clock') or '0')
-- No lease is longer, whatever its clock said.
local function cutLeases()
  local longest = whole(now + a.leaseMs)
  for _, service in ipairs(redis.call('ZRANGEBYSCORE', P .. 'leases', '(' .. longest, '+inf')) do
    redis.call('ZADD', P .. 'leases', longest, service)
    redis.call('HSET', P .. 's:' .. service, 'until', longest, 'renewedAt', whole(now))
    refreshDue('service:' .. service)
  end
end
local function setBack(ahead)
  for _, name in ipairs(redis.call('HKEYS', P .. 'held')) do
    local untilAt, token = redis.call('HGET', P .. 'held', name):match('^(%d+) (.*)$')
    redis.call('HSET', P .. 'held', name, whole(untilAt - ahead) .. ' ' .. token)
  end
  for _, name in ipairs(redis.call('HKEYS', P .. 'again')) do
    redis.call('HINCRBY', P .. 'again', name, whole(-ahead))
  end
  local names = redis.call('ZRANGEBYSCORE', P .. 'due', '(' .. whole(now), '+inf', 'WITHSCORES')
  local fields = {service = {'due', 'queueDue'}, bake = {'bakeDue'}, alert = {'due'}}
  for i = 1, #names, 2 do
    local kind, of = names[i]:match('^(%a+):(.*)$')
    local key = P .. (kind == 'alert' and 'a:' or 's:') .. (of or '')
    for _, field in ipairs(fields[kind] or {}) do
      local at = tonumber(redis.call('HGET', key, field))
      if at and at > now and at <= seen + 2000 then redis.call('HSET', key, field, whole(now)) end
    end
    if natural(names[i]) and not holder(names[i]) then refreshDue(names[i])
    else redis.call('ZADD', P .. 'due', whole(names[i + 1] - ahead), names[i]) end
  end
end
local tick = now < seen or now >= seen + 1000
if tick and shift ~= 0 then
  local by = math.max(-${slewMs}, math.min(${slewMs}, -shift))
  local slewed = redis.pcall('SET', P .. 'shift', whole(shift + by))
  if not slewed.err then now = now + by end
end
cutLeases()
if tick then
  local kept = redis.pcall('SET', P .. 'clock', whole(now))
  if now < seen and not kept.err then setBack(seen - now) end
end
redis.call('ZREMRANGEBYSCORE', P .. 'leases', '-inf', whole(now))
local first = redis.call('ZRANGE', P .. 'leases', 0, 0, 'WITHSCORES')
local answer = {now, 'ok', first[2] and first[2] - now or false}
local untilAt = whole(now + a.forMs)
local except = {}
for _, name in ipairs(a.except) do except[name] = true end
local names = redis.call('ZRANGEBYSCORE', P .. 'due', '-inf', whole(now), 'LIMIT', 0, whole(a.limit + #a.except))
for _, name in ipairs(names) do
  if not except[name] and #answer < a.limit + 3 then
    redis.call('ZADD', P .. 'due', untilAt, name)
    redis.call('HSET', P .. 'held', name, untilAt .. ' ' .. a.token)
    redis.call('HDEL', P .. 'again', name)
    answer[#answer + 1] = name
  end
end
return answer
`,
);

/** Extends due leases. a: leases[{name, token, forMs}]; returns {now, 'ok', 1 while it was held or 0, …} */
export const extendScript = script(
  'extend',
  true,
  ['due'],
  `
local answer = {now, 'ok'}
for _, lease in ipairs(a.leases) do
  local held = holder(lease.name) == lease.token
  if held then
    local untilAt = whole(now + lease.forMs)
    redis.call('ZADD', P .. 'due', untilAt, lease.name)
    redis.call('HSET', P .. 'held', lease.name, untilAt .. ' ' .. lease.token)
  end
  answer[#answer + 1] = held and 1 or 0
end
return answer
`,
);

/** Ends a due lease. a: name, token, againInMs?; returns {now, 'ok' or 'lost'} */
export const doneScript = script(
  'done',
  true,
  ['due'],
  `
if holder(a.name) ~= a.token then return {now, 'lost'} end
local at = natural(a.name)
if a.againInMs then
  local again = now + a.againInMs
  if not at or at > again or a.name:sub(1, 8) == 'channel:' then
    at = again
    redis.call('HSET', P .. 'again', a.name, whole(again))
  end
end
if at then redis.call('ZADD', P .. 'due', whole(at), a.name) else redis.call('ZREM', P .. 'due', a.name) end
redis.call('HDEL', P .. 'held', a.name)
return {now, 'ok'}
`,
);

/** Makes a name due in `inMs`, unless it is due already. a: name, inMs; returns {now, 'ok'} */
export const ensureScript = script(
  'ensure',
  true,
  [],
  `
redis.call('ZADD', P .. 'due', 'NX', whole(now + a.inMs), a.name)
return {now, 'ok'}
`,
);

/** Sets missing due times. What has a due time, or is held, stays as it is. a: services[]; returns {now, 'ok'} */
export const repairScript = script(
  'repair',
  true,
  ['due'],
  `
local function repair(name)
  if not redis.call('ZSCORE', P .. 'due', name) then refreshDue(name) end
end
for _, service in ipairs(a.services) do
  repair('service:' .. service)
  repair('bake:' .. service)
  for _, id in ipairs(redis.call('HKEYS', P .. 'open:' .. service)) do repair('alert:' .. id) end
end
for _, channel in ipairs(redis.call('SMEMBERS', P .. 'channels')) do repair('channel:' .. channel) end
return {now, 'ok'}
`,
);
