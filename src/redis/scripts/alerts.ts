import { script } from './script.ts';

/** Size of one rank in the scores of a digest. Within a rank, a later group has a lower score. */
const ofRank = 1e13;

/**
 * Saves an alert group: everything or nothing. It also places the group: in a message of its own, or during a storm
 * in the digest of its channel. A group that never fired is placed nowhere yet.
 *
 * a: id, expect, group, channel, service?, firing?, opens?, urgent?, surfaces?, draw?, rank,
 * notices[{channel,id,json,band}], due?, unheard?{group,due?}, stormGroups, stormMs, digestMs, keepMs, history[],
 * kept, mark?{keys,outcome,ms}, nonce, kind, most, oldestMs
 * returns {now, 'ok', group, placed} | {now, 'repeat', outcome} | {now, 'revision'} | {now, 'undrawn'} | {now,
 * 'full'}
 */
export const saveAlertScript = script(
  'save-alert',
  true,
  ['history', 'due', 'outbox'],
  `
local outcome = known(a.mark and a.mark.keys)
if outcome then return {now, 'repeat', outcome} end
local k = P .. 'a:' .. a.id
local f = redis.call('HMGET', k, 'revision', 'placed', 'channel')
if (tonumber(f[1]) or 0) ~= a.expect then return {now, 'revision'} end
-- Groups of this kind by the instant of their last save: those that ended, and those that fire.
local ended = P .. 'groups:' .. a.kind .. ':ended'
local fires = P .. 'groups:' .. a.kind .. ':firing'
-- First a write that Redis refuses when it is out of memory: after any other it would let all the rest through.
local function begin() redis.call('HSET', k, 'revision', whole(a.expect + 1)) end
if not f[1] then
  begin()
  redis.call('ZREMRANGEBYSCORE', ended, '-inf', whole(now - a.oldestMs))
  redis.call('ZREMRANGEBYSCORE', fires, '-inf', whole(now - a.oldestMs))
  for _ = 1, redis.call('ZCARD', ended) + redis.call('ZCARD', fires) + 1 - a.most do
    local oldest = redis.call('ZRANGE', ended, 0, 0)[1]
    if not oldest then
      redis.call('DEL', k)
      return {now, 'full'}
    end
    local stood = redis.call('HGET', P .. 'a:' .. oldest, 'placed')
    if stood then redis.call('ZREM', P .. 'g:' .. stood, oldest) end
    redis.call('DEL', P .. 'a:' .. oldest, P .. 'card:@alerts:' .. oldest)
    redis.call('ZREM', ended, oldest)
    refreshDue('alert:' .. oldest)
  end
end
local placed = f[2] or ''
local from = f[3] or a.channel
local card = P .. 'card:@alerts:' .. a.id
local leaves = false
if from ~= a.channel and placed == 'own' then
  local shown = redis.call('GET', card)
  local stands = shown and cjson.decode(shown).channel or from
  leaves = stands ~= a.channel
  for _, channel in ipairs({from, stands}) do
    if leaves and redis.call('HEXISTS', P .. 'draw:' .. channel, '@alerts ' .. a.id) == 1 then return {now, 'undrawn'} end
  end
end
-- The caller saw its service's record earlier than this.
local urgent = a.urgent
if not urgent and a.service then
  local shown = redis.call('HGET', P .. 's:' .. a.service, 'shown')
  urgent = shown and shown:match(' baking$') ~= nil
end
if f[1] then begin() end
if leaves then
  redis.call('DEL', card)
  placed = ''
end
local left = ''
if a.opens then
  local opened = P .. 'opened:' .. a.channel
  redis.call('ZREMRANGEBYSCORE', opened, '-inf', whole(now - a.stormMs))
  redis.call('ZADD', opened, whole(now), a.id)
  redis.call('PEXPIRE', opened, whole(a.stormMs))
  if placed ~= 'own' then
    left = placed
    if urgent or redis.call('ZCARD', opened) <= a.stormGroups then
      placed = 'own'
    else
      local current = P .. 'digest:' .. a.channel
      placed = redis.call('GET', current) or ''
      local began = tonumber(placed:match('%-(%d+)$'))
      if not began or began <= now - a.digestMs then placed = a.channel .. '-' .. whole(now) end
      -- The next storm gets a digest of its own: nobody sees what is edited into an old message.
      redis.call('SET', current, placed, 'PX', whole(a.stormMs))
    end
  end
elseif urgent and a.firing and placed ~= 'own' then
  left = placed
  placed = 'own'
elseif a.firing and placed == '' then
  placed = 'own'
elseif a.surfaces and a.firing and placed ~= 'own' then
  local surfaced = P .. 'surfaced:' .. a.channel
  redis.call('ZREMRANGEBYSCORE', surfaced, '-inf', whole(now - a.stormMs))
  if redis.call('ZCARD', surfaced) < a.stormGroups then
    redis.call('ZADD', surfaced, whole(now), a.id)
    redis.call('PEXPIRE', surfaced, whole(a.stormMs))
    left = placed
    placed = 'own'
  end
end
local shown = a
if a.unheard and placed ~= '' and placed ~= 'own' then shown = a.unheard end
local due = instant(shown.due)
if urgent and not a.urgent and placed == 'own' and f[2] ~= 'own' then due = now end
local group = place(shown.group)
redis.call('HSET', k, 'group', group, 'revision', whole(a.expect + 1), 'channel', a.channel, 'placed', placed)
if due then redis.call('HSET', k, 'due', whole(due)) else redis.call('HDEL', k, 'due') end
redis.call('PEXPIRE', k, whole(a.keepMs))
redis.call('ZADD', a.firing and fires or ended, whole(now), a.id)
redis.call('ZREM', a.firing and ended or fires, a.id)
if left ~= '' and left ~= placed then
  redis.call('ZREM', P .. 'g:' .. left, a.id)
  putDraw(from, '@digest ' .. left)
end
if a.service then
  local open = P .. 'open:' .. a.service
  if a.firing then redis.call('HSET', open, a.id, a.channel) else redis.call('HDEL', open, a.id) end
end
if placed == 'own' then
  if a.draw then putDraw(a.channel, '@alerts ' .. a.id) end
  for _, notice in ipairs(a.notices) do putNotice(notice) end
elseif placed ~= '' then
  local g = P .. 'g:' .. placed
  local score = redis.call('ZSCORE', g, a.id)
  local came = now
  if score and not a.opens then came = ${ofRank} - score % ${ofRank} end
  redis.call('ZADD', g, whole(a.rank * ${ofRank} + ${ofRank} - came), a.id)
  redis.call('PEXPIRE', g, whole(a.keepMs))
  if a.draw and not a.surfaces then putDraw(a.channel, '@digest ' .. placed) end
end
refreshDue('alert:' .. a.id)
-- A history without a record means that the record was lost.
local seen = a.service and redis.call('HEXISTS', P .. 's:' .. a.service, 'record') + redis.call('HEXISTS', P .. 'h:' .. a.service, 'last') > 0
if seen then
  for _, json in ipairs(a.history) do append(a.service, json) end
end
setMarks(a.mark)
return {now, 'ok', group, placed}
`,
);

