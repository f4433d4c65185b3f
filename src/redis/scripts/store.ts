/** The scripts that load and save records. See docs/design.md#one-save. */
import { script } from './script.ts';

/**
 * Saves a record: everything or nothing. All refusals come before the first write, and the first write is one that
 * Redis refuses when it is out of memory, so that a save never stops halfway.
 *
 * A pending revert (the fields `wish…`) never outlives the operation it was made against, and is removed for no other
 * reason: by the save that answers it (`takesPendingRevert`, its id), or when another operation, or none, is under way
 * after the save. A save that ends an operation therefore carries `unlessPendingRevert` or `takesPendingRevert`; else a
 * revert that came meanwhile would be lost.
 *
 * a: service, expect, schema, record, op, leaseMs, act?, token?, goodUntil?, unlessPendingRevert?, takesPendingRevert?,
 *    history[], notices[{channel,id,json,band}], draw[{channel,field}], due?, bakeDue?,
 *    mark?{keys,outcome,ms,confirms?}, shown, baking?, kept, nonce
 *    shown: what alert messages show of the record; when it changes, they are drawn again, and alerts in a digest get
 *    their own message while the service bakes
 * returns {now, 'ok', record, 1 when the lease is held} | {now, 'repeat', outcome} | {now, reason}
 */
export const saveScript = script(
  'save',
  true,
  ['history', 'due', 'lease', 'outbox'],
  `
local s = P .. 's:' .. a.service
local outcome = known(a.mark and a.mark.keys)
if outcome and not (a.mark.confirms and isOpen(outcome)) then return {now, 'repeat', outcome} end
local f = redis.call('HMGET', s, 'revision', 'schema', 'token', 'until', 'wish', 'wishOp')
if (tonumber(f[1]) or 0) ~= a.expect or (tonumber(f[2]) or 0) > a.schema then return {now, 'revision'} end
if a.goodUntil and instant(a.goodUntil) <= now then return {now, 'expired'} end
local held = f[3] and f[3] ~= '' and tonumber(f[4]) > now
local own = held and f[3] == a.token
if a.act and a.act ~= 'take' and not own then return {now, 'lease'} end
if a.unlessPendingRevert and f[5] then return {now, 'pending-revert'} end
if a.takesPendingRevert and f[5] and cjson.decode(f[5]).id ~= a.takesPendingRevert then return {now, 'pending-revert'} end

local record = place(a.record)
redis.call('HSET', s, 'record', record, 'revision', whole(a.expect + 1), 'schema', whole(a.schema), 'op', a.op)
if f[5] and (a.takesPendingRevert or f[6] ~= a.op) then redis.call('HDEL', s, 'wish', 'wishOp', 'wishForced') end
local leased = 0
if a.act == 'drop' then
  drop(a.service)
elseif a.act and (own or not held) then
  hold(a.service, a.token)
  redis.call('HSET', s, 'renewedAt', whole(now))
  leased = 1
end
for _, field in ipairs({'due', 'bakeDue'}) do
  if a[field] then redis.call('HSET', s, field, whole(instant(a[field]))) else redis.call('HDEL', s, field) end
end
redis.call('SADD', P .. 'services', a.service)
for _, json in ipairs(a.history) do append(a.service, json) end
for _, notice in ipairs(a.notices) do putNotice(notice) end
for _, draw in ipairs(a.draw) do putDraw(draw.channel, draw.field) end
if redis.call('HGET', s, 'shown') ~= a.shown then
  redis.call('HSET', s, 'shown', a.shown)
  local open = redis.call('HGETALL', P .. 'open:' .. a.service)
  for i = 1, #open, 2 do
    local placed = redis.call('HGET', P .. 'a:' .. open[i], 'placed')
    if a.baking and placed and placed ~= 'own' then
      redis.call('HSET', P .. 'a:' .. open[i], 'placed', 'own')
      redis.call('ZREM', P .. 'g:' .. placed, open[i])
      putDraw(open[i + 1], '@digest ' .. placed)
      placed = 'own'
    end
    if placed == 'own' then
      putDraw(open[i + 1], '@alerts ' .. open[i])
      redis.call('HSET', P .. 'a:' .. open[i], 'due', whole(now))
      refreshDue('alert:' .. open[i])
    end
  end
end
refreshDue('service:' .. a.service)
refreshDue('bake:' .. a.service)
setMarks(a.mark)
return {now, 'ok', record, leased}
`,
);

