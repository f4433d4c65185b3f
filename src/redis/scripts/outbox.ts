import { lanes, laneSize, firstUrgentLane } from '../../release/outbox-lanes.ts';
import { script } from './script.ts';

/**
 * Reads at most `limit` notices of each lane (`band`). a: channel, limit; returns {now, 'ok', {id, notice, …},
 * {field, mark, …}}
 */
export const pendingScript = script(
  'pending',
  false,
  [],
  `
local found = {}
local function add(from, till)
  local ids = redis.call('ZRANGEBYSCORE', P .. 'out:' .. a.channel, from, till, 'WITHSCORES', 'LIMIT', 0, whole(a.limit))
  for i = 1, #ids, 2 do
    local json = redis.call('HGET', P .. 'notices:' .. a.channel, ids[i])
    local order = tonumber(ids[i + 1])
    if order >= ${firstUrgentLane * laneSize} then order = order % ${laneSize} end
    -- One whose text is gone stands there too: left out, it would wait for ever.
    found[#found + 1] = {order, ids[i], json or ''}
  end
end
${lanes.map((band) => `add('${band * laneSize}', '(${(band + 1) * laneSize}')`).join('\n')}
table.sort(found, function(one, two) return one[1] < two[1] end)
local notices = {}
for _, one in ipairs(found) do
  notices[#notices + 1] = one[2]
  notices[#notices + 1] = one[3]
end
return {now, 'ok', notices, redis.call('HGETALL', P .. 'draw:' .. a.channel)}
`,
);

/** Removes notices that were sent. a: channel, ids[]; returns {now, 'ok'} */
export const sentScript = script(
  'sent',
  true,
  ['due', 'outbox'],
  `
for _, id in ipairs(a.ids) do
  redis.call('ZREM', P .. 'out:' .. a.channel, id)
  redis.call('HDEL', P .. 'notices:' .. a.channel, id)
end
forgetEmpty(a.channel)
return {now, 'ok'}
`,
);

/**
 * Moves notices to another channel; they keep their place in the order. a: channel, ids[], to; returns {now, 'ok'}
 */
export const moveScript = script(
  'move',
  true,
  ['due', 'outbox'],
  `
for _, id in ipairs(a.ids) do
  local order = redis.call('ZSCORE', P .. 'out:' .. a.channel, id)
  local json = redis.call('HGET', P .. 'notices:' .. a.channel, id)
  if order and json then
    if redis.call('ZADD', P .. 'out:' .. a.to, 'NX', order, id) == 1 then
      redis.call('HSET', P .. 'notices:' .. a.to, id, json)
    end
    redis.call('SADD', P .. 'channels', a.to)
    redis.call('ZREM', P .. 'out:' .. a.channel, id)
    redis.call('HDEL', P .. 'notices:' .. a.channel, id)
  end
end
refreshDue('channel:' .. a.to)
forgetEmpty(a.channel)
return {now, 'ok'}
`,
);

/** Removes the mark of a card that was drawn. a: channel, field, mark; returns {now, 'ok'} */
export const drawnScript = script(
  'drawn',
  true,
  ['due', 'outbox'],
  `
local draw = P .. 'draw:' .. a.channel
if redis.call('HGET', draw, a.field) == a.mark then redis.call('HDEL', draw, a.field) end
forgetEmpty(a.channel)
return {now, 'ok'}
`,
);

/**
 * Puts notices and draw marks into outboxes. a: notices[{channel,id,json,band}], draw[{channel,field}], nonce,
 * once?{key,ms}; returns {now, 'ok'}
 */
export const putScript = script(
  'put',
  true,
  ['due', 'outbox'],
  `
if a.once and not redis.call('SET', P .. 'once:' .. a.once.key, '1', 'PX', whole(a.once.ms), 'NX') then
  return {now, 'ok'}
end
for _, notice in ipairs(a.notices) do putNotice(notice) end
for _, draw in ipairs(a.draw) do putDraw(draw.channel, draw.field) end
return {now, 'ok'}
`,
);

/** Stores a message that is shown. a: keys[], json, messageMs; returns {now, 'ok'} */
export const saveMessageScript = script(
  'save-message',
  true,
  [],
  `
for _, key in ipairs(a.keys) do redis.call('SET', P .. key, a.json, 'PX', whole(a.messageMs)) end
return {now, 'ok'}
`,
);

/** Finds a message that is shown. a: key; returns {now, 'ok', json or nil} */
export const messageScript = script(
  'message',
  false,
  [],
  `return {now, 'ok', redis.call('GET', P .. a.key)}`,
);

/** Counts what waits to be sent. returns {now, 'ok', number} */
export const depthScript = script(
  'depth',
  false,
  [],
  `
local depth = 0
for _, channel in ipairs(redis.call('SMEMBERS', P .. 'channels')) do
  depth = depth + redis.call('ZCARD', P .. 'out:' .. channel) + redis.call('HLEN', P .. 'draw:' .. channel)
end
return {now, 'ok', depth}
`,
);