/** Loads an alert group. a: id; returns {now, 'ok', group, placed, revision} */
export const loadAlertScript = script(
  'load-alert',
  false,
  [],
  `
local f = redis.call('HMGET', P .. 'a:' .. a.id, 'group', 'placed', 'revision')
return {now, 'ok', f[1], f[2], f[3]}
`,
);

/** Moves the due time of a group. a: id, revision, due; returns {now, 'ok'} */
export const postponeAlertScript = script(
  'postpone-alert',
  true,
  ['due'],
  `
local k = P .. 'a:' .. a.id
if tonumber(redis.call('HGET', k, 'revision')) == a.revision then
  redis.call('HSET', k, 'due', whole(instant(a.due)))
  refreshDue('alert:' .. a.id)
end
return {now, 'ok'}
`,
);

/** Lists the groups of a service that fire. a: service; returns {now, 'ok', id, …} */
export const openAlertsScript = script(
  'open-alerts',
  false,
  [],
  `
local answer = {now, 'ok'}
for _, id in ipairs(redis.call('HKEYS', P .. 'open:' .. a.service)) do
  if redis.call('EXISTS', P .. 'a:' .. id) == 1 then answer[#answer + 1] = id else redis.call('HDEL', P .. 'open:' .. a.service, id) end
end
return answer
`,
);

/** Lists the firing groups whose ids begin so. a: prefix; returns {now, 'ok', id, …} */
export const firingAlertsScript = script(
  'firing-alerts',
  false,
  [],
  `
local answer = {now, 'ok'}
for _, kind in ipairs({'known', 'other'}) do
  for _, id in ipairs(redis.call('ZRANGE', P .. 'groups:' .. kind .. ':firing', 0, -1)) do
    if id:sub(1, #a.prefix) == a.prefix and redis.call('EXISTS', P .. 'a:' .. id) == 1 then answer[#answer + 1] = id end
  end
end
return answer
`,
);

/**
 * Reads a digest by rank, then newest first. a: digest, limit, resolvedRank; returns {now, 'ok', count, firing,
 * critical, group, …}
 */
export const digestScript = script(
  'digest',
  false,
  [],
  `
local g = P .. 'g:' .. a.digest
local answer = {now, 'ok', 0, 0, 0}
local all = redis.call('ZRANGE', g, 0, -1, 'WITHSCORES')
for i = 1, #all, 2 do
  local k = P .. 'a:' .. all[i]
  if redis.call('EXISTS', k) == 0 then
    redis.call('ZREM', g, all[i])
  else
    local rank = math.floor(all[i + 1] / ${ofRank})
    answer[3] = answer[3] + 1
    if rank < a.resolvedRank then answer[4] = answer[4] + 1 end
    if rank == 0 then answer[5] = answer[5] + 1 end
    if answer[3] <= a.limit then answer[#answer + 1] = redis.call('HGET', k, 'group') end
  end
end
return answer
`,
);
