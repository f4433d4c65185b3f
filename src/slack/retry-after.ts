/** A pause that Slack, or a proxy before it, asks for is kept up to this long, seconds. */
export const longestPauseS = 300;
/** Where it is not said how long, or not in a way that can be read, seconds. */
export const unsaidPauseS = 5;

/**
 * What a `Retry-After` header asks for, in whole seconds: at least 1 and at most `longestPauseS`. It is a number or a
 * date; anything else counts as not said. `nowMs`: ms since 1970.
 */
export function pauseSeconds(header: string | null, nowMs: number): number {
  const text = header?.trim() ?? '';
  const seconds = /^[+-]?\d+(?:\.\d+)?$/.test(text)
    ? Math.ceil(Number(text))
    : Math.ceil((Date.parse(text) - nowMs) / 1_000);
  if (Number.isNaN(seconds)) return unsaidPauseS;
  return Math.min(longestPauseS, Math.max(1, seconds));
}
