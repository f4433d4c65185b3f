import { z } from 'zod';
import { hasBasic, hasBearer, hmac, one, same, timely } from '../secrets.ts';
import { mistakeOf } from '../source.ts';
import type { Source } from '../source.ts';
import { groupShape, readAlerts } from './alertmanager.ts';

const bodySchema = z.object({
  version: z.literal('1', { error: 'must be "1"' }),
  orgId: z.number().optional(),
  ...groupShape,
});

/** The header that carries the timestamp, when HMAC with a timestamp is set up in Grafana: it has no default name there. */
const timestampHeader = 'x-grafana-alerting-timestamp';

/**
 * Grafana Alerting's webhook. Proves itself by bearer, basic auth, or the HMAC of Grafana 12: bare hexadecimal in
 * `X-Grafana-Alerting-Signature`, over the body, or over `<timestamp>:<body>` when the timestamp header is there.
 */
export const grafana: Source = {
  signs: (headers) => headers['x-grafana-alerting-signature'] !== undefined,
  authentic({ headers, body, now }, { token }) {
    const signature = one(headers['x-grafana-alerting-signature']);
    if (signature === undefined)
      return hasBearer(headers.authorization, token) || hasBasic(headers.authorization, token);
    const timestamp = one(headers[timestampHeader]);
    if (timestamp === undefined) return same(signature, hmac(token, body));
    return timely(timestamp, now) && same(signature, hmac(token, timestamp, ':', body));
  },
  read(json, options) {
    const body = bodySchema.safeParse(json);
    if (!body.success) return { ok: false, mistake: mistakeOf(body.error) };
    try {
      const group = `${body.data.orgId ?? ''} ${body.data.groupKey}`;
      return { ok: true, delivery: { group, ...readAlerts(body.data, options) } };
    } catch (cause) {
      if (cause instanceof z.ZodError) return { ok: false, mistake: mistakeOf(cause) };
      throw cause;
    }
  },
};
