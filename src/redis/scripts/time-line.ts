import { script } from './script.ts';

/** How far a script may slew the store's clock towards the server's, ms; at most once a second. */
export const slewMs = 10;

/**
 * Sets the shift, unless another process has done so meanwhile. Time never goes back behind what was seen; if it
 * would, the clock of the calling process had stood still. a: from, to; returns {now, 'ok', shift}
 */
export const shiftScript = script(
  'shift',
  true,
  [],
  `
if shift ~= a.from then return {now, 'ok', shift} end
local seen = tonumber(redis.call('GET', P .. 'clock') or '0')
local to = a.to
if to < shift then to = math.min(shift, math.max(to, seen - (now - shift))) end
local kept = redis.pcall('SET', P .. 'shift', whole(to))
return {now, 'ok', kept.err and shift or to}
`,
);
