import type { Clock } from '../../../src/release/clock.ts';
import { colorSchema } from '../../../src/release/color.ts';
import type { Color } from '../../../src/release/color.ts';
import { makeAlertRule } from './alert-rule.ts';
import type { Turn } from './alert-rule.ts';
import { fingerprintOf, webhookBody } from './alert-webhook.ts';
import type { SendBody, TownAlert } from './alert-webhook.ts';
import { deadlineMs } from './traffic.ts';
import type { Traffic, TrafficReport } from './traffic.ts';

/** What monitoring watches, and where it sends alerts. */
export interface MonitoringParts {
  service: string;
  traffic: Pick<Traffic, 'report'>;
  /** The color and version with the traffic. */
  live: () => { color: Color; version: string };
  send: SendBody;
  clock: Pick<Clock, 'now' | 'mono' | 'sleep'>;
}

/** The playground's own Prometheus and Alertmanager, until it is closed. */
export interface Monitoring {
  close(): void;
}

const lookEveryMs = 250;
/** The time over which errors are counted, ms. */
const windowMs = 1_000;
const againAfterMs = 1_000;
/** Most alerts that wait until the bot has stored them; the oldest of more are dropped. */
const mostOwed = 20;

/**
 * Watches the traffic. When requests fail, `HighErrorRate` fires for the live color; it resolves when none has failed
 * for a while, or the other color is live. Each alert is sent until the bot has stored it, or refuses it for good. Of a
 * changed alert only the newest state is sent.
 */
export function startMonitoring({ service, traffic, live, send, clock }: MonitoringParts): Monitoring {
  const ending = new AbortController();
  const { signal } = ending;
  const rules = { blue: makeAlertRule(), green: makeAlertRule() };
  const firing = new Map<Color, TownAlert>();
  const owed = new Map<string, TownAlert>();
  let before = live().color;
  let blamedFrom = -Infinity;
  let telling = false;

  async function tell(): Promise<void> {
    if (telling) return;
    telling = true;
    while (owed.size > 0 && !signal.aborted) {
      for (const [key, alert] of owed) {
        const status = await send(webhookBody(alert), signal);
        const isDone = status !== undefined && status < 500;
        if (isDone && owed.get(key) === alert) owed.delete(key);
      }
      if (owed.size > 0) await clock.sleep(againAfterMs, signal);
    }
    telling = false;
  }

  function owe(alert: TownAlert): void {
    const key = fingerprintOf(alert);
    owed.delete(key);
    owed.set(key, alert);
    const [oldest] = owed.keys();
    if (owed.size > mostOwed && oldest !== undefined) owed.delete(oldest);
    void tell();
  }

  function turn(color: Color, turned: Turn, report: TrafficReport): void {
    switch (turned) {
      case 'begins': {
        const { version } = live();
        const labels = { alertname: 'HighErrorRate', severity: 'critical', service, color, version };
        const alert = { labels, summary: summaryOf(report, `${color} ${version}`), startsAt: clock.now() };
        firing.set(color, alert);
        return owe(alert);
      }
      case 'ends': {
        const alert = firing.get(color);
        firing.delete(color);
        return alert && owe({ ...alert, endsAt: clock.now() });
      }
      case undefined:
        return;
      default:
        turned satisfies never;
    }
  }

  function look(): void {
    const now = clock.mono();
    const { color } = live();
    // Requests that were under way to the other color may still fail; this color did not cause that.
    if (color !== before) blamedFrom = now + deadlineMs + windowMs;
    before = color;
    const report = traffic.report(windowMs);
    for (const each of colorSchema.options) {
      const errors = each === color && now >= blamedFrom ? report.errorsPerSecond : 0;
      turn(each, rules[each].look(now, errors), report);
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      look();
      await clock.sleep(lookEveryMs, signal);
    }
  }
  void watch();
  return { close: () => ending.abort() };
}

/** `9.8 of 20 requests a second fail on green v2` */
function summaryOf({ errorsPerSecond, answered }: TrafficReport, by: string): string {
  const all = answered.reduce((sum, { perSecond }) => sum + perSecond, errorsPerSecond);
  const short = (rate: number): string => String(Number(rate.toFixed(rate < 10 ? 1 : 0)));
  const failing = short(errorsPerSecond);
  if (failing === short(all)) return `All ${failing} requests a second fail on ${by}`;
  return `${failing} of ${short(all)} requests a second fail on ${by}`;
}
