import { z } from 'zod';
import { tokenSchema } from '../net/url.ts';
import { serviceNameSchema } from '../release/settings.ts';

const host = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, {
  error: 'must be a host name such as runbooks.example.com',
});

export const alertSourceOptions = z.strictObject({
  kind: z.enum(['alertmanager', 'grafana', 'generic']),
  token: tokenSchema,
  serviceLabel: z.string().min(1).max(128).default('service'),
  services: z.record(z.string(), serviceNameSchema).default({}),
  linkHosts: z.array(host).default([]),
});

/**
 * Where alerts come from. `serviceLabel` is the label that names the service, `services` says which value is which
 * service (without it, a value equal to a service's name is that service), `linkHosts` are hosts that may be linked to.
 */
export type AlertSource = z.output<typeof alertSourceOptions>;
