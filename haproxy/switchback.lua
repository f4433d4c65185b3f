-- Lets the writes of clients wait in HAProxy while Switchback moves the traffic of a service. Two lines use it:
--
--   global
--     lua-load /etc/haproxy/switchback.lua
--   frontend shop
--     http-request lua.switchback-writes checkout
--
-- Put the second line before `use_backend`. `checkout` is the key of the service in the map. Commands of the runtime API
-- (`stats socket`):
--
--   switchback hold <key> <id> <ms> <METHOD,METHOD>   writes wait, for <ms> at most
--   switchback release <key> <id>                     they go on, to where the map points now
--   switchback deny <key> <id> <ms> <METHOD,METHOD>   writes get 503 for <ms>; again: for <ms> more from then on
--   switchback allow <key> <id>                       writes go on
--   switchback writes <key>                           what is held
--
-- A hold ends by itself after <ms>, by HAProxy's own clock: Switchback may be gone. A write that waits until then gets
-- 503. Holds and denials belong to this process: a reload ends them. `ms` in an answer: for how long, without a break.
-- docs/held-writes.md of Switchback explains it.

local holds = {} -- by key: id, began, till (ms), methods, waiting, waited, refused, released
local denials = {} -- by key: id, began, till (ms), methods, refused
local seen = {} -- by key: how many requests came through the second line

-- How long a waiting write sleeps between two looks, ms: short at first, as most holds take less than 100 ms.
local shortMs, longMs, shortForMs = 2, 20, 200
local mostMs = 30000

local function nowMs()
  local now = core.now()
  return now.sec * 1000 + now.usec / 1000
end

local function activeHold(key)
  local hold = holds[key]
  if hold == nil or hold.released ~= nil then return nil end
  if nowMs() >= hold.till then return nil end
  return hold
end

local function refuse(txn, seconds, words)
  local reply = txn:reply({ status = 503, reason = 'Service Unavailable' })
  reply:add_header('retry-after', tostring(seconds))
  reply:add_header('content-type', 'text/plain')
  reply:add_header('cache-control', 'no-store')
  reply:set_body(words)
  txn:done(reply)
end

core.register_action('switchback-writes', { 'http-req' }, function(txn, key)
  seen[key] = (seen[key] or 0) + 1
  local denial = denials[key]
  if denial ~= nil and nowMs() < denial.till and denial.methods[txn.f:method()] ~= nil then
    denial.refused = denial.refused + 1
    return refuse(txn, math.max(1, math.ceil((denial.till - nowMs()) / 1000)),
      'Read-only for now: this write was not carried out. Try again later.\n')
  end
  local hold = activeHold(key)
  if hold == nil or hold.methods[txn.f:method()] == nil then return end
  hold.waiting = hold.waiting + 1
  hold.waited = hold.waited + 1
  local since = nowMs()
  local mostWaitMs = hold.till - hold.began
  -- A later hold of the same service is waited for too: its switch is not done yet either.
  while activeHold(key) ~= nil and nowMs() - since < mostWaitMs do
    core.msleep(nowMs() - since < shortForMs and shortMs or longMs)
  end
  hold.waiting = hold.waiting - 1
  if holds[key].released ~= nil then return end
  hold.refused = hold.refused + 1
  refuse(txn, 1, 'This write was not carried out: traffic is being moved. Try again.\n')
end, 1)

local function told(applet, words)
  applet:send(words .. '\n')
end

local function denied(denial)
  if denial == nil then return 'none' end
  local how = nowMs() < denial.till and 'denying' or 'over'
  return string.format('%s id=%s ms=%d refused=%d', how, denial.id,
    math.floor(math.min(nowMs(), denial.till) - denial.began + 0.5), denial.refused)
end

local function state(key, hold)
  local denial = denials[key]
  local denies = denial == nil and 'none' or (nowMs() < denial.till and 'on' or 'over')
  local requests = ' denial=' .. denies .. ' seen=' .. (seen[key] or 0)
  if hold == nil then return 'none' .. requests end
  local ended = hold.released or math.min(nowMs(), hold.till)
  local how = hold.released ~= nil and 'released' or (nowMs() >= hold.till and 'expired' or 'holding')
  return string.format('%s id=%s ms=%d waited=%d waiting=%d refused=%d', how, hold.id,
    math.floor(ended - hold.began + 0.5), hold.waited, hold.waiting, hold.refused) .. requests
end

core.register_cli({ 'switchback', 'hold' }, 'switchback hold <key> <id> <ms> <METHOD,METHOD>', function(applet, _, _, key, id, ms, methods)
  local forMs = tonumber(ms)
  if methods == nil or forMs == nil or forMs < 1 or forMs > mostMs then
    return told(applet, 'error: switchback hold <key> <id> <ms up to ' .. mostMs .. '> <METHOD,METHOD>')
  end
  local before = holds[key]
  -- The same hold again, after a lost answer, begins nothing: its time goes on.
  if before ~= nil and before.id == id and before.released == nil then return told(applet, state(key, before)) end
  local hold = { id = id, began = nowMs(), methods = {}, waiting = 0, waited = 0, refused = 0 }
  hold.till = hold.began + forMs
  for method in string.gmatch(methods, '[^,]+') do hold.methods[method] = true end
  holds[key] = hold
  told(applet, state(key, hold))
end)

core.register_cli({ 'switchback', 'release' }, 'switchback release <key> <id>', function(applet, _, _, key, id)
  local hold = holds[key]
  if hold ~= nil and hold.id == id and hold.released == nil and nowMs() < hold.till then hold.released = nowMs() end
  told(applet, state(key, hold ~= nil and hold.id == id and hold or nil))
end)

core.register_cli({ 'switchback', 'deny' }, 'switchback deny <key> <id> <ms> <METHOD,METHOD>', function(applet, _, _, key, id, ms, methods)
  local forMs = tonumber(ms)
  if methods == nil or forMs == nil or forMs < 1 or forMs > mostMs then
    return told(applet, 'error: switchback deny <key> <id> <ms up to ' .. mostMs .. '> <METHOD,METHOD>')
  end
  local denial = denials[key]
  -- One that is over begins again: its `ms` must not count the time in between.
  if denial == nil or denial.id ~= id or nowMs() >= denial.till then
    denial = { id = id, began = nowMs(), methods = {}, refused = 0 }
    for method in string.gmatch(methods, '[^,]+') do denial.methods[method] = true end
    denials[key] = denial
  end
  denial.till = nowMs() + forMs
  told(applet, denied(denial))
end)

core.register_cli({ 'switchback', 'allow' }, 'switchback allow <key> <id>', function(applet, _, _, key, id)
  local denial = denials[key]
  if denial ~= nil and denial.id == id and nowMs() < denial.till then denial.till = nowMs() end
  told(applet, denied(denial ~= nil and denial.id == id and denial or nil))
end)

core.register_cli({ 'switchback', 'writes' }, 'switchback writes <key>', function(applet, _, _, key)
  told(applet, state(key, holds[key]))
end)
