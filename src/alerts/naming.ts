/** Finds the service that an alert's labels name. */
import { withoutControls, withoutInvisible } from '../release/invisible-characters.ts';
import type { CommonOptions } from './options.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * Makes a function that returns the label that names a service, as written. Without an exact label, one in another
 * letter case counts.
 */
export function namedOf({ serviceLabel }: CommonOptions): (labels: Labels) => string | null {
  const small = serviceLabel.toLowerCase();
  return (labels) => {
    if (Object.hasOwn(labels, serviceLabel)) return labels[serviceLabel] ?? null;
    const other = Object.keys(labels).find((name) => name.toLowerCase() === small);
    return other === undefined ? null : (labels[other] ?? null);
  };
}

/**
 * Makes a function that finds the service of labels: by the configured list, or by its own name without a list. Letter
 * case, width and invisible characters do not matter.
 */
export function serviceOf(options: CommonOptions): (labels: Labels) => string | null {
  const listed = new Map(Object.entries(options.services).map(([name, service]) => [folded(name), service]));
  const named = namedOf(options);
  return (labels) => {
    const value = named(labels);
    if (value === null) return null;
    return listed.size > 0 ? (listed.get(folded(value)) ?? null) : folded(value);
  };
}

function folded(name: string): string {
  const seen = withoutInvisible(name.normalize('NFKC')).replace(/\s+/g, ' ');
  return withoutControls(seen).trim().toLowerCase();
}

/** The names that alerts give for unknown services. */
export function unknownNames(
  options: CommonOptions,
  alerts: readonly { labels: Labels }[],
  isKnown: (service: string) => boolean = () => true,
): Set<string> {
  const [named, service] = [namedOf(options), serviceOf(options)];
  return new Set(
    alerts.flatMap(({ labels }) => {
      const of = service(labels);
      const name = named(labels);
      return name && (of === null || !isKnown(of)) ? [name] : [];
    }),
  );
}
