import { createHash } from 'node:crypto';
import type { PlayBot } from './bot/play-bot.ts';

/** An alert as monitoring knows it. Its labels identify it. */
export interface TownAlert {
  labels: Readonly<Record<string, string>>;
  summary: string;
  /** Ms since 1970. */
  startsAt: number;
  /** Undefined while it fires. */
  endsAt?: number;
}

/** Sends a body to the bot; returns the answer's status, or undefined without an answer. */
export type SendBody = (body: object, signal: AbortSignal) => Promise<number | undefined>;

/** The source's name in the bot's configuration. */
export const sourceName = 'monitoring';

const answeredWithinMs = 5_000;
/** Go's zero time. */
const never = '0001-01-01T00:00:00Z';

/** The fingerprint of an alert, from its labels, as in Prometheus. */
export function fingerprintOf({ labels }: Pick<TownAlert, 'labels'>): string {
  const sorted = Object.entries(labels).toSorted(([one], [two]) => (one < two ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 16);
}

/** The webhook body of Alertmanager, version 4, for a group of this alert alone. */
export function webhookBody(alert: TownAlert): object {
  const { labels, summary, startsAt, endsAt } = alert;
  const status = endsAt === undefined ? 'firing' : 'resolved';
  const { severity: _severity, ...groupLabels } = labels;
  const annotations = { summary };
  const told = {
    status,
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: endsAt === undefined ? never : new Date(endsAt).toISOString(),
    generatorURL: '',
    fingerprint: fingerprintOf(alert),
  };
  return {
    version: '4',
    groupKey: `{}:${JSON.stringify(groupLabels)}`,
    truncatedAlerts: 0,
    status,
    receiver: 'switchback',
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: '',
    alerts: [told],
  };
}

/** Makes a sender to the bot's present address; it skips a bot that does not run. */
export function sendTo(bot: Pick<PlayBot, 'state' | 'port'>, token: string): SendBody {
  return async (body, signal) => {
    if (bot.state !== 'running') return undefined;
    try {
      const answer = await fetch(`http://127.0.0.1:${bot.port}/hooks/alerts/${sourceName}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answeredWithinMs)]),
      });
      await answer.text();
      return answer.status;
    } catch {
      return undefined;
    }
  };
}
