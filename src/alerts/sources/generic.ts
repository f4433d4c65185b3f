import { z } from 'zod';
import { tokenSchema } from '../../net/url.ts';
import { anyMoment } from '../instant.ts';
import { commonOptions, severityWords } from '../options.ts';
import { isDigest, singleHeader, signedAs, isRecent } from '../signatures.ts';
import { severityOf } from '../severity.ts';
import {
  asText,
  fingerprintSchema,
  labelsSchema,
  linksOf,
  mistakeOf,
  mostAlerts,
  readEach,
  spelt,
  text,
  toldApart,
} from '../source.ts';
import type { ReadAlerts, Source } from '../source.ts';
import type { Steps } from '../steps.ts';

/** Options of a source of the `generic` kind. */
export const genericOptions = z.strictObject({
  kind: z.literal('generic'),
  token: tokenSchema,
  ...commonOptions,
});

/** The label of a sender's link, marked so that a link named Revert is not taken for the bot's button. */
const linkLabel = text(38).transform((label) => `↗ ${label}`);
const linkSchema = z.strictObject({ label: linkLabel, url: z.string().max(2_000) });

/** Removes nulls; a number may stand for a name, a word or a title. */
function withoutNulls(alert: unknown): unknown {
  if (typeof alert !== 'object' || alert === null || Array.isArray(alert)) return alert;
  const texts = new Set(['id', 'severity', 'title', 'summary']);
  return Object.fromEntries(
    Object.entries(alert).flatMap(([key, value]: [string, unknown]) =>
      value === null ? [] : [[key, texts.has(key) ? asText(value) : value]],
    ),
  );
}

const alertSchema = z.preprocess(
  withoutNulls,
  z.strictObject({
    id: fingerprintSchema(200),
    status: z.enum(['firing', 'resolved']),
    severity: z.string().max(40).optional(),
    title: text(200).refine((title) => title.trim() !== '', 'must not be empty'),
    summary: text(500).optional(),
    labels: labelsSchema,
    since: anyMoment,
    endedAt: anyMoment.optional(),
    links: z.array(linkSchema).max(5).optional(),
  }),
);

/** The name of an alert's unreadable instant; the end of a firing alert does not matter. */
function wrongAt({ status, since, endedAt }: z.infer<typeof alertSchema>): string | undefined {
  if (Number.isNaN(since)) return 'since';
  return status === 'resolved' && Number.isNaN(endedAt) ? 'endedAt' : undefined;
}

const bodySchema = z.strictObject({
  schema: z.literal('switchback-1', { error: 'must be "switchback-1"' }),
  group: z.string().min(1).max(10_000),
  alerts: z.array(z.unknown()).min(1).max(mostAlerts),
});

const signed = { timestamp: 'x-switchback-timestamp', signature: 'x-switchback-signature' };

/**
 * Makes a source for senders that you write yourself: `{schema: "switchback-1", group, alerts: [{id, status, title,
 * since, …}]}`, with `X-Switchback-Timestamp` (seconds) and `X-Switchback-Signature: v1=<hex>`, the HMAC-SHA256 of
 * `<timestamp>:<body>` by the token. A timestamp more than 5 minutes off is refused.
 */
export function generic(options: z.output<typeof genericOptions>) {
  const words = severityWords(options);
  return {
    signed,
    authentic({ headers, now }) {
      const timestamp = singleHeader(headers[signed.timestamp]);
      const [, signature] = /^v1=(.*)$/.exec(singleHeader(headers[signed.signature]) ?? '') ?? [];
      if (!isDigest(signature) || !isRecent(timestamp, now)) return false;
      return signedAs(signature, options.token, timestamp, ':');
    },
    *read(json): Steps<ReadAlerts> {
      const body = bodySchema.safeParse(json);
      if (!body.success) return { ok: false, mistake: spelt(mistakeOf(body.error)) };
      const { alerts: given, unreadable } = yield* readEach(body.data.alerts, alertSchema, wrongAt);
      if (given.length === 0 && unreadable !== undefined)
        return { ok: false, mistake: spelt(unreadable.mistake) };
      const named = given.map(({ id, severity: word, summary, since, endedAt, links, ...alert }) => {
        const severity = severityOf(word, words);
        return {
          ...alert,
          since: since || 0,
          fingerprint: id,
          severity,
          ...(severity === 'unknown' && word && { word }),
          summary: summary ?? '',
          ...(alert.status === 'resolved' && endedAt && { endedAt }),
          links: linksOf(links ?? [], options),
        };
      });
      const alerts = yield* toldApart(named, ({ title }) => [title]);
      const { group } = body.data;
      return {
        ok: true,
        delivery: { group, alerts, truncated: 0, ...(unreadable !== undefined && { unreadable }) },
      };
    },
  } satisfies Source;
}
