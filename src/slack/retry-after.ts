/** Longest pause that the bot keeps when Slack, or a proxy before it, asks for one, in seconds. */
export const longestPauseS = 300;
/** The pause where its length is missing or cannot be read, in seconds. */
export const unsaidPauseS = 5;

/**
 * Reads a `Retry-After` header in whole seconds: at least 1 and at most `longestPauseS`. The header holds a number or a
 * date; anything else counts as missing. `nowMs`: ms since 1970.
 */
export function pauseSeconds(header: string | null, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^[+-]?\d+(?:\.\d+)?$/.test(text)
    ? Math.ceil(Number(text))
    : Math.ceil((Date.parse(text) - nowMs) / 1_000);
  if (Number.isNaN(seconds)) return unsaidPauseS;
  return Math.min(longestPauseS, Math.max(1, seconds));
}
