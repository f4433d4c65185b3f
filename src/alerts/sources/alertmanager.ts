import { z } from 'zod';
import type { AlertSource } from '../options.ts';
import type { Delivery, Incoming } from '../../release/alerts/alert.ts';
import { hasBasic, hasBearer } from '../secrets.ts';
import {
  fingerprintSchema,
  instantSchema,
  labelsSchema,
  linksOf,
  mistakeOf,
  mostRead,
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

/** Reads the alerts of a group; what is beyond the bound is counted. Throws `ZodError`. */
export function readAlerts(
  { alerts: given, status, truncatedAlerts }: GroupBody,
  options: AlertSource,
): Pick<Delivery, 'alerts' | 'truncated' | 'resolved'> {
  const read = z.object({ alerts: z.array(alertSchema) }).parse({ alerts: given.slice(0, mostRead) });
  const left = truncatedAlerts ?? 0;
  return {
    alerts: read.alerts.map((alert) => incoming(alert, options)),
    truncated: left + Math.max(0, given.length - mostRead),
    // With some left out it is the status of the others.
    resolved: status === 'resolved' && left === 0,
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
export const alertmanager: Source = {
  signs: () => false,
  authentic({ headers }, { token }) {
    return hasBearer(headers.authorization, token) || hasBasic(headers.authorization, token);
  },
  read(json, options) {
    const body = bodySchema.safeParse(json);
    if (!body.success) return { ok: false, mistake: mistakeOf(body.error) };
    try {
      const delivery = { group: body.data.groupKey, ...readAlerts(body.data, options) };
      return { ok: true, delivery };
    } catch (cause) {
      if (cause instanceof z.ZodError) return { ok: false, mistake: mistakeOf(cause) };
      throw cause;
    }
  },
};
