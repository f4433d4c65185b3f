import { z } from 'zod';
import { answerPathSchema, textAt } from '../net/answer-path.ts';
import { call, jsonOf } from '../net/call.ts';
import { answeredWith } from '../net/first-words.ts';
import { joinUrl, pathSchema, withoutQuery } from '../net/url.ts';
import type { HealthCheck, Verdict } from '../release/ports.ts';
import { type ColorUrls, timingOptions } from './timing.ts';

/** Options of a check by HTTP (SPEC 8). `versionPath`: where the JSON answer names the version it runs. */
export const httpHealthOptions = z.strictObject({
  kind: z.literal('http'),
  path: pathSchema,
  status: z.int().min(100).max(599).default(200),
  versionPath: answerPathSchema.optional(),
  ...timingOptions,
});

/** A check by `GET`, on a connection of its own each time. */
export function httpHealth(options: z.output<typeof httpHealthOptions>, colors: ColorUrls): HealthCheck {
  const { path, status, versionPath } = options;
  const name = `GET ${withoutQuery(path)}`;
  const unhealthy = (reason: string): Verdict => ({ healthy: false, code: 'unhealthy', reason });

  return {
    name,
    reportsVersion: versionPath !== undefined,
    intervalMs: options.interval,
    successes: options.successes,
    deadlineMs: options.deadline,
    async ask(color, expected, signal) {
      const answer = await call({
        method: 'GET',
        url: joinUrl(colors[color].url, path),
        deadlineMs: options.timeout,
        signal,
        body: versionPath === undefined ? 'ignore' : 'read',
      });
      if (!answer.answered) return unhealthy(`${name}: ${answer.reason}`);
      if (answer.status !== status) return unhealthy(`${name} ${answeredWith(answer, `, wanted ${status}`)}`);
      if (versionPath === undefined) return { healthy: true };
      const json = jsonOf(answer.body);
      if (json === undefined) return unhealthy(`${name} answered something that is not JSON`);
      const version = textAt(json, versionPath);
      if (version === undefined) return unhealthy(`${name} answered without "${versionPath}"`);
      if (expected === undefined || version === expected) return { healthy: true, version };
      const reason = `${name} reports version ${version}, wanted ${expected}`;
      return { healthy: false, code: 'version-mismatch', reason, version };
    },
  };
}
