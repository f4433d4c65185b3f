import { script } from './script.ts';

/** Stores a note. a: name, json, most; returns {now, 'ok' or 'full'} */
export const keepNoteScript = script(
  'keep-note',
  true,
  [],
  `
local key = P .. 'senders'
if redis.call('HEXISTS', key, a.name) == 0 and redis.call('HLEN', key) >= a.most then return {now, 'full'} end
redis.call('HSET', key, a.name, whole(now) .. ' ' .. a.json)
return {now, 'ok'}
`,
);

/** Lists the notes and drops those that are too old. a: oldestMs; returns {now, 'ok', name, at, json, …} */
export const senderNotesScript = script(
  'sender-notes',
  true,
  [],
  `
local key = P .. 'senders'
local answer = {now, 'ok'}
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local at, json = all[i + 1]:match('^(%d+) (.*)$')
  if at and math.abs(now - tonumber(at)) <= a.oldestMs then
    answer[#answer + 1] = all[i]
    answer[#answer + 1] = at
    answer[#answer + 1] = json
  else
    redis.call('HDEL', key, all[i])
  end
end
return answer
`,
);
