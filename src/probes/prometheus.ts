import { askNow, askRange, mostSamples, type PrometheusServer } from '../net/prometheus.ts';
import { askStanding } from '../net/threshold.ts';
import type { Color } from '../release/color.ts';
import type { Comparison, Limit } from '../release/measurements.ts';
import { fillQuery } from '../release/promql.ts';
import type { Compare } from '../release/settings.ts';

const deadlineMs = 4_000;
/** How far back the past of a color is looked at, where its windows are not too many, ms. */
const longestPastMs = 7 * 86_400_000;
/** How many pasts are kept, and for how long one without an answer is not asked for again, ms. */
const mostPasts = 4;
const failedMs = 60_000;

/** The settings `compare` of a service, with all of the server's options. */
export type CompareOptions = Omit<Compare, 'prometheus'> & {
  prometheus?: PrometheusServer | undefined;
};

/** Makes the configured questions for numbers of each color. */
export function makeMetrics(service: string, { prometheus, metrics }: CompareOptions): Comparison[] {
  if (prometheus === undefined) return [];
  return metrics.map(({ name, unit, worse, window, query }) => {
    const pastMs = Math.min(mostSamples, Math.max(1, Math.floor(longestPastMs / window))) * window;
    const filledFor = (color: Color): string | undefined => {
      const filled = fillQuery(query, { service, color });
      return 'query' in filled ? filled.query : undefined;
    };
    return {
      name,
      unit,
      worse,
      windowMs: window,
      async ask(color, signal) {
        const answer = await askNow(prometheus, filledFor(color) ?? '', { deadlineMs, signal });
        return answer.got === 'found' ? { value: answer.found } : { unknown: answer.why };
      },
      pastMs,
      past: remembered(async (color, before, signal) => {
        const range = { fromAt: before - pastMs + window, toAt: before, stepMs: window };
        const answer = await askRange(prometheus, filledFor(color) ?? '', range, { deadlineMs, signal });
        if (answer.got === 'found') return answer.found.map(({ value }) => value);
        return answer.got === 'nothing' ? [] : undefined;
      }),
    };
  });
}

type AskPast = Comparison['past'];

/**
 * Asks once for the same past: it does not change, and all alerts after one switch ask for it. A question without an
 * answer is not repeated for a minute.
 */
function remembered(ask: AskPast): AskPast {
  const known = new Map<string, { asked: ReturnType<AskPast>; failedAt?: number }>();
  return (color, before, signal) => {
    const key = `${color} ${before}`;
    const found = known.get(key);
    if (found && (found.failedAt === undefined || performance.now() - found.failedAt < failedMs))
      return found.asked;
    const asked = ask(color, before, signal);
    const entry: { asked: ReturnType<AskPast>; failedAt?: number } = { asked };
    known.delete(key);
    known.set(key, entry);
    for (const old of known.keys()) if (known.size > mostPasts) known.delete(old);
    void asked.then((past) => {
      if (past === undefined) entry.failedAt = performance.now();
    });
    return asked;
  };
}

/** Makes the configured question about a limit; undefined: there is none. */
export function makeLimit(service: string, { prometheus, limit }: CompareOptions): Limit | undefined {
  if (prometheus === undefined || limit === undefined) return undefined;
  return {
    async ask(color: Color, signal: AbortSignal) {
      const filled = fillQuery(limit.query, { service, color });
      if ('missing' in filled) return { state: 'no-data', words: `{${filled.missing}} has no value` };
      const { is, words } = await askStanding(prometheus, filled.query, limit, { deadlineMs, signal });
      const known = is === 'within' || is === 'beyond' || is === 'not-yet';
      return { state: known ? (is === 'beyond' ? 'over' : 'under') : 'no-data', words };
    },
  };
}
