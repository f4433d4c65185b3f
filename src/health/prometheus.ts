import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { oneProof, prometheusOptions } from '../net/prometheus.ts';
import { askStanding, type Standing } from '../net/threshold.ts';
import type { Color } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import type { MeasuredCheck } from '../release/ports.ts';
import { fillQuery, holds, querySchema } from '../release/promql.ts';
import { oneThreshold, thresholdOptions } from '../release/threshold.ts';
import { timingOptions } from './timing.ts';

const noDataSchema = z.enum(['fail', 'pass', 'hold']);

/**
 * Options of a check of a number that Prometheus measured. `noData`: what it means that there is none, before the
 * switch and in the bake.
 */
export const prometheusHealthOptions = z
  .strictObject({
    kind: z.literal('prometheus'),
    name: z.string().min(1).max(60).optional(),
    ...prometheusOptions,
    query: querySchema(['service', 'color', 'version'], ['color', 'version']),
    ...thresholdOptions,
    noData: z
      .union([noDataSchema, z.strictObject({ before: noDataSchema, after: noDataSchema })])
      .default({ before: 'fail', after: 'hold' })
      .transform((written) => (typeof written === 'string' ? { before: written, after: written } : written)),
    ...timingOptions,
    timeout: durationSchema.prefault('4s'),
    interval: durationSchema.prefault('10s'),
  })
  .refine(...oneProof)
  .refine(...oneThreshold);

/** Makes a check of a number of a service's color. */
export function prometheusHealth(
  service: string,
  options: z.output<typeof prometheusHealthOptions>,
): MeasuredCheck {
  const { query, noData, timeout } = options;
  const name = options.name ?? oneLineText(query, 60);
  const ask = async (color: Color, version: string | undefined, signal: AbortSignal): Promise<Standing> => {
    const values = { service, color, ...(version !== undefined && { version }) };
    const filled = fillQuery(query, values);
    if ('missing' in filled)
      return { is: 'nothing', words: `the ${filled.missing} of ${color} is not known` };
    return askStanding(options, filled.query, options, { deadlineMs: timeout, signal });
  };
  return {
    name,
    reportsVersion: false,
    ...(holds(query, 'version') && { asksForVersion: true as const }),
    intervalMs: options.interval,
    successes: options.successes,
    limit: options.above ?? options.below ?? 0,
    deadlineMs: options.deadline,
    async ask(color, expected, signal) {
      const { is, words } = await ask(color, expected, signal);
      // A query that has no answer at all proves nothing.
      if (is === 'within' || (is === 'nothing' && noData.before === 'pass')) return { healthy: true };
      return { healthy: false, code: 'unhealthy', reason: `${name}: ${words}` };
    },
    async watch(color, version, signal) {
      const { is, words } = await ask(color, version, signal);
      const reason = `${name}: ${words}`;
      if (is === 'within' || (is === 'nothing' && noData.after === 'pass')) return { is: 'good' };
      if (is === 'beyond') return { is: 'bad', reason };
      if (is === 'not-yet') return { is, reason };
      return { is: noData.after === 'fail' ? 'bad' : 'unknown', reason };
    },
  };
}
