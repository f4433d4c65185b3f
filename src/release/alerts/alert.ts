/** What an alert is here, whoever sent it. Everything in it came from outside: literal text, never markup. */
import { z } from 'zod';
import { actorSchema } from '../actor.ts';

export const severities = ['critical', 'warning', 'info', 'unknown'] as const;
export type Severity = (typeof severities)[number];

/** One alert of a delivery. Instants in ms since 1970, by the sender's clock. Texts are bounded by their source. */
export interface Incoming {
  /** The same for the same alert, firing or resolved. */
  fingerprint: string;
  /** Of an end: the other name that its alert may have begun by. */
  alias?: string;
  status: 'firing' | 'resolved';
  severity: Severity;
  /** The sender's word for its severity, where that is not known here. */
  word?: string;
  /** What it is called: Alertmanager's `alertname`. */
  title: string;
  /** A sentence for people; empty when the sender gave none. */
  summary: string;
  labels: Readonly<Record<string, string>>;
  /** 0: its sender does not know it. */
  since: number;
  /** Of one that has ended, when its sender says when. */
  endedAt?: number;
  /** Its rule has no verdict: nothing is known to be wrong with what it watches, and nothing of a release either. */
  trouble?: 'no-data' | 'error' | 'gone';
  /** Why it ended, in words, where that does not mean that all is well. */
  endedBy?: string;
  /** An end that also goes to a group it may have begun in: of what never fired there, nothing is kept. */
  elsewhere?: boolean;
  /** `https`, on `linkHosts`. */
  links: readonly Link[];
}

/** A runbook, dashboard or graph that may be linked to. */
export interface Link {
  label: string;
  url: string;
}

/** One webhook body, read. */
export interface Delivery {
  /** Name of the source in the configuration. */
  source: string;
  /** The sender's key of the group; the same for all its deliveries. */
  group: string;
  alerts: readonly Incoming[];
  /** Alerts of the group that the sender, or the bound on those of one body, left out. */
  truncated: number;
  /**
   * Alerts that could not be read, and the first mistake of one; of `undated` of them only an instant, and they are taken.
   * Texts are bounded, and show no control characters.
   */
  unreadable?: { count: number; undated?: number; mistake: { path: string; message: string } };
  /** Digest of all its alerts: the same for a repeat. Absent: not known. */
  whole?: string;
  /**
   * Names this very delivery, when its sender signed it with the time: once it was taken, the same again does nothing.
   */
  mark?: string;
}

const instant = z.number();
const linkSchema = z.object({ label: z.string(), url: z.string() });

/**
 * An end as it was heard: of the firing that began at `since` and ended at `till`, by the sender's clock; heard `at`, by
 * the store's. Without `since`, as an older version wrote it: of all that began up to `till`.
 */
const endSchema = z.looseObject({ till: instant, at: instant, since: instant.optional() });

const memberSchema = z.looseObject({
  status: z.enum(['firing', 'resolved']),
  severity: z.enum(severities),
  title: z.string(),
  summary: z.string(),
  /** When it fired, by the sender's clock: the earliest that was heard, however often its sender was restarted since. */
  since: instant,
  /** The last such time that was heard, where that is later; also one that was ahead of the store's clock. */
  latest: instant.optional(),
  /** When it was last heard to fire, by the store's clock and to the minute. */
  heardAt: instant.optional(),
  endedAt: instant.optional(),
  /** The last one that was heard; of one that fires, that of the firing before. */
  end: endSchema.optional(),
  /** See `Incoming`. Texts, since a newer version may know more of them. */
  word: z.string().optional(),
  trouble: z.string().optional(),
  endedBy: z.string().optional(),
  /** What its label `color` says, when that is a color. */
  color: z.enum(['blue', 'green']).optional(),
});

/**
 * Which switch a group was seen next to when it was last saved: the first alert after it began `afterMs` after it. Below 0:
 * all began before it. `beforeMs`: others fire that began so long before it.
 */
const followsSchema = z.looseObject({
  release: z.string(),
  number: z.int(),
  version: z.string(),
  color: z.enum(['blue', 'green']),
  switchedAt: instant,
  afterMs: z.number(),
  beforeMs: z.number().optional(),
  /** Its window was over then: nothing is offered any more. */
  over: z.boolean().optional(),
  /** Its thread was told that this release was reverted. */
  reverted: z.boolean().optional(),
});

