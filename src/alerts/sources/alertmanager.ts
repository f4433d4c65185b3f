import { z } from 'zod';
import { tokenSchema } from '../../net/url.ts';
import { commonOptions, ruleOptions } from '../options.ts';
import { groupShape, readGroup } from '../read-group.ts';
import { hasToken } from '../signatures.ts';
import type { Source } from '../source.ts';

/** Options of a source that is Alertmanager. */
export const alertmanagerOptions = z.strictObject({
  kind: z.literal('alertmanager'),
  token: tokenSchema,
  ...commonOptions,
  ...ruleOptions,
});

const bodySchema = z.object({
  version: z.literal(['4', 4], { error: 'must be "4"' }),
  ...groupShape,
});

/**
 * Makes a source for Prometheus' Alertmanager, webhook version "4". It has no signatures: it sends a bearer token, or
 * the password of basic auth.
 */
export function alertmanager(options: z.output<typeof alertmanagerOptions>) {
  return {
    authentic: ({ headers }) => hasToken(headers.authorization, options.token),
    read: (json) => readGroup(bodySchema.safeParse(json), ({ groupKey }) => groupKey, options),
  } satisfies Source;
}
