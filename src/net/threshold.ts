/** Asks Prometheus whether a number is beyond a limit. */
import { formatDuration } from '../release/duration.ts';
import { isBeyond, sideWords, type Threshold } from '../release/threshold.ts';
import { askNow, askRange, type Asking, type PrometheusServer } from './prometheus.ts';

/** How many steps `for` is looked at in. */
const steps = 12;

/**
 * Where a number stands. `not-yet`: beyond the limit, but not for long enough. The others: there is no number; see
 * `PrometheusAnswer`. `words` are for people and hold no secret.
 */
export interface Standing {
  is: 'within' | 'beyond' | 'not-yet' | 'nothing' | 'refused' | 'away';
  words: string;
}

/** Asks where the number of a query stands. With `for`, the past is asked for too. Never throws. */
export async function askStanding(
  server: PrometheusServer,
  query: string,
  threshold: Threshold,
  asking: Asking,
): Promise<Standing> {
  const { for: forMs } = threshold;
  if (forMs === undefined) {
    const answer = await askNow(server, query, asking);
    if ('why' in answer) return without(answer);
    const is = isBeyond(threshold, answer.found) ? 'beyond' : 'within';
    return { is, words: sideWords(threshold, answer.found) + warned(answer) };
  }
  const toAt = Date.now();
  // A step that is rounded up, as it is sent, would leave the newest number out.
  const stepMs = Math.max(1, Math.floor(forMs / steps));
  const answer = await askRange(server, query, { fromAt: toAt - forMs, toAt, stepMs }, asking);
  if ('why' in answer) return without(answer);
  const last = answer.found.at(-1);
  if (last === undefined || last.at < toAt - stepMs / 2)
    return without({ got: 'nothing', why: 'it has no data now' });
  const words = sideWords(threshold, last.value);
  if (!isBeyond(threshold, last.value)) return { is: 'within', words: words + warned(answer) };
  const long = formatDuration(forMs);
  // What is missing is not beyond.
  const all = answer.found.length > steps && answer.found.every(({ value }) => isBeyond(threshold, value));
  if (all) return { is: 'beyond', words: `${words} for ${long}${warned(answer)}` };
  return { is: 'not-yet', words: `${words}, but not for ${long} yet${warned(answer)}` };
}

function without({ got, why }: { got: 'nothing' | 'refused' | 'away'; why: string }): Standing {
  switch (got) {
    case 'nothing':
      return { is: got, words: `Prometheus has no number: ${why}` };
    case 'refused':
      return { is: got, words: `Prometheus cannot use the query: ${why}` };
    case 'away':
      return { is: got, words: `Prometheus cannot be asked: ${why}` };
    default:
      return got satisfies never;
  }
}

function warned({ warning }: { warning?: string }): string {
  return warning === undefined ? '' : ` (Prometheus warns: ${warning})`;
}
