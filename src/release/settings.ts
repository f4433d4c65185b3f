import { z } from 'zod';
import { causeKinds } from './auto-revert/state.ts';
import { durationSchema } from './duration.ts';
import { comparedSchema, shareSchema } from './mirror/settings.ts';
import { querySchema } from './promql.ts';
import { oneThreshold, thresholdOptions } from './threshold.ts';

/** A Slack user, user group, bot or workflow, a command-line user, or everybody in the workspace. */
export const memberSchema = z.string().regex(/^(?:(?:[UWSB]|Wf)[A-Z0-9]+|cli:[A-Za-z0-9._-]{1,64}|\*)$/, {
  error:
    'must be a user id (U… or W…), a user group id (S…), a bot or workflow id (B… or Wf…), cli:<name> or "*"',
});

/** The roles as the file has them: a list of members for each. */
export const rolesSchema = z.strictObject({
  operator: z.array(memberSchema).optional(),
  approver: z.array(memberSchema).optional(),
  admin: z.array(memberSchema).optional(),
  guests: z.boolean().optional(),
});

/**
 * The holders of the roles. A role that a service leaves out is the global one. `guests`: whether they count as `*`.
 */
export type Roles = z.infer<typeof rolesSchema>;
/** `operator`, `approver` or `admin`. */
export type Role = Exclude<keyof Roles, 'guests'>;

const clock = z.string().regex(/^(?:[01]\d|2[0-4]):[0-5]\d$/, { error: 'must be HH:MM' });
const zone = z.string().refine(
  (name) => {
    try {
      new Intl.DateTimeFormat('en', { timeZone: name });
      return true;
    } catch {
      return false;
    }
  },
  { error: 'is not a time zone known here (such as Europe/Berlin)' },
);
const wall = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/, { error: 'must be a local time such as 2026-12-20T00:00' })
  .refine((text) => !Number.isNaN(Date.parse(`${text}:00Z`)), { error: 'is not a date' });

/** A freeze as the file has it: weekly by `days`, or once from `start` to `end`. */
export const freezeSchema = z.union([
  z.strictObject({
    days: z.array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).min(1),
    from: clock,
    to: clock,
    zone,
    reason: z.string().min(1).max(300),
  }),
  z.strictObject({ start: wall, end: wall, zone, reason: z.string().min(1).max(300) }),
]);

/** A planned time without stage and promote. Weekly: a `to` before `from` crosses midnight. */
export type Freeze = z.infer<typeof freezeSchema>;

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const adapter = z.looseObject({ kind: z.string() });

/** How late a router may carry a write out, unless its settings say otherwise. */
export const settlesDefault = '30s';
/** The longest time that a router's settings may say, ms. */
export const longestSettlesMs = 600_000;

/** The schema of the option `settles` of every kind of router; its output is in ms. */
export const settlesSchema = durationSchema
  .refine((ms) => ms <= longestSettlesMs, { error: 'must be at most 10m' })
  .prefault(settlesDefault);

/** A Slack channel id: `C…`, `G…` or `D…`. */
export const channelSchema = z.string().regex(/^[CGD][A-Z0-9]+$/, { error: 'must be a channel id (C…)' });

const movedCompare = 'is compare.metrics of the service now, with the address in compare.prometheus';

/** A number that Prometheus is asked for, of each color, when an alert follows a release. */
const metricSchema = z.strictObject({
  /** What is compared, for people: `errors`. */
  name: z.string().min(1).max(60),
  unit: z.enum(['ratio', 'seconds', 'number']).default('number'),
  /** PromQL for one value. */
  query: querySchema(['service', 'color'], ['color']),
  /** Which numbers are worse. */
  worse: z.enum(['higher', 'lower']).default('higher'),
  /** The time window of the query, ms. */
  window: durationSchema.default(300_000),
});

/** An absolute limit of a number, such as an objective for the share of errors. */
const limitSchema = z
  .strictObject({ query: querySchema(['service', 'color']), ...thresholdOptions })
  .refine(...oneThreshold);

/** Most metrics of one service. */
const mostMetrics = 10;

/**
 * How blue is compared with green. The core reads what it needs of it. The adapters read all, and more: `requests`.
 */
export const compareSchema = z.strictObject({
  /** Where Prometheus is, for all queries of this group. */
  prometheus: z.looseObject({ url: httpUrl }).optional(),
  metrics: z.array(metricSchema).max(mostMetrics).default([]),
  limit: limitSchema.optional(),
});
/** The group `compare`, parsed. */
export type Compare = z.infer<typeof compareSchema>;

