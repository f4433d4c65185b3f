import type { Delivery, IncomingAlert } from '../release/alerts/alert.ts';
import { namedOf } from './naming.ts';
import type { AlertSource } from './sources/index.ts';

/** A delivery without tests and watchdogs. */
export interface SetApart {
  alerts: readonly IncomingAlert[];
  /** True when somebody tests the source. */
  tested: boolean;
}

/** Alerts that always fire; their absence is the signal. */
const watchdogs = /^(?:watchdog|dead-?man'?s?-?switch)$/i;
const testName = /^test(?:[-_ ]?alert)?$/i;

/**
 * Removes the test alerts of Grafana's Test button and of the usual `amtool alert add test`, which never end, and the
 * watchdog of a source with `deadman`.
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

function isTest({ title, labels }: IncomingAlert, options: AlertSource): boolean {
  const { kind } = options;
  if (kind === 'grafana') return title === 'TestAlert' && own(labels, 'instance') === 'Grafana';
  // A test with a service or a severity gets a thread: its sender wants to see the result.
  const plain =
    namedOf(options)(labels) === null &&
    ['severity', 'priority'].every((name) => own(labels, name) === undefined);
  return kind === 'alertmanager' && testName.test(title) && plain;
}

function own(labels: IncomingAlert['labels'], name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}