/**
 * Loads services; with marks and rate, one service. A repeated request does not count as a new command.
 * a: services[], marks?, rate?
 * returns {now, 'ok', outcome or nil, rate, {record, token, until, renewedAt, pendingRevert, asked,
 *    hasHistory, line}, …}
 */
export const loadScript = script(
  'load',
  false,
  ['load'],
  `
local outcome = known(a.marks)
local rate = 0
if a.rate and not outcome then
  local key = P .. 'rate:' .. a.rate .. ':' .. whole(math.floor(now / 60000))
  rate = redis.call('INCR', key)
  redis.call('EXPIRE', key, 120)
end
local answer = {now, 'ok', outcome, rate}
for _, service in ipairs(a.services) do answer[#answer + 1] = context(service) end
return answer
`,
);

/**
 * Stores a pending revert. a: service, operation, pendingRevert, forced, history, mark?, kept, nonce
 * returns {now, 'ok', 1 when joined} | {now, 'gone'} | {now, 'repeat', outcome}
 */
export const savePendingRevertScript = script(
  'save-pending-revert',
  true,
  ['history'],
  `
local s = P .. 's:' .. a.service
local outcome = known(a.mark and a.mark.keys)
if outcome then return {now, 'repeat', outcome} end
local f = redis.call('HMGET', s, 'op', 'wish', 'wishForced')
if not f[1] or f[1] == '' or f[1] ~= a.operation then return {now, 'gone'} end
local joined = f[2] and 1 or 0
if not f[2] or (a.forced and f[3] ~= '1') then
  redis.call('HSET', s, 'wish', place(a.pendingRevert), 'wishOp', a.operation, 'wishForced', a.forced and '1' or '0')
end
append(a.service, a.history)
setMarks(a.mark)
return {now, 'ok', joined}
`,
);

/** Reads history, newest first. a: service, count; returns {now, 'ok', json, more, json, more, …} */
export const historyScript = script(
  'history',
  false,
  [],
  `
local h = P .. 'h:' .. a.service
local answer = {now, 'ok'}
local last = tonumber(redis.call('HGET', h, 'last')) or 0
for number = last, math.max(1, last - a.count + 1), -1 do
  local entry = redis.call('HMGET', h, whole(number), 'n' .. whole(number))
  if not entry[1] then break end
  answer[#answer + 1] = entry[1]
  answer[#answer + 1] = tonumber(entry[2]) or 0
end
return answer
`,
);

/**
 * Writes a refusal into the history. a: service, json, digest, refusalMs, bound?{name,most,ms,more}, mark?, kept,
 * nonce
 * returns {now, 'ok'} | {now, 'repeat', outcome}
 */
