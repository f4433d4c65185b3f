import { script } from './script.ts';

/**
 * Lets some more of the keys that `match` expire after `ms`: this run's own keys from now on, others where they have
 * no expiry.
 * a: cursor, match, ms; returns {now, 'ok', cursor}
 */
export const passScript = script(
  'pass',
  true,
  [],
  `
local found = redis.call('SCAN', a.cursor, 'MATCH', a.match, 'COUNT', 500)
for _, key in ipairs(found[2]) do
  local left = redis.call('PTTL', key)
  if left == -1 or (key:sub(1, #P) == P and left > a.ms / 2) then redis.call('PEXPIRE', key, whole(a.ms)) end
end
return {now, 'ok', found[1]}
`,
);

/** Removes some more keys of this prefix. a: cursor; returns {now, 'ok', cursor} */
export const dropAllScript = script(
  'drop-all',
  true,
  [],
  `
local found = redis.call('SCAN', a.cursor, 'MATCH', P .. '*', 'COUNT', 500)
for _, key in ipairs(found[2]) do redis.call('DEL', key) end
return {now, 'ok', found[1]}
`,
);
