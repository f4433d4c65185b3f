import { z } from 'zod';
import type { AlertSource } from '../options.ts';
import type { Incoming } from '../../release/alerts/alert.ts';
import { hasBasic, hasBearer } from '../secrets.ts';
import {
  fingerprintSchema,
  instantSchema,
  labelsSchema,
  linksOf,
  mistakeOf,
  mostAlerts,
  severityOf,
  text,
} from '../source.ts';
import type { Source } from '../source.ts';

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
  truncatedAlerts: z.int().min(0).nullish(),
  alerts: z.array(z.unknown()).min(1).max(100_000),
};

/** Reads the alerts of a group; what is beyond the bound is counted. Throws `ZodError`. */
export function readAlerts(
  given: readonly unknown[],
  options: AlertSource,
): { alerts: Incoming[]; left: number } {
  const read = z.object({ alerts: z.array(alertSchema) }).parse({ alerts: given.slice(0, mostAlerts) });
  return {
    alerts: read.alerts.map((alert) => incoming(alert, options)),
    left: Math.max(0, given.length - mostAlerts),
  };
}

function incoming(alert: Alert, options: AlertSource): Incoming {
  const { labels, annotations, startsAt, endsAt, status } = alert;
  return {
    fingerprint: alert.fingerprint,
    status,
    severity: severityOf(labels['severity'] ?? labels['priority']),
    title: (labels['alertname'] ?? 'alert').slice(0, 200),
    summary: (annotations['summary'] ?? annotations['message'] ?? annotations['description'] ?? '').slice(
      0,
      500,
    ),
    labels,
    since: startsAt,
    ...(status === 'resolved' && { endedAt: endsAt === undefined || endsAt === 0 ? startsAt : endsAt }),
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
export const alertmanager: Source = {
  signs: () => false,
  authentic({ headers }, { token }) {
    return hasBearer(headers.authorization, token) || hasBasic(headers.authorization, token);
  },
  read(json, options) {
    const body = bodySchema.safeParse(json);
    if (!body.success) return { ok: false, mistake: mistakeOf(body.error) };
    try {
      const { alerts, left } = readAlerts(body.data.alerts, options);
      const truncated = (body.data.truncatedAlerts ?? 0) + left;
      return { ok: true, delivery: { group: body.data.groupKey, alerts, truncated } };
    } catch (cause) {
      if (cause instanceof z.ZodError) return { ok: false, mistake: mistakeOf(cause) };
      throw cause;
    }
  },
};