export const noteScript = script(
  'note',
  true,
  ['history'],
  `
local outcome = known(a.mark and a.mark.keys)
if outcome then return {now, 'repeat', outcome} end
local h = P .. 'h:' .. a.service
local function counted(key)
  local number = redis.call('GET', key)
  if not number or redis.call('HEXISTS', h, number) == 0 then return false end
  redis.call('HINCRBY', h, 'n' .. number, 1)
  return true
end
-- True while the bound leaves room for one entry more.
local function room()
  if not a.bound then return true end
  local key = P .. 'refusals:' .. a.service .. ':' .. a.bound.name
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, whole(a.bound.ms)) end
  return count <= a.bound.most
end
local key = P .. 'refusal:' .. a.service .. ':' .. a.digest
local seen = redis.call('HEXISTS', P .. 's:' .. a.service, 'record') + redis.call('HEXISTS', h, 'last') > 0
if not seen then
  -- A history without a record means that the record was lost.
elseif counted(key) then
  -- Counted in the entry that is there.
elseif room() then
  redis.call('SET', key, append(a.service, a.json), 'PX', whole(a.refusalMs))
else
  local more = P .. 'refusal:' .. a.service .. ':' .. a.bound.name
  if not counted(more) then redis.call('SET', more, append(a.service, a.bound.more), 'PX', whole(a.bound.ms)) end
end
setMarks(a.mark)
return {now, 'ok'}
`,
);

/**
 * Finds the outcome of marks. `otherwise` is set for marks that are unknown or open. a: marks[],
 * otherwise?{keys,outcome,ms}, nonce; returns {now, 'ok', outcome or nil}
 */
export const recallScript = script(
  'recall',
  true,
  ['history'],
  `
local outcome = known(a.marks)
if a.otherwise and (not outcome or isOpen(outcome)) then
  setMarks(a.otherwise)
  outcome = known(a.marks)
end
return {now, 'ok', outcome}
`,
);

/** Lists the services that have a record. returns {now, 'ok', service, …} */
export const servicesScript = script(
  'services',
  false,
  [],
  `
local answer = {now, 'ok'}
for _, service in ipairs(redis.call('SMEMBERS', P .. 'services')) do answer[#answer + 1] = service end
return answer
`,
);

/**
 * Stores answers of routers. An older answer never replaces a newer one. Any answer replaces one that cannot be read,
 * or one from the future (this Redis' clock was set back). a: answers[{service, json}], nonce; returns {now, 'ok'}
 */
export const askedScript = script(
  'asked',
  true,
  [],
  `
for _, answer in ipairs(a.answers) do
  local json = place(answer.json)
  local old = redis.call('HGET', P .. 'asked', answer.service)
  local read, known = pcall(cjson.decode, old)
  local at = read and type(known) == 'table' and tonumber(known.at)
  if not at or at > now or at <= cjson.decode(json).at then
    redis.call('HSET', P .. 'asked', answer.service, json)
  end
end
return {now, 'ok'}
`,
);

/** Remembers that a key was allowed. a: key, allowedMs; returns {now, 'ok'} */
export const allowScript = script(
  'allow',
  true,
  [],
  `
redis.call('SET', P .. 'allowed:' .. a.key, '1', 'PX', whole(a.allowedMs))
return {now, 'ok'}
`,
);

/** Asks whether a key was allowed. a: key; returns {now, 'ok', 0 or 1} */
export const wasAllowedScript = script(
  'was-allowed',
  false,
  [],
  `return {now, 'ok', redis.call('EXISTS', P .. 'allowed:' .. a.key)}`,
);

/**
 * Stores a configuration and lists those that replicas reported within reportCountsMs.
 * a: reportCountsMs, digest?, json?; returns {now, 'ok', json, …}
 */
export const configurationsScript = script(
  'configurations',
  true,
  [],
  `
local key = P .. 'configurations'
if a.digest then redis.call('HSET', key, a.digest, whole(now) .. ' ' .. a.json) end
local answer = {now, 'ok'}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local at, json = all[i + 1]:match('^(%d+) (.*)$')
  if at and math.abs(now - tonumber(at)) <= a.reportCountsMs then
    answer[#answer + 1] = json
  else
    redis.call('HDEL', key, all[i])
  end
end
return answer
`,
);

/** Makes a small write: a server that only answers reads cannot store anything. returns {now, 'ok', shift} */
export const pingScript = script(
  'ping',
  true,
  [],
  `
redis.call('SET', P .. 'ping', '1', 'PX', 1000)
return {now, 'ok', shift}
`,
);
