import { z } from 'zod';
import { deployOptions } from '../deploys/index.ts';
import { healthOptions } from '../health/index.ts';
import { hookOptions } from '../hooks/index.ts';
import { tokenSchema } from '../net/url.ts';
import { probeOptions } from '../probes/http.ts';
import { channelSchema, policyShape, rolesSchema, serviceNameSchema } from '../release/settings.ts';
import { routerOptions } from '../routers/index.ts';

/** All settings of a service with every adapter's own options: unknown keys are mistakes. */
export const serviceSchema = z.strictObject({
  ...policyShape,
  router: routerOptions,
  probe: probeOptions.optional(),
  deploy: deployOptions.prefault({ kind: 'none' }),
  health: z.array(healthOptions).min(1),
  hooks: z.array(hookOptions).default([]),
});

/** Settings of a service as its adapters are made from: everything read, durations in milliseconds. */
export type ServiceOptions = z.output<typeof serviceSchema>;

/** As `serviceNameSchema`, which gives no reason. */
const plainName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const name = 'must begin with a small letter or digit and go on with those and -, 63 at most';
const host = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::\d{1,5})?$/, {
  error: 'must be a host name such as runbooks.example.com',
});

const alertSourceSchema = z.strictObject({
  kind: z.enum(['alertmanager', 'grafana', 'generic']),
  token: tokenSchema,
  serviceLabel: z.string().min(1).max(128).default('service'),
  services: z.record(z.string(), serviceNameSchema).default({}),
  linkHosts: z.array(host).default([]),
});

/**
 * Where alerts come from. `serviceLabel` is the label that names the service, `services` says which value is which
 * service (a value equal to a service's name is that service), `linkHosts` are hosts that may be linked to.
 */
export type AlertSource = z.output<typeof alertSourceSchema>;

const group = z.record(z.string(), z.unknown());

/** The file, its services still unread. */
export const fileSchema = z.strictObject({
  slack: z.strictObject({ channel: channelSchema }),
  redis: z
    .strictObject({
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_.:-]{1,64}$/, {
          error: 'must consist of letters, digits and _ . : -, 64 at most',
        })
        .default('switchback'),
    })
    .prefault({}),
  roles: rolesSchema.default({}),
  defaults: group.default({}),
  alerts: z
    .strictObject({
      sources: z.record(z.string().regex(plainName, { error: name }), alertSourceSchema).default({}),
    })
    .prefault({}),
  services: z.record(z.string().regex(plainName, { error: name }), group),
});