/** A duration that may be 0, up to `most`. */
function perhapsNone(most: '10m' | '1h') {
  const mostMs = { '10m': 600_000, '1h': 3_600_000 }[most];
  return z
    .union([z.enum(['0', '0s']).transform(() => 0), durationSchema])
    .refine((ms) => ms <= mostMs, { error: `must be at most ${most}` });
}

/** How long nobody can write before and after a switch, ms, with `cutover.writes.mode: deny`. */
export const readOnlySchema = z.strictObject({
  before: perhapsNone('10m').prefault('0s'),
  after: perhapsNone('1h').prefault('5m'),
});

/** The settings of a service that the core reads; the adapters' own options pass through. */
export const policyShape = {
  channel: channelSchema.optional(),
  roles: rolesSchema.default({}),
  colors: z.strictObject({ blue: z.strictObject({ url: httpUrl }), green: z.strictObject({ url: httpUrl }) }),
  promotion: z
    .strictObject({
      approvals: z.int().min(0).max(20).default(0),
      selfApproval: z.boolean().default(false),
      approvalExpires: durationSchema.default(3_600_000),
      bake: durationSchema.default(600_000),
      failures: z.int().min(1).max(1000).default(3),
      /** Which alerts on the live release stop a promote. */
      notWhileFiring: z.enum(['off', 'critical']).default('off'),
      /** The greatest share of answers that may differ between the colors, 0 to 1. Absent: any. */
      maxDiff: shareSchema.optional(),
      /** When Switchback reverts by itself. Absent: never. */
      autoRevert: z
        .strictObject({
          on: z.array(z.enum(causeKinds)).min(1),
          /** The names of the sources whose critical alerts count. */
          sources: z.array(z.string().min(1)).default([]),
          /** The countdown, in which people can hold it, ms. */
          after: durationSchema
            .refine((ms) => ms >= 1_000 && ms <= 3_600_000, { error: 'must be from 1s to 1h' })
            .default(60_000),
        })
        .optional(),
    })
    .prefault({}),
  revert: z.strictObject({ lockAfterRevert: z.boolean().default(true) }).prefault({}),
  freeze: z.array(freezeSchema).default([]),
  links: z.strictObject({ version: z.string().optional(), compare: z.string().optional() }).prefault({}),
  alerts: z
    .strictObject({
      attribute: durationSchema.default(1_800_000),
      remind: durationSchema.default(1_800_000),
      /** The old place of one metric. */
      compare: z.never({ error: movedCompare }).optional(),
    })
    .prefault({}),
};

/** Reads a service's settings; the options of its adapters pass through unread. */
export const settingsSchema = z.looseObject({
  ...policyShape,
  router: z.looseObject({ kind: z.string(), settles: settlesSchema }),
  probe: z.looseObject({}).optional(),
  deploy: adapter.prefault({ kind: 'none' }),
  health: z.array(adapter).min(1),
  hooks: z.array(z.looseObject({})).default([]),
  compare: z.looseObject(compareSchema.shape).prefault({}),
  mirror: comparedSchema,
  cutover: z
    .looseObject({
      writes: z.looseObject({ mode: z.string().default('off') }).optional(),
      readOnly: readOnlySchema.optional(),
    })
    .prefault({}),
});

/** A service's settings as the core reads them: defaults filled in, durations in ms. */
export type Settings = z.infer<typeof settingsSchema>;

/** Settings as a person wrote them, with the file's defaults, `${NAME}` unreplaced: what a record stores. */
export type RawSettings = Record<string, unknown>;

/** Returns true when a health check reads the version of a color: at a path, in a header, or as the whole answer. */
export function versionKnown(settings: Settings): boolean {
  return settings.health.some(
    ({ versionPath, versionHeader, versionText }) =>
      typeof versionPath === 'string' || typeof versionHeader === 'string' || versionText === true,
  );
}

/** A service name: 1 to 63 lower-case letters, digits and hyphens; the first is no hyphen. */
export const serviceNameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/);
/** A version: 1 to 128 characters, letters, digits and `._+:@/-`; the first and last are letters or digits. */
export const versionSchema = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._+:@/-]{0,126}[A-Za-z0-9])?$/)
  .refine((text) => !text.includes('..') && !text.includes('//'));

/** Settings as a record keeps them. */
export const keptSettingsSchema = z.looseObject({
  settings: z.record(z.string(), z.unknown()),
  digest: z.string(),
  /** Proves that a bot stored the settings; see `Configured`. */
  seal: z.string().optional(),
});
