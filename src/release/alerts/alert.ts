/** The types of alerts, for all senders. Everything in them came from outside: literal text, never markup. */
import { z } from 'zod';
import { actorSchema } from '../actor.ts';

/** The severities, worst first. */
export const severities = ['critical', 'warning', 'info', 'unknown'] as const;
/** How bad an alert is. */
export type Severity = (typeof severities)[number];

/** One alert that fires; `since`: by its sender's clock. */
export interface FiringAlert {
  title: string;
  since: number;
}

/**
 * One alert of a delivery. Instants in ms since 1970, by the sender's clock. Its source limits the length of texts.
 */
export interface IncomingAlert {
  /** Equal for the same alert, firing or resolved. */
  fingerprint: string;
  /** For an end: the other name under which the alert may have begun. */
  alias?: string;
  status: 'firing' | 'resolved';
  severity: Severity;
  /** The sender's word for the severity, when it is not a known one. */
  word?: string;
  /** Its title: Alertmanager's `alertname`. */
  title: string;
  /** A sentence for people; empty when the sender gave none. */
  summary: string;
  labels: Readonly<Record<string, string>>;
  /** When it began; 0: the sender does not know. */
  since: number;
  /** When it ended, if the sender says so. */
  endedAt?: number;
  /** Its rule has no verdict: nothing is known to be wrong with the watched thing, or with a release. */
  trouble?: 'no-data' | 'error' | 'gone';
  /** Why it ended, in words, if that does not mean that all is well. */
  endedBy?: string;
  /** True: a copy of an end, for another group in which the alert may have begun. Not kept if it never fired there. */
  elsewhere?: boolean;
  /** `https` links to hosts in `linkHosts`. */
  links: readonly Link[];
}

/** A link to a runbook, dashboard or graph. */
export interface Link {
  label: string;
  url: string;
}

/** One webhook body that was read. */
export interface Delivery {
  /** The name of the source in the configuration. */
  source: string;
  /** The sender's key of the group; equal in all its deliveries. */
  group: string;
  alerts: readonly IncomingAlert[];
  /** How many alerts of the group the sender left out, or the limit for one body. */
  truncated: number;
  /**
   * How many alerts could not be read, and the first error. `undated`: how many of them only have an unreadable
   * instant; those are taken. Texts are limited in length and have no control characters.
   */
  unreadable?: { count: number; undated?: number; mistake: { path: string; message: string } };
  /** A digest of all its alerts, equal for a repeat. Absent: not known. */
  whole?: string;
  /** A name of this very delivery, when its sender signed it with the time: taken once, a repeat does nothing. */
  mark?: string;
}

const instant = z.number();
const linkSchema = z.object({ label: z.string(), url: z.string() });

/**
 * An end as it was received: of the firing that began at `since` and ended at `till`, by the sender's clock; received
 * `at`, by the store's clock. Without `since` (written by an older version): of everything that began up to `till`.
 */
const endSchema = z.looseObject({ till: instant, at: instant, since: instant.optional() });

const memberSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  severity: z.enum(severities),
  title: z.string(),
  summary: z.string(),
  /** When it began to fire, by the sender's clock: the earliest report, even if the sender was restarted since. */
  since: instant,
  /** The latest reported beginning, if it is later than `since`; also one that was ahead of the store's clock. */
  latest: instant.optional(),
  /** When it was last reported as firing, by the store's clock, to the minute. */
  heardAt: instant.optional(),
  endedAt: instant.optional(),
  /** The last end that was received; for an alert that fires, the end of the firing before. */
  end: endSchema.optional(),
  /** See `IncomingAlert`. Plain texts, because a newer version may know more values. */
  word: z.string().optional(),
  trouble: z.string().optional(),
  endedBy: z.string().optional(),
  /** The value of its label `color`, when that is a color. */
  color: z.enum(['blue', 'green']).optional(),
});

/**
 * The switch near which a group fired, as of its last save: the first alert after it began `afterMs` later. Below 0:
 * all began before it. `beforeMs`: other firing alerts began this long before it.
 */
const followsSchema = z.looseObject({
  release: z.string(),
  number: z.int(),
  version: z.string(),
  color: z.enum(['blue', 'green']),
  switchedAt: instant,
  afterMs: z.number(),
  beforeMs: z.number().optional(),
  /** Its window was over: nothing is offered any more. */
  over: z.boolean().optional(),
  /** The thread already says that this release was reverted. */
  reverted: z.boolean().optional(),
});

