import { z } from 'zod';
import { answerPathSchema, plainText, textAt } from '../net/answer-path.ts';
import { type Answer, call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { httpUrlSchema } from '../net/url.ts';
import type { Color } from '../release/color.ts';
import type { Probe } from '../release/ports.ts';

/** Milliseconds for one request through the router. */
const requestDeadlineMs = 2000;

/** Options of the probe (SPEC 8): `url` is the router's, as clients reach it. */
export const probeOptions = z.strictObject({
  url: httpUrlSchema,
  versionPath: answerPathSchema.optional(),
  colorHeader: z
    .string()
    .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')
    .transform((name) => name.toLowerCase())
    .optional(),
  requests: z.int().min(1).max(100).default(3),
});

export type ProbeOptions = z.output<typeof probeOptions>;

/** Whose answer it was: `own`: that of the wanted color; `any`: nobody can tell; else what was wrong, in words. */
type Reading = 'own' | 'any' | { wrong: string };

/**
 * Asks through the router, each time on a connection of its own. A request without an answer counts as one that the
 * color did not answer.
 */
export function makeProbe(options: ProbeOptions): Probe {
  return {
    requests: options.requests,
    async ask(color, versions, signal) {
      let proven = true;
      for (let number = 1; number <= options.requests; number += 1) {
        const answer = await call({ method: 'GET', url: options.url, deadlineMs: requestDeadlineMs, signal });
        const reading = read(options, answer, color, versions);
        if (typeof reading === 'object') {
          return { verdict: 'other', detail: `request ${number} of ${options.requests}: ${reading.wrong}` };
        }
        if (reading === 'any') proven = false;
      }
      if (proven)
        return { verdict: 'same', detail: `${options.requests} of ${options.requests} answered by ${color}` };
      return { verdict: 'proves-nothing', detail: 'the answers cannot tell the colors apart' };
    },
  };
}

function read(
  options: ProbeOptions,
  answer: Answer,
  color: Color,
  versions: Parameters<Probe['ask']>[1],
): Reading {
  if (!answer.answered) return { wrong: answer.reason };
  if (options.colorHeader !== undefined) {
    const header = answer.headers[options.colorHeader];
    if (header === undefined)
      return { wrong: answeredWith(answer, ` without the header ${options.colorHeader}`) };
    const said = plainText(String(header), 64);
    return said.toLowerCase() === color ? 'own' : { wrong: `answered by ${said}` };
  }
  if (answer.status >= 500) return { wrong: answeredWith(answer) };
  const { blue, green, [color]: wanted } = versions;
  if (options.versionPath === undefined || wanted === undefined || wanted === 'unknown' || blue === green) {
    return 'any';
  }
  const said = textAt(jsonOf(answer.body), options.versionPath);
  if (said === undefined) return { wrong: answeredWith(answer, ` without "${options.versionPath}"`) };
  return said === wanted ? 'own' : { wrong: `answered by version ${said}, wanted ${wanted}` };
}
