import { z } from 'zod';
import { alertSourceOptions } from '../alerts/sources/index.ts';
import { dataOptions } from '../data/index.ts';
import { deployOptions } from '../deploys/index.ts';
import { anyHealthOptions } from '../health/index.ts';
import { schemaOptions } from '../health/schema.ts';
import { feedHookSchema, hookOptions, writesHookShape } from '../hooks/index.ts';
import { prometheusSchema } from '../net/prometheus.ts';
import { mirrorOptions } from '../probes/mirror.ts';
import { pairOptions } from '../probes/pairs.ts';
import { probeOptions } from '../probes/http.ts';
import { channelSchema, compareSchema, policyShape, rolesSchema } from '../release/settings.ts';
import { cutoverOptions, holdOptions, routerOptions } from '../routers/index.ts';

/** All settings of a service with every adapter's own options; unknown keys are errors. */
export const serviceSchema = z.strictObject({
  ...policyShape,
  router: routerOptions,
  cutover: cutoverOptions
    .extend({ writes: holdOptions.extend(writesHookShape).optional(), data: dataOptions.optional() })
    .prefault({}),
  probe: probeOptions.optional(),
  deploy: deployOptions.prefault({ kind: 'none' }),
  health: z.array(anyHealthOptions).min(1),
  hooks: z.array(hookOptions).default([]),
  compare: compareSchema.extend({ ...pairOptions, prometheus: prometheusSchema.optional() }).prefault({}),
  mirror: mirrorOptions.extend({ hook: feedHookSchema.optional() }).optional(),
  schema: schemaOptions.optional(),
});

/** The settings of a service for its adapters: everything parsed, durations in milliseconds. */
export type ServiceOptions = z.output<typeof serviceSchema>;

/** The pattern of `serviceNameSchema`, which has its own message. */
const plainName = /^[a-z0-9][a-z0-9-]{0,62}$/;
const name = 'must begin with a lowercase letter or digit, and have only these and -, at most 63';
/** The Slack users of command-line names. */
const peopleSchema = z.record(
  z.string().regex(/^cli:[A-Za-z0-9._-]{1,64}$/, { error: 'must be cli: and the name of a user' }),
  z.string().regex(/^[UW][A-Z0-9]+$/, { error: 'must be a user id (U… or W…)' }),
);

const group = z.record(z.string(), z.unknown());

/** The file, with its services not parsed yet. */
export const fileSchema = z.strictObject({
  slack: z.strictObject({ channel: channelSchema }),
  redis: z
    .strictObject({
      prefix: z
        .string()
        .regex(/^[A-Za-z0-9_.:-]{1,64}$/, {
          error: 'must have only letters, digits and _ . : -, at most 64',
        })
        .default('switchback'),
    })
    .prefault({}),
  roles: rolesSchema.default({}),
  people: peopleSchema.default({}),
  defaults: group.default({}),
  alerts: z
    .strictObject({
      sources: z.record(z.string().regex(plainName, { error: name }), alertSourceOptions).default({}),
    })
    .prefault({}),
  services: z.record(z.string().regex(plainName, { error: name }), group),
});
