/** What the labels of an alert say of its service. */
import type { CommonOptions } from './options.ts';

type Labels = Readonly<Record<string, string>>;

/** What stands in the label that names a service, as it is written there. */
export function namedOf({ serviceLabel }: CommonOptions): (labels: Labels) => string | null {
  return (labels) => (Object.hasOwn(labels, serviceLabel) ? (labels[serviceLabel] ?? null) : null);
}

/**
 * The service that labels name: by the list, or by its own name when there is no list. Letter case does not matter, nor what
 * stands around it that nobody sees.
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
  return name.trim().toLowerCase();
}

/** What alerts call services that are not known here. */
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
