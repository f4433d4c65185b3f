import type { Delivery, Incoming } from '../release/alerts/alert.ts';
import { namedOf } from './naming.ts';
import type { AlertSource } from './sources/index.ts';

/** What of a delivery is no alert that people want a thread for. */
export interface SetApart {
  alerts: readonly Incoming[];
  /** Somebody tries the source out. */
  tested: boolean;
}

/** Alerts that fire for ever, so that one hears when they do not. */
const watchdogs = /^(?:watchdog|dead-?man'?s?-?switch)$/i;
const testName = /^test(?:[-_ ]?alert)?$/i;

/**
 * Sets apart what the Test button of Grafana and the usual `amtool alert add test` send, which never ends, and the watchdog
 * of a source that has `deadman`.
 */
export function setApart({ alerts }: Pick<Delivery, 'alerts'>, options: AlertSource): SetApart {
  if (options.kind === 'generic' && options.deadman === undefined) return { alerts, tested: false };
  let tested = false;
  const rest = alerts.filter((alert) => {
    if (options.deadman !== undefined && watchdogs.test(alert.title)) return false;
    if (!isTest(alert, options)) return true;
    tested ||= alert.status === 'firing';
    return false;
  });
  return { alerts: rest, tested };
}

function isTest({ title, labels }: Incoming, options: AlertSource): boolean {
  const { kind } = options;
  if (kind === 'grafana') return title === 'TestAlert' && own(labels, 'instance') === 'Grafana';
  // Who names a service or a severity wants to see what becomes of that.
  const plain =
    namedOf(options)(labels) === null &&
    ['severity', 'priority'].every((name) => own(labels, name) === undefined);
  return kind === 'alertmanager' && testName.test(title) && plain;
}

function own(labels: Incoming['labels'], name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
