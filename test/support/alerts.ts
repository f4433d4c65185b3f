import type { Town } from './one-bot.ts';

export const alertsToken = 'alerts-token-of-the-tests';

/** The part of the file that takes alerts of every kind. */
export const alertSources = {
  sources: {
    prom: { kind: 'alertmanager', token: '${ALERTS_TOKEN}', linkHosts: ['runbooks.example.com'] },
    graf: { kind: 'grafana', token: '${ALERTS_TOKEN}' },
    own: { kind: 'generic', token: '${ALERTS_TOKEN}' },
  },
};

/** One alert as Alertmanager tells it. */
export interface AlertFacts {
  name?: string;
  service?: string;
  severity?: string;
  status?: 'firing' | 'resolved';
  /** Default: now. */
  startsAt?: Date;
  endsAt?: Date;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** A body of Alertmanager, version 4. */
export function alertmanagerBody(group: string, alerts: AlertFacts[]): object {
  return {
    version: '4',
    groupKey: `{}:{group="${group}"}`,
    truncatedAlerts: 0,
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    receiver: 'switchback',
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://127.0.0.1:9093',
    alerts: alerts.map(
      ({ name = 'HighErrorRate', service, severity = 'critical', status = 'firing', ...more }) => ({
        status,
        labels: { alertname: name, severity, ...(service !== undefined && { service }), ...more.labels },
        annotations: { summary: `${name} on ${service ?? 'nothing'}`, ...more.annotations },
        startsAt: (more.startsAt ?? new Date()).toISOString(),
        endsAt:
          (more.endsAt ?? (status === 'resolved' ? new Date() : undefined))?.toISOString() ??
          '0001-01-01T00:00:00Z',
        generatorURL: '',
        fingerprint: `${group}-${name}-${service ?? ''}`,
      }),
    ),
  };
}

/** How a body is sent. */
interface Sending {
  source?: string;
  headers?: Record<string, string>;
}

/** Sends a body to whoever listens there; the status of the answer. Rejects when there is none. */
export async function sendAlertsTo(
  origin: string,
  body: object,
  { source = 'prom', headers = { authorization: `Bearer ${alertsToken}` } }: Sending = {},
): Promise<number> {
  const answer = await fetch(new URL(`/hooks/alerts/${source}`, origin), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await answer.text();
  return answer.status;
}

/** Sends a body to the first bot of a town (or the one at this index); the status of the answer. */
export function sendAlerts(
  town: Pick<Town, 'bots'>,
  body: object,
  { bot = 0, ...sending }: Sending & { bot?: number } = {},
): Promise<number> {
  return sendAlertsTo(`http://127.0.0.1:${town.bots[bot]?.bot.port ?? 0}`, body, sending);
}
