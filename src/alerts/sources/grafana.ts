import { z } from 'zod';
import { tokenSchema } from '../../net/url.ts';
import { commonOptions, ruleOptions } from '../options.ts';
import { groupShape, readGroup } from '../read-group.ts';
import { hasToken, isDigest, singleHeader, signedAs, isRecent } from '../signatures.ts';
import type { Source } from '../source.ts';

/** Options of a source that is Grafana Alerting. */
export const grafanaOptions = z.strictObject({
  kind: z.literal('grafana'),
  token: tokenSchema,
  ...commonOptions,
  ...ruleOptions,
});

const bodySchema = z.object({
  version: z.literal(['1', 1], { error: 'must be "1"' }),
  orgId: z.number().optional().catch(undefined),
  ...groupShape,
});

const signatureHeader = 'x-grafana-alerting-signature';
/** The header for the timestamp of Grafana's HMAC, which has no default name there. */
const timestampHeader = 'x-grafana-alerting-timestamp';

/**
 * Makes a source for Grafana Alerting's webhook. It proves itself by bearer, basic auth, or the HMAC of Grafana 12:
 * bare hexadecimal in `X-Grafana-Alerting-Signature`, over the body, or over `<timestamp>:<body>` with the timestamp
 * header.
 */
export function grafana(options: z.output<typeof grafanaOptions>) {
  const { token } = options;
  return {
    signed: { timestamp: timestampHeader, signature: signatureHeader },
    authentic({ headers, now }) {
      if (headers[signatureHeader] === undefined) return hasToken(headers.authorization, token);
      const signature = singleHeader(headers[signatureHeader]);
      if (!isDigest(signature)) return false;
      if (headers[timestampHeader] === undefined) return signedAs(signature, token);
      const timestamp = singleHeader(headers[timestampHeader]);
      if (!isRecent(timestamp, now)) return false;
      return signedAs(signature, token, timestamp, ':');
    },
    read: (json) =>
      readGroup(bodySchema.safeParse(json), ({ orgId, groupKey }) => `${orgId ?? ''} ${groupKey}`, options),
  } satisfies Source;
}
