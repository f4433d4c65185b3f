import type { Incoming } from './alert.ts';

/** Where an alert belongs. */
export interface Place {
  /** Null: it concerns no known service. */
  service: string | null;
  /** What it calls its service, when that is not known. */
  named: string | null;
}

/** The alerts of a delivery that belong into one group. */
export interface ServiceShare extends Place {
  alerts: Incoming[];
}

/** What the labels of an alert say of its service. */
export interface Naming {
  /** The service that they name. */
  serviceOf: (labels: Incoming['labels']) => string | null;
  /** What stands where a service is named, whatever it is. */
  namedOf: (labels: Incoming['labels']) => string | null;
}

/** Unknown names that have a group of their own, of one delivery; a label with endless values must not make endless threads. */
const mostNames = 20;

/**
 * Puts the alerts of a delivery by service, those of unknown ones by what they call it. An end also goes to the groups
 * that the alert may have begun in: that of the service its labels name, which was taken out of the configuration since,
 * and those of no known service, when the service was added since. What never fired in a group has nothing to end there,
 * and of a copy nothing is kept there. So does one by the other name of its alert.
 */
export function splitByService(
  alerts: readonly Incoming[],
  { serviceOf, namedOf }: Naming,
  isKnown: (service: string) => boolean,
): ServiceShare[] {
  const seen = alerts.map((alert) => {
    const service = serviceOf(alert.labels);
    const known = service !== null && isKnown(service) ? service : null;
    return { alert, service, known, named: namedOf(alert.labels) || null };
  });
  const own = ownNames(seen);
  const shares = new Map<string, ServiceShare>();
  const put = ({ service, named }: Place, alert: Incoming): void => {
    const key = JSON.stringify([service, named]);
    const share = shares.get(key) ?? { service, named, alerts: [] };
    shares.set(key, share);
    share.alerts.push(alert);
  };
  for (const { alert, service, known, named } of seen) {
    const place = {
      service: known,
      named: known === null && named !== null && own.has(named) ? named : null,
    };
    put(place, alert);
    if (alert.status === 'firing') continue;
    const { alias, ...plain } = alert;
    if (alias !== undefined) put(place, { ...plain, fingerprint: alias, elsewhere: true });
    const others = [
      ...(service === known || service === null ? [] : [{ service, named: null }]),
      ...(named === null || named === place.named ? [] : [{ service: null, named }]),
      ...(place.service === null && place.named === null ? [] : [{ service: null, named: null }]),
    ];
    for (const other of others) put(other, { ...alert, elsewhere: true });
  }
  return [...shares.values()];
}

/** The unknown names that get groups of their own: of too many the same ones each time, those of what fires first. */
function ownNames(seen: readonly (Place & { alert: Incoming; known: string | null })[]): Set<string> {
  const named = (status: Incoming['status']): string[] =>
    seen
      .flatMap((each) =>
        each.known === null && each.named !== null && each.alert.status === status ? [each.named] : [],
      )
      .toSorted();
  return new Set([...new Set([...named('firing'), ...named('resolved')])].slice(0, mostNames));
}
