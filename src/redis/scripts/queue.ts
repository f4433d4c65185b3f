import { script } from './script.ts';

/**
 * The common beginning of both scripts: the line's entries, each `<order> <came> <until> <kin> <json>`, and those
 * that are over.
 */
const entries = `
local key, s = P .. 'queue:' .. a.service, P .. 's:' .. a.service
local all = redis.call('HGETALL', key)
local function split(entry) return entry:match('^(%d+) (%d+) (%d+) (%S+) (.*)$') end
-- One that ends later than any can was written by another clock.
local function lasts(untilAt) return untilAt and tonumber(untilAt) > now and tonumber(untilAt) <= now + a.longestMs end
local gone = {}
`;

/**
 * Takes a place, or keeps one (order, came). kin: the place overtakes others of the same kin and inherits their
 * order; '-': it overtakes none.
 *
 * a: service, id, kin, json, order?, came?, forMs, longestMs, most, drawMs, draw?{channel,field}, nonce
 * returns {now, 'ok', order, came, all as HGETALL gives them} | {now, 'overtaken', json} | {now, 'full'}
 */
export const standScript = script(
  'stand',
  true,
  ['due', 'outbox'],
  `${entries}
local order, came = tonumber(a.order), tonumber(a.came)
local mine, count, first = false, 0, now + a.forMs
for i = 1, #all, 2 do
  local itsOrder, itsCame, untilAt, kin, json = split(all[i + 1])
  if all[i] == a.id then
    mine = true
  elseif not lasts(untilAt) then
    gone[#gone + 1] = all[i]
  elseif kin ~= '-' and kin == a.kin then
    if came and tonumber(itsCame) > came then return {now, 'overtaken', json} end
    order = math.min(order or tonumber(itsOrder), tonumber(itsOrder))
    gone[#gone + 1] = all[i]
  else
    count = count + 1
    first = math.min(first, tonumber(untilAt))
  end
end
if not mine and count >= a.most then return {now, 'full'} end
came = came or redis.call('INCR', P .. 'counter')
order = order or came
local stands = {whole(order), whole(came), whole(now + a.forMs), a.kin, place(a.json)}
redis.call('HSET', key, a.id, table.concat(stands, ' '))
redis.call('PEXPIRE', key, whole(a.longestMs * 2))
if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
local drawn = tonumber(redis.call('HGET', s, 'queueDrawn') or '0')
if a.draw and (not mine or #gone > 0 or math.abs(now - drawn) >= a.drawMs) then
  redis.call('HSET', s, 'queueDrawn', whole(now))
  putDraw(a.draw.channel, a.draw.field)
end
redis.call('HSET', s, 'queueDue', whole(first))
refreshDue('service:' .. a.service)
return {now, 'ok', whole(order), whole(came), redis.call('HGETALL', key)}
`,
);

/**
 * Gives a place up (id), and removes places that are over.
 *
 * a: service, id, longestMs, draw?{channel,field}; returns {now, 'ok'}
 */
export const leaveScript = script(
  'leave',
  true,
  ['due', 'outbox'],
  `${entries}
local first
for i = 1, #all, 2 do
  local _, _, untilAt = split(all[i + 1])
  if all[i] == a.id or not lasts(untilAt) then
    gone[#gone + 1] = all[i]
  else
    first = math.min(first or tonumber(untilAt), tonumber(untilAt))
  end
end
if #gone > 0 then
  if a.draw then putDraw(a.draw.channel, a.draw.field) end
  redis.call('HDEL', key, unpack(gone))
end
if first then redis.call('HSET', s, 'queueDue', whole(first)) else redis.call('HDEL', s, 'queueDue') end
refreshDue('service:' .. a.service)
return {now, 'ok'}
`,
);
