import { z } from 'zod';
import { tokenSchema } from '../../net/url.ts';
import type { Incoming } from '../../release/alerts/alert.ts';
import { commonOptions } from '../options.ts';
import type { CommonOptions } from '../options.ts';
import { hasToken } from '../secrets.ts';
import { severityOf } from '../severity.ts';
import {
  fingerprintSchema,
  instantSchema,
  labelsSchema,
  linksOf,
  mistakeOf,
  mostRead,
  text,
} from '../source.ts';
import type { ReadAlerts, Source } from '../source.ts';

export const alertmanagerOptions = z.strictObject({
  kind: z.literal('alertmanager'),
  token: tokenSchema,
  ...commonOptions,
});

const alertSchema = z.object({
  status: z.enum(['firing', 'resolved']),
  labels: labelsSchema,
  annotations: labelsSchema,
  startsAt: instantSchema,
  endsAt: instantSchema.optional(),
  fingerprint: fingerprintSchema(128),
  dashboardURL: text(2_000).nullish(),
  panelURL: text(2_000).nullish(),
});
type Alert = z.infer<typeof alertSchema>;

/** Shared with Grafana, whose body has the same parts. */
export const groupShape = {
  groupKey: z.string().min(1).max(100_000),
  status: z.unknown().optional(),
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: z.array(z.unknown()).min(1).max(100_000),
};

/** A body with these parts. */
interface GroupBody {
  alerts: unknown[];
  status?: unknown;
  truncatedAlerts?: number | null | undefined;
}

/** Reads a group and its alerts, of whatever body was found to be one; what is beyond the bound is counted. */
export function readGroup<Body extends GroupBody>(
  body: z.ZodSafeParseResult<Body>,
  groupOf: (body: Body) => string,
  options: CommonOptions,
): ReadAlerts {
  if (!body.success) return { ok: false, mistake: mistakeOf(body.error) };
  const { alerts: given, status, truncatedAlerts } = body.data;
  const read = z.object({ alerts: z.array(alertSchema) }).safeParse({ alerts: given.slice(0, mostRead) });
  if (!read.success) return { ok: false, mistake: mistakeOf(read.error) };
  const left = truncatedAlerts ?? 0;
  return {
    ok: true,
    delivery: {
      group: groupOf(body.data),
      alerts: read.data.alerts.map((alert) => incoming(alert, options)),
      truncated: left + Math.max(0, given.length - mostRead),
      // With some left out it is the status of the others.
      resolved: status === 'resolved' && left === 0,
    },
  };
}

function incoming(alert: Alert, options: CommonOptions): Incoming {
  const { labels, annotations, startsAt, endsAt, status } = alert;
  return {
    fingerprint: alert.fingerprint,
    status,
    severity: severityOf(labels['severity'] ?? labels['priority']),
    title: (labels['alertname'] || 'alert').slice(0, 200),
    summary: (annotations['summary'] ?? annotations['message'] ?? annotations['description'] ?? '').slice(
      0,
      500,
    ),
    labels,
    since: startsAt,
    ...(status === 'resolved' && endsAt !== undefined && endsAt !== 0 && { endedAt: endsAt }),
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

const bodySchema = z.object({ version: z.literal('4', { error: 'must be "4"' }), ...groupShape });

/** Prometheus' Alertmanager, webhook version "4". It signs nothing: a bearer token, or the password of basic auth. */
export function alertmanager(options: z.output<typeof alertmanagerOptions>) {
  return {
    authentic: ({ headers }) => hasToken(headers.authorization, options.token),
    read: (json) => readGroup(bodySchema.safeParse(json), ({ groupKey }) => groupKey, options),
  } satisfies Source;
}
