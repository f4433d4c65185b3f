import { script } from './script.ts';

/** a: service; returns {now, 'ok', what was kept or false, until when somebody asked for pairs} */
export const loadEvidenceScript = script(
  'load-evidence',
  false,
  [],
  `
return {
  now, 'ok', redis.call('GET', P .. 'evidence:' .. a.service),
  tonumber(redis.call('GET', P .. 'compare:' .. a.service) or '0'),
}
`,
);

/** a: all[{service, json}], keptMs; returns {now, 'ok'} */
export const keepEvidenceScript = script(
  'keep-evidence',
  true,
  [],
  `
for _, kept in ipairs(a.all) do
  redis.call('SET', P .. 'evidence:' .. kept.service, kept.json, 'PX', whole(a.keptMs))
end
return {now, 'ok'}
`,
);

/** Asks for pairs, never for a shorter time than before. a: service, forMs, name; returns {now, 'ok'} */
export const wantEvidenceScript = script(
  'want-evidence',
  true,
  [],
  `
local key = P .. 'compare:' .. a.service
local untilAt = now + a.forMs
if tonumber(redis.call('GET', key) or '0') < untilAt then
  redis.call('SET', key, whole(untilAt), 'PX', whole(a.forMs))
end
redis.call('ZADD', P .. 'due', 'NX', whole(now), a.name)
return {now, 'ok'}
`,
);