/** All alerts of one source, group and service: one thread. */
export const groupSchema = z.looseObject({
  schema: z.literal(1),
  /** A digest of source, group and service: its name in keys and buttons. */
  id: z.string(),
  revision: z.int(),
  source: z.string(),
  group: z.string(),
  /** Null: no known service. The group is then in the default channel and offers no revert. */
  service: z.string().nullable(),
  /** The name that its alerts give for an unknown service. */
  named: z.string().nullish(),
  channel: z.string(),
  status: z.enum(['firing', 'resolved']),
  /** The worst severity of the firing alerts; of all alerts, when none fires. */
  severity: z.enum(severities),
  /** The first few distinct titles: the worst first, then the most frequent. */
  titles: z.array(z.string()),
  /** How many distinct titles there are. */
  titleCount: z.int().nullish(),
  summary: z.string(),
  /**
   * The alerts of the current firing, by fingerprint. If there are too many: resolved ones go first, then the mildest.
   */
  members: z.record(z.string(), memberSchema),
  /** The firing alerts beyond those kept by name: their number, worst severity, and latest beginning. */
  rest: z.looseObject({ count: z.int(), severity: z.enum(severities), since: instant }).nullish(),
  /** Recent ends of alerts that are no members, by fingerprint: kept a while, against deliveries that they overtook. */
  ends: z.record(z.string(), endSchema).nullish(),
  /** How many alerts the sender left out. */
  truncated: z.int(),
  /** How many alerts of its last delivery could not be read, and the path of the first error. */
  unreadable: z.looseObject({ count: z.int(), undated: z.int().optional(), path: z.string() }).nullish(),
  links: z.array(linkSchema),
  /** When the current firing began: the earliest beginning of an alert that has fired since it opened. */
  since: instant,
  resolvedAt: instant.nullable(),
  /** How many times it opened. */
  times: z.int(),
  follows: followsSchema.nullable(),
  /** `'critical'` once the channel has been notified of this firing. */
  broadcast: z.literal('critical').nullable(),
  /** When the channel was last notified, in this firing or an earlier one. */
  broadcastAt: instant.nullish(),
  /** The ids of the notices to the channel, newest last; the newest has the buttons. */
  rings: z.array(z.looseObject({ id: z.string(), at: instant })).nullish(),
  /** When people are mentioned again, unless somebody acts; and how often they were. */
  ringAt: instant.nullish(),
  rung: z.int().nullish(),
  /**
   * The critical titles that the channel was notified of, or that were acknowledged before. `over`: it has stopped
   * firing since. `acknowledged`: it fired when somebody acknowledged the group.
   */
  told: z
    .array(
      z.looseObject({
        title: z.string(),
        at: instant,
        over: z.boolean().optional(),
        acknowledged: z.boolean().optional(),
      }),
    )
    .nullish(),
  /** When a critical group in a digest asks for its own message. */
  surfaceAt: instant.nullish(),
  acknowledged: z.looseObject({ actor: actorSchema, at: instant }).nullable(),
  /** `until` null: until that release settles or is reverted. */
  silenced: z
    .looseObject({
      actor: actorSchema,
      at: instant,
      until: instant.nullable(),
      release: z.string().nullable(),
    })
    .nullable(),
  /** Who closed it by hand, and when, because its end was not received. */
  closed: z.looseObject({ actor: actorSchema, at: instant }).nullish(),
  /** Blue against green, in words, when a query is configured and was answered. */
  compared: z.string().nullable(),
  /** When a person was last reminded that it still fires although it was acknowledged. */
  remindedAt: instant.nullable(),
  /** How many reminders there were. */
  reminders: z.int().nullish(),
  /** When a delivery last reported it, to the minute. */
  heardAt: instant.nullish(),
  /** The last pauses before deliveries without news, ms. */
  repeats: z.array(z.number()).nullish(),
  /** The digest of that whole delivery, including the alerts of other groups. */
  whole: z.string().nullish(),
  /** Since when its service or source is no longer configured; `closed`: it counts as resolved for that reason. */
  dropped: z.looseObject({ what: z.enum(['service', 'source']), at: instant, closed: z.boolean() }).nullish(),
});
/** An alert group. */
export type AlertGroup = z.infer<typeof groupSchema>;
/** One alert of a group. */
export type Member = z.infer<typeof memberSchema>;
/** An end; see `endSchema`. */
export type End = z.infer<typeof endSchema>;
/** The firing alerts beyond those kept by name. */
export type Rest = NonNullable<AlertGroup['rest']>;
/** The switch near which a group fired. */
export type Follows = z.infer<typeof followsSchema>;

/** How long a group may be silenced; `release`: until the baking release has settled. */
export const silences = ['30m', '1h', '4h', 'release'] as const;
/** One of these choices. */
export type Silence = (typeof silences)[number];
