import { createHash } from 'node:crypto';
import type { IncomingAlert } from '../release/alerts/alert.ts';

/** A digest of a delivery: equal for the same alerts, in any order. */
export function wholeOf(alerts: readonly IncomingAlert[]): string {
  const all = alerts.map(({ fingerprint, status, severity, title, summary, since }) =>
    JSON.stringify([fingerprint, status, severity, title, summary, since]),
  );
  return createHash('sha256').update(all.toSorted().join()).digest('hex').slice(0, 16);
}
