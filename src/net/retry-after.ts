/** The pause that an answer asks for, in ms: `Retry-After` in seconds or as a date; 0 without one. */
export function retryAfterMs(headers: Readonly<Record<string, string | string[] | undefined>>): number {
  const text = String(headers['retry-after'] ?? '').trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  // Only with the name of a month: other forms that Date takes are not HTTP dates.
  const at = /[a-z]{3}/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? 0 : Math.max(0, at - Date.now());
}

/** Statuses that ask for the same call again: it took too long, came too early or too often. */
export const askAgain: ReadonlySet<number> = new Set([408, 425, 429]);
