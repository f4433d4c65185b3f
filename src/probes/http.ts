import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { type CallAnswer, call } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { headerNameSchema, headersSchema } from '../net/headers.ts';
import { httpUrlSchema } from '../net/url.ts';
import { oneVersion, readsVersion, versionIn, versionOptions } from '../net/version-in.ts';
import { expectSchema, otherStatus, statusSchema, unexpected } from '../net/wanted.ts';
import type { Color } from '../release/color.ts';
import type { Probe } from '../release/ports.ts';

/** Deadline of one request through the router, in ms. */
const requestDeadlineMs = 2000;
/** Most bytes of an answer that is searched. */
const maxBytes = 1024 * 1024;

/**
 * Options of the probe: `url` is the router's, as clients reach it. `status`: the good ones, by default all answers
 * that name the color, otherwise those below 500; `expect`: required values in the JSON answer.
 */
export const probeOptions = z
  .strictObject({
    url: httpUrlSchema,
    headers: headersSchema.optional(),
    status: statusSchema.optional(),
    expect: expectSchema.optional(),
    ...versionOptions,
    colorHeader: headerNameSchema.optional(),
    requests: z.int().min(1).max(100).default(3),
  })
  .refine(...oneVersion);

/** The options of the probe, parsed. */
export type ProbeOptions = z.output<typeof probeOptions>;

/** The color that answered: `own`: the wanted one; `any`: unknown; otherwise the error in words. */
type Reading = 'own' | 'any' | { wrong: string };

/**
 * Makes a probe through the router, with a new connection each time. A request without an answer counts as not answered
 * by the color.
 */
export function makeProbe(options: ProbeOptions): Probe {
  const { url, headers = {}, expect, colorHeader } = options;
  const reads = expect !== undefined || (colorHeader === undefined && readsVersion(options).body);
  return {
    requests: options.requests,
    async ask(color, versions, signal) {
      let proven = true;
      for (let number = 1; number <= options.requests; number += 1) {
        const answer = await call({
          method: 'GET',
          url,
          headers,
          deadlineMs: requestDeadlineMs,
          signal,
          body: reads ? 'read' : 'ignore',
          maxBytes,
        });
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
  answer: CallAnswer,
  color: Color,
  versions: Parameters<Probe['ask']>[1],
): Reading {
  if (!answer.answered) return { wrong: answer.reason };
  const status = options.status && otherStatus(options.status, answer);
  if (status !== undefined) return { wrong: answeredWith(answer, `, wanted ${status}`) };
  const wrong = options.expect && unexpected(options.expect, answer);
  if (wrong !== undefined) return { wrong };
  if (options.colorHeader !== undefined) {
    const header = answer.headers[options.colorHeader];
    if (header === undefined)
      return { wrong: answeredWith(answer, ` without the header ${options.colorHeader}`) };
    const said = oneLineText([...new Set([header].flat())].join(','), 64);
    return said.toLowerCase() === color ? 'own' : { wrong: `answered by ${said}` };
  }
  if (options.status === undefined && answer.status >= 500) return { wrong: answeredWith(answer) };
  const { blue, green, [color]: wanted } = versions;
  if (!readsVersion(options).reads || wanted === undefined || wanted === 'unknown' || blue === green) {
    return 'any';
  }
  const said = versionIn(options, answer);
  if ('wrong' in said) return { wrong: `answered ${answer.status} ${said.wrong}` };
  if (said.version === wanted) return 'own';
  return { wrong: `answered by version ${said.version}, wanted ${wanted}` };
}
