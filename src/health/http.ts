import { z } from 'zod';
import type { Resolve } from '../net/addresses.ts';
import { type CallAnswer, call } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { headersSchema } from '../net/headers.ts';
import { proxyFor } from '../net/proxy.ts';
import { joinUrl, pathSchema, withoutQuery } from '../net/url.ts';
import { oneVersion, readsVersion, versionIn, versionOptions } from '../net/version-in.ts';
import { expectSchema, otherStatus, statusSchema, unexpected } from '../net/wanted.ts';
import type { HealthCheck, Verdict } from '../release/ports.ts';
import { type AskAt, everyAddress } from './every-address.ts';
import { type ColorUrls, timingOptions } from './timing.ts';

/** Most bytes of an answer that is searched. */
const maxBytes = 1024 * 1024;

/** Options of a check by HTTP. `status`: the good ones; `expect`: required values in the JSON answer. */
export const httpHealthOptions = z
  .strictObject({
    kind: z.literal('http'),
    path: pathSchema,
    headers: headersSchema.optional(),
    status: statusSchema.prefault(200),
    expect: expectSchema.optional(),
    ...versionOptions,
    ...timingOptions,
  })
  .refine(...oneVersion);

/** Makes a check by `GET`, on a new connection each time, of every machine behind the color's name. */
export function httpHealth(
  options: z.output<typeof httpHealthOptions>,
  colors: ColorUrls,
  resolve?: Resolve,
): HealthCheck {
  const { path, headers = {}, status, expect } = options;
  const version = readsVersion(options);
  const name = `GET ${withoutQuery(path)}`;
  const unhealthy = (reason: string): Verdict => ({ healthy: false, code: 'unhealthy', reason });

  const judge = (answer: CallAnswer, expected: string | undefined): Verdict => {
    if (!answer.answered) return unhealthy(`${name}: ${answer.reason}`);
    const wanted = otherStatus(status, answer);
    if (wanted !== undefined) return unhealthy(`${name} ${answeredWith(answer, `, wanted ${wanted}`)}`);
    const wrong = expect && unexpected(expect, answer);
    if (wrong !== undefined) return unhealthy(`${name} ${wrong}`);
    if (!version.reads) return { healthy: true };
    const said = versionIn(options, answer);
    if ('wrong' in said) return unhealthy(`${name} answered ${said.wrong}`);
    if (expected === undefined || said.version === expected) return { healthy: true, version: said.version };
    const reason = `${name} reports version ${said.version}, wanted ${expected}`;
    return { healthy: false, code: 'version-mismatch', reason, version: said.version };
  };

  return {
    name,
    reportsVersion: version.reads,
    intervalMs: options.interval,
    successes: options.successes,
    deadlineMs: options.deadline,
    ask(color, expected, signal) {
      const url = joinUrl(colors[color].url, path);
      const where = { name, host: url.hostname.replace(/^\[|\]$/g, ''), timeoutMs: options.timeout, resolve };
      const askAt: AskAt = async (address, deadlineMs) => {
        const body = expect !== undefined || version.body ? 'read' : 'ignore';
        const answer = await call({
          method: 'GET',
          url,
          address,
          headers,
          deadlineMs,
          signal,
          body,
          maxBytes,
        });
        return judge(answer, expected);
      };
      // A proxy resolves names itself.
      return proxyFor(url) ? askAt(undefined, options.timeout) : everyAddress(where, signal, askAt);
    },
  };
}
