import type { Catalog } from '../command.ts';
import type { Incoming } from './alert.ts';

/** The alerts of a delivery that belong into one group. */
export interface Share {
  /** Null: the group of what concerns no known service. */
  service: string | null;
  alerts: Incoming[];
}

/**
 * Puts the alerts of a delivery by service. An end also goes to the group that the alert may have begun in: that of the
 * service its labels name, which was taken out of the configuration since, and that of no known service, when the
 * service was added since. What never fired in a group has nothing to end there, and of a copy nothing is kept there.
 */
export function sharesOf(
  alerts: readonly Incoming[],
  serviceOf: (labels: Incoming['labels']) => string | null,
  catalog: Pick<Catalog, 'find'>,
): Share[] {
  const shares = new Map<string | null, Share>();
  for (const alert of alerts) {
    const named = serviceOf(alert.labels);
    const known = named !== null && catalog.find(named) !== undefined ? named : null;
    for (const service of alert.status === 'resolved' ? new Set([known, named, null]) : [known]) {
      const share = shares.get(service) ?? { service, alerts: [] };
      shares.set(service, share);
      share.alerts.push(service === known ? alert : { ...alert, elsewhere: true });
    }
  }
  return [...shares.values()];
}