/** All alerts of one source, group and service: one thread. */
export const groupSchema = z.looseObject({
  schema: z.literal(1),
  /** Digest of source, group and service: names it in keys and buttons. */
  id: z.string(),
  revision: z.int(),
  source: z.string(),
  group: z.string(),
  /** Null: it concerns no service that is known here, stands in the default channel and offers no revert. */
  service: z.string().nullable(),
  /** What its alerts call a service that is not known here. */
  named: z.string().nullish(),
  channel: z.string(),
  status: z.enum(['firing', 'resolved']),
  /** The worst of those firing; of all, when none is. */
  severity: z.enum(severities),
  /** Different titles, those of the worst first, then the most frequent; the first few. */
  titles: z.array(z.string()),
  /** How many there are. */
  titleCount: z.int().nullish(),
  summary: z.string(),
  /** By fingerprint, those of the present firing. Of too many the resolved ones fall away first, then the least severe. */
  members: z.record(z.string(), memberSchema),
  /** Those that fire beyond what is kept by name: how many, their worst, and the last beginning of one. */
  rest: z.looseObject({ count: z.int(), severity: z.enum(severities), since: instant }).nullish(),
  /** By fingerprint, what was heard to end and is no member: for a short while, against what it overtook. */
  ends: z.record(z.string(), endSchema).nullish(),
  /** Alerts that the sender left out. */
  truncated: z.int(),
  /** Alerts of its last delivery that could not be read; the path of the first mistake. */
  unreadable: z.looseObject({ count: z.int(), undated: z.int().optional(), path: z.string() }).nullish(),
  links: z.array(linkSchema),
  /** When the present firing began: the earliest beginning of an alert that has fired since it opened. */
  since: instant,
  resolvedAt: instant.nullable(),
  /** Opened this many times. */
  times: z.int(),
  follows: followsSchema.nullable(),
  /** That it is critical was told to the channel while it fires; null: nothing was. */
  broadcast: z.literal('critical').nullable(),
  /** When, in this firing or an earlier one. */
  broadcastAt: instant.nullish(),
  /** The notices that told the channel, by their ids; the newest last, and that has the buttons. */
  rings: z.array(z.looseObject({ id: z.string(), at: instant })).nullish(),
  /** When it rings again, unless somebody does something; and how often it has. */
  ringAt: instant.nullish(),
  rung: z.int().nullish(),
  /**
   * Critical titles that the channel was told of, or that were acknowledged before that. `over`: it stopped firing since.
   * `acknowledged`: it fired when somebody acknowledged the group.
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
  /** In a digest, while it fires critically: when it asks for a message of its own. */
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
  /** Somebody ended it by hand, since its end was not heard: who, and when. */
  closed: z.looseObject({ actor: actorSchema, at: instant }).nullish(),
  /** Blue against green, in words, when a query is configured and was answered. */
  compared: z.string().nullable(),
  /** When somebody was last reminded that it still fires although it was acknowledged. */
  remindedAt: instant.nullable(),
  /** How often. */
  reminders: z.int().nullish(),
  /** When a delivery last told something of it, to the minute. */
  heardAt: instant.nullish(),
  /** The last pauses before a delivery that told nothing new, ms. */
  repeats: z.array(z.number()).nullish(),
  /** Digest of that delivery as a whole, with the alerts of other groups. */
  whole: z.string().nullish(),
  /** Since when its service or source is no longer configured; `closed`: that is why it counts as resolved. */
  dropped: z.looseObject({ what: z.enum(['service', 'source']), at: instant, closed: z.boolean() }).nullish(),
});
export type AlertGroup = z.infer<typeof groupSchema>;
export type Member = z.infer<typeof memberSchema>;
export type End = z.infer<typeof endSchema>;
export type Rest = NonNullable<AlertGroup['rest']>;
export type Follows = z.infer<typeof followsSchema>;

/** How long a group may be silenced; `release`: until the release that bakes has settled. */
export const silences = ['30m', '1h', '4h', 'release'] as const;
export type Silence = (typeof silences)[number];
