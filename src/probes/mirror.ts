/** GETs whose answers are compared while a version is staged. See docs/mirror.md. */
import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { call } from '../net/call.ts';
import { headersSchema } from '../net/headers.ts';
import { joinUrl, pathSchema, withoutQuery } from '../net/url.ts';
import type { Color } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import type { Mirror, MirrorAnswer } from '../release/mirror/port.ts';
import { mirrorSchema } from '../release/mirror/settings.ts';

const mostPaths = 50;
const mostIgnored = 100;
const [shortestEveryMs, longestEveryMs] = [1_000, 600_000];
/** How long one answer may take, ms, and its size. */
const deadlineMs = 5_000;
const mostBytes = 256 * 1024;
/** At most so much of a path is shown. */
const shownLength = 80;

/** Options of the GETs, durations parsed to ms: each path is asked once in each round, `every` so often. */
export const mirrorOptions = z.strictObject({
  ...mirrorSchema.shape,
  paths: z.array(pathSchema).min(1).max(mostPaths).optional(),
  every: durationSchema
    .refine((ms) => ms >= shortestEveryMs && ms <= longestEveryMs, { error: 'must be 1s to 10m' })
    .prefault('10s'),
  ignore: z
    .array(
      z
        .string()
        .max(200)
        .regex(/^(?:\*|[^\s.*]+)(?:\.(?:\*|[^\s.*]+))*$/, {
          error: 'must be a field such as total or items.*.updatedAt, or content-type or location',
        }),
    )
    .max(mostIgnored)
    .default([]),
  headers: headersSchema.optional(),
  share: z
    .never({
      error: 'is not there yet: live traffic is not copied. The bot asks the paths itself, every so often',
    })
    .optional(),
});

/** Makes the GETs of a service. */
export function makeMirror(
  { paths = [], every, ignore, headers = {} }: z.output<typeof mirrorOptions>,
  colors: Readonly<Record<Color, { readonly url: string }>>,
): Mirror {
  return {
    everyMs: every,
    ignore,
    hosts: { blue: new URL(colors.blue.url).host, green: new URL(colors.green.url).host },
    paths: paths.map((path) => ({
      shown: oneLineText(withoutQuery(path), shownLength) + (path.includes('?') ? '?…' : ''),
      ask: (color, signal) => ask(joinUrl(colors[color].url, path), headers, signal),
    })),
  };
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<MirrorAnswer | { why: string }> {
  const answer = await call({ method: 'GET', url, headers, deadlineMs, signal, maxBytes: mostBytes });
  if (!answer.answered) return { why: answer.reason };
  const { status, body } = answer;
  // Of an answer that is no success, the part within the bound is kept.
  if (Buffer.byteLength(body) >= mostBytes) return { why: `answer larger than ${mostBytes / 1024} kB` };
  return { status, body, contentType: header('content-type'), location: header('location') };

  function header(name: string): string {
    const value = answer.answered ? answer.headers[name] : undefined;
    return (Array.isArray(value) ? value[0] : value) ?? '';
  }
}
