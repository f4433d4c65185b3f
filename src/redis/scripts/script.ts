import { createHash } from 'node:crypto';
import { laneSize } from '../../release/outbox-lanes.ts';

/** One Lua script, ready to be sent. */
export interface Script {
  name: string;
  lua: string;
  sha: string;
  /** True: it is sent with the instant after which it must do nothing. */
  writes: boolean;
  /** True: somebody gets the answer that it was stored, or the script is part of what moves traffic. */
  matters: boolean;
}

const mattering: ReadonlySet<string> = new Set(['save', 'save-pending-revert', 'renew', 'save-alert']);

/**
 * The beginning of every script.
 *
 * `now` is this server's clock plus the stored shift: another server may have another clock (time-line.ts).
 *
 * KEYS[1]  start of all keys (see keys.ts)
 * ARGV[1]  the instant after which the caller no longer waits; empty for reads
 * ARGV[2]  arguments as a JSON object; records and entries are strings in it, never decoded, because cjson would
 *          turn empty arrays into objects
 * ARGV[3]  an instant that has certainly passed; empty for reads
 * returns  {now, word, …}; `late`: it began after ARGV[1], or its clock is before ARGV[3], and it did nothing
 */
const prelude = `
local P = KEYS[1]
local time = redis.call('TIME')
local shift = tonumber(redis.call('GET', P .. 'shift') or '0')
local now = time[1] * 1000 + math.floor(time[2] / 1000) + shift
if ARGV[1] ~= '' and (now > tonumber(ARGV[1]) or now < tonumber(ARGV[3])) then return {now, 'late'} end
local a = cjson.decode(ARGV[2])

-- Numbers as Redis keeps them: tostring() would lose digits.
local function whole(n) return string.format('%.0f', n) end

-- An argument that is an instant, or '+<ms>' from now.
local function instant(text)
  if not text then return nil end
  if text:sub(1, 1) == '+' then return now + tonumber(text:sub(2)) end
  return tonumber(text)
end

-- JSON with each "<nonce>+<ms>" replaced by the instant it stands for. The nonce is new for every call.
local function place(json)
  return (json:gsub('"' .. a.nonce .. '%+(%-?%d+)"', function(ms) return whole(now + tonumber(ms)) end))
end

local function known(marks)
  for _, mark in ipairs(marks or {}) do
    local outcome = redis.call('GET', P .. 'mark:' .. mark)
    if outcome then return outcome end
  end
  return false
end
`;

