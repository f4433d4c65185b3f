/** Reads the bodies of Alertmanager and Grafana, which have the same parts. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { IncomingAlert } from '../release/alerts/alert.ts';
import { rank } from '../release/alerts/members.ts';
import { anyInstant } from './instant.ts';
import { severityWords } from './options.ts';
import type { CommonOptions, RuleOptions, Words } from './options.ts';
import { plainWord, severityOf } from './severity.ts';
import {
  annotationsSchema,
  asText,
  fingerprintSchema,
  labelsSchema,
  linksOf,
  mistakeOf,
  mostRead,
  readEach,
  spelt,
  text,
  toldApart,
} from './source.ts';
import type { ReadAlerts } from './source.ts';
import type { Steps } from './steps.ts';
import { verdictless } from './trouble.ts';

type Options = CommonOptions & RuleOptions;

const statusSchema = z.preprocess(
  (given) => (typeof given === 'string' ? given.trim().toLowerCase() : (given ?? undefined)),
  z.enum(['firing', 'resolved']),
);

/** A readable link, or none: the alert works without it. */
const linkText = text(2_000).nullish().catch(undefined);

/** The schema of an alert. `status`: the default for an alert without one. */
function alertSchema(status: 'firing' | 'resolved' | undefined) {
  return z.object({
    status: status === undefined ? statusSchema : z.preprocess((given) => given ?? status, statusSchema),
    labels: labelsSchema,
    annotations: annotationsSchema,
    // A missing instant is unknown.
    startsAt: z.preprocess((given) => given ?? null, anyInstant),
    endsAt: anyInstant.optional(),
    fingerprint: z.preprocess((given) => asText(given) || undefined, fingerprintSchema(100_000).optional()),
    dashboardURL: linkText,
    panelURL: linkText,
  });
}
type Alert = z.infer<ReturnType<typeof alertSchema>>;

/** The number of alerts that a sender left out, also as text; other values are 0. */
const countSchema = z.preprocess(
  (given) => (typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : given),
  z.int().min(0).catch(0),
);

/** The fields of a body. */
export const groupShape = {
  groupKey: z.string().min(1).max(100_000),
  status: statusSchema.optional().catch(undefined),
  truncatedAlerts: countSchema,
  alerts: z.array(z.unknown()).min(1).max(100_000),
};

/** A body with these fields. */
interface GroupBody {
  alerts: unknown[];
  status?: 'firing' | 'resolved' | undefined;
  truncatedAlerts: number;
}

/**
 * Reads a recognized group and its alerts. Alerts beyond the bound, or that cannot be read, are counted; a body without
 * any readable alert is an error.
 */
export function* readGroup<Body extends GroupBody>(
  body: z.ZodSafeParseResult<Body>,
  groupOf: (body: Body) => string,
  options: Options,
): Steps<ReadAlerts> {
  if (!body.success) return { ok: false, mistake: spelt(mistakeOf(body.error)) };
  const { alerts: given, status, truncatedAlerts: left } = body.data;
  const { alerts, unreadable } = yield* readEach(given.slice(0, mostRead), alertSchema(status), wrongAt);
  if (alerts.length === 0 && unreadable !== undefined)
    return { ok: false, mistake: spelt(unreadable.mistake) };
  const words = severityWords(options);
  const read: IncomingAlert[] = [];
  for (const alert of alerts) {
    yield;
    read.push(incoming(alert, options, words));
  }
  return {
    ok: true,
    delivery: {
      group: groupOf(body.data),
      alerts: yield* toldApart(read),
      truncated: left + Math.max(0, given.length - mostRead),
      ...(unreadable !== undefined && { unreadable }),
    },
  };
}

/** The name of an alert's unreadable instant; the end of a firing alert does not matter. */
function wrongAt({ status, startsAt, endsAt }: Alert): string | undefined {
  if (Number.isNaN(startsAt)) return 'startsAt';
  return status === 'resolved' && Number.isNaN(endsAt) ? 'endsAt' : undefined;
}

function incoming(alert: Alert, options: Options, words: Words): IncomingAlert {
  const { labels, annotations, startsAt, endsAt, status } = alert;
  const said =
    ['summary', 'message', 'description']
      .map((name) => annotations[name] ?? '')
      .find((text) => text.trim()) ?? '';
  const {
    title = labels['alertname'] || 'alert',
    summary = said,
    ...trouble
  } = verdictless(status, labels, annotations);
  return {
    fingerprint: nameOf(alert),
    status,
    ...severity(wordIn(labels), trouble.trouble !== undefined, options, words),
    title: title.slice(0, 200),
    summary: summary.slice(0, 500),
    labels,
    since: startsAt || 0,
    ...(status === 'resolved' && endsAt && { endedAt: endsAt }),
    ...trouble,
    links: linksOf(
      [
        { label: 'Runbook', url: annotations['runbook_url'] ?? annotations['runbook'] },
        {
          label: 'Dashboard',
          url: annotations['dashboard_url'] ?? annotations['dashboard'] ?? alert.dashboardURL ?? undefined,
        },
        { label: 'Panel', url: alert.panelURL ?? undefined },
      ],
      options,
    ),
  };
}

/** The severity word: the first of two labels that is not empty. */
function wordIn({ severity: word, priority }: Alert['labels']): string | undefined {
  return word !== undefined && plainWord(word) !== '' ? word : priority;
}

/** The severity. A rule without a verdict is no worse than its source's `noData` (default: a warning). */
function severity(
  word: string | undefined,
  isVerdictless: boolean,
  { noData = 'warning' }: RuleOptions,
  words: Words,
): Pick<IncomingAlert, 'severity' | 'word'> {
  const own = severityOf(word, words);
  if (isVerdictless) return { severity: own !== 'unknown' && rank(own) > rank(noData) ? own : noData };
  return { severity: own, ...(own === 'unknown' && word && { word: word.slice(0, 40) }) };
}

/** The fingerprint; without one, or with a very long one, a digest of the labels, which identify an alert. */
function nameOf({ fingerprint, labels }: Alert): string {
  if (fingerprint !== undefined && fingerprint.length <= 128) return fingerprint;
  const parts =
    fingerprint ?? JSON.stringify(Object.entries(labels).toSorted(([one], [two]) => (one < two ? -1 : 1)));
  return createHash('sha256').update(parts).digest('hex').slice(0, 32);
}
