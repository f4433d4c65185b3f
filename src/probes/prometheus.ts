import { askNow, type PrometheusServer } from '../net/prometheus.ts';
import { askStanding } from '../net/threshold.ts';
import type { Color } from '../release/color.ts';
import type { Comparison, Limit } from '../release/ports.ts';
import { fillQuery } from '../release/promql.ts';
import type { Compare } from '../release/settings.ts';

const deadlineMs = 4_000;

/** The settings `compare` of a service, with all of the server's options. */
export type CompareOptions = Omit<Compare, 'prometheus'> & {
  prometheus?: PrometheusServer | undefined;
};

/** Makes the configured questions for numbers of each color. */
export function makeMetrics(service: string, { prometheus, metrics }: CompareOptions): Comparison[] {
  if (prometheus === undefined) return [];
  return metrics.map(({ name, unit, window, query }) => ({
    name,
    unit,
    windowMs: window,
    async ask(color: Color, signal: AbortSignal) {
      const filled = fillQuery(query, { service, color });
      if ('missing' in filled) return { unknown: `{${filled.missing}} has no value` };
      const answer = await askNow(prometheus, filled.query, { deadlineMs, signal });
      return answer.got === 'found' ? { value: answer.found } : { unknown: answer.why };
    },
  }));
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