/** Parts that only some scripts need. A later part builds on earlier ones. */
const parts = {
  /** append(service, json): adds a history entry, returns its number. setMarks(mark). isOpen(outcome). */
  history: `
local function append(service, json)
  local h = P .. 'h:' .. service
  local number = redis.call('HINCRBY', h, 'last', 1)
  local gone = whole(number - a.kept)
  redis.call('HSET', h, whole(number), place(json))
  redis.call('HDEL', h, gone, 'n' .. gone)
  return whole(number)
end
local function setMarks(mark)
  if not mark then return end
  local outcome = place(mark.outcome)
  for _, key in ipairs(mark.keys) do redis.call('SET', P .. 'mark:' .. key, outcome, 'PX', whole(mark.ms)) end
end
local function isOpen(outcome) return cjson.decode(outcome).open == true end
`,
  /**
   * natural(name): when the stored state makes the name due. A service: the end of its lease while that is held; now
   * while an operation is under way without one. refreshDue(name): sets the due time again, unless the name is held.
   */
  due: `
local function natural(name)
  local kind, of = name:match('^(%a+):(.*)$')
  if kind == 'service' then
    local s = redis.call('HMGET', P .. 's:' .. of, 'token', 'until', 'op', 'due', 'queueDue')
    if s[1] and s[1] ~= '' and tonumber(s[2]) > now then return tonumber(s[2]) end
    if s[3] and s[3] ~= '' then return now end
    local due, queueDue = tonumber(s[4]), tonumber(s[5])
    return due and queueDue and math.min(due, queueDue) or due or queueDue
  elseif kind == 'bake' then
    return tonumber(redis.call('HGET', P .. 's:' .. of, 'bakeDue'))
  elseif kind == 'alert' then
    return tonumber(redis.call('HGET', P .. 'a:' .. of, 'due'))
  elseif kind == 'compare' then
    return tonumber(redis.call('GET', P .. 'compare:' .. of) or '0') > now and now or nil
  elseif kind == 'channel' then
    local waiting = redis.call('ZCARD', P .. 'out:' .. of) + redis.call('HLEN', P .. 'draw:' .. of)
    return waiting > 0 and now or nil
  end
end
local function holder(name)
  local held = redis.call('HGET', P .. 'held', name)
  if not held then return false end
  local untilAt, token = held:match('^(%d+) (.*)$')
  return tonumber(untilAt) > now and token
end
local function refreshDue(name)
  if holder(name) then return end
  local at = natural(name)
  if not at then
    redis.call('HDEL', P .. 'again', name)
    redis.call('ZREM', P .. 'due', name)
    return
  end
  local again = tonumber(redis.call('HGET', P .. 'again', name))
  if again and name:sub(1, 8) == 'channel:' then at = math.max(at, again)
  elseif again then at = math.min(at, again) end
  redis.call('ZADD', P .. 'due', whole(at), name)
end
`,
  /** hold(service, token): lease for a.leaseMs. drop(service). */
  lease: `
local function hold(service, token)
  redis.call('HSET', P .. 's:' .. service, 'token', token, 'until', whole(now + a.leaseMs))
  redis.call('ZADD', P .. 'leases', whole(now + a.leaseMs), service)
end
local function drop(service)
  redis.call('HSET', P .. 's:' .. service, 'token', '', 'until', '0')
  redis.call('ZREM', P .. 'leases', service)
end
`,
  /** putNotice({channel, id, json, band}), putDraw(channel, field). */
  outbox: `
local function putNotice(notice)
  local channel = notice.channel
  local order = redis.call('INCR', P .. 'counter') + notice.band * ${laneSize}
  if redis.call('ZADD', P .. 'out:' .. channel, 'NX', whole(order), notice.id) == 1 then
    redis.call('HSET', P .. 'notices:' .. channel, notice.id, place(notice.json))
  end
  redis.call('SADD', P .. 'channels', channel)
  refreshDue('channel:' .. channel)
end
local function putDraw(channel, field)
  local mark = whole(redis.call('INCR', P .. 'counter'))
  redis.call('HSET', P .. 'draw:' .. channel, field, mark)
  redis.call('SADD', P .. 'channels', channel)
  refreshDue('channel:' .. channel)
end
local function forgetEmpty(channel)
  if not natural('channel:' .. channel) then redis.call('SREM', P .. 'channels', channel) end
end
`,
  /** context(service): record, token, until, renewedAt, pendingRevert, asked, 1 when there is history, the line. */
  load: `
local function context(service)
  local s = redis.call('HMGET', P .. 's:' .. service, 'record', 'token', 'until', 'renewedAt', 'wish')
  s[6] = redis.call('HGET', P .. 'asked', service)
  s[7] = redis.call('HEXISTS', P .. 'h:' .. service, 'last')
  s[8] = redis.call('HGETALL', P .. 'queue:' .. service)
  return s
end
`,
};

/** Returns a script that is made of its body and the parts it uses. */
export function script(
  name: string,
  writes: boolean,
  uses: readonly (keyof typeof parts)[],
  body: string,
): Script {
  const lua = [prelude, ...uses.map((part) => parts[part]), body].join('');
  return {
    name,
    writes,
    matters: mattering.has(name),
    lua,
    sha: createHash('sha1').update(lua).digest('hex'),
  };
}
