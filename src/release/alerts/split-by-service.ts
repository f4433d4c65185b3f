import type { IncomingAlert } from './alert.ts';

/** Where an alert belongs. */
export interface AlertPlace {
  /** Null: no known service. */
  service: string | null;
  /** The name that the alert gives for its service, when that is unknown. */
  named: string | null;
}

/** The alerts of a delivery that belong to one group. */
export interface ServiceShare extends AlertPlace {
  alerts: IncomingAlert[];
}

/** What the labels of an alert say about its service. */
export interface Naming {
  /** Returns the service that the labels name. */
  serviceOf: (labels: IncomingAlert['labels']) => string | null;
  /** Returns the text in the place of a service name, whatever it is. */
  namedOf: (labels: IncomingAlert['labels']) => string | null;
}

/** How many unknown names of a delivery get a group: a label with endless values must not make endless threads. */
const mostNames = 20;

/**
 * Splits the alerts of a delivery by service; those of unknown services by the name that they give. An end is also
 * copied to other groups in which the alert may have begun: the group of the service in its labels, if that has left
 * the configuration since; the groups without a known service, if the service was added since; and the group by the
 * alert's other name. Where the alert never fired, the copy ends nothing and is not kept.
 */
export function splitByService(
  alerts: readonly IncomingAlert[],
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
  const put = ({ service, named }: AlertPlace, alert: IncomingAlert): void => {
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

/** Returns the unknown names that get a group: of too many always the same ones, those that fire first. */
function ownNames(
  seen: readonly (AlertPlace & { alert: IncomingAlert; known: string | null })[],
): Set<string> {
  const named = (status: IncomingAlert['status']): string[] =>
    seen
      .flatMap((each) =>
        each.known === null && each.named !== null && each.alert.status === status ? [each.named] : [],
      )
      .toSorted();
  return new Set([...new Set([...named('firing'), ...named('resolved')])].slice(0, mostNames));
}
