import { call, jsonOf } from '../net/call.ts';
import { joinUrl } from '../net/url.ts';
import { z } from 'zod';
import type { Comparison } from '../release/ports.ts';
import type { Settings } from '../release/settings.ts';

const deadlineMs = 4_000;

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    result: z.union([
      z.tuple([z.number(), z.string()]),
      z.array(z.object({ value: z.tuple([z.number(), z.string()]) })).min(1),
    ]),
  }),
});

/** Makes a query of each color's numbers, through Prometheus' HTTP API (`/api/v1/query`). */
export function makeComparison(options: NonNullable<Settings['alerts']['compare']>): Comparison {
  return {
    name: options.name,
    windowMs: options.window,
    unit: options.unit,
    async ask(color, signal) {
      const url = joinUrl(options.url, '/api/v1/query');
      url.searchParams.set('query', options.query.replaceAll('{color}', color));
      const answer = await call({ method: 'GET', url, token: options.token, deadlineMs, signal });
      if (!answer.answered || answer.status !== 200) return undefined;
      const read = answerSchema.safeParse(jsonOf(answer.body));
      if (!read.success) return undefined;
      const { result } = read.data.data;
      const [first] = result;
      const text = typeof first === 'object' ? first.value[1] : result[1];
      return typeof text === 'string' ? Number(text) : undefined;
    },
  };
}
