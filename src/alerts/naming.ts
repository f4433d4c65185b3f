/** What the labels of an alert say of its service. */
import { withoutControls, withoutInvisible } from '../release/invisible-characters.ts';
import type { CommonOptions } from './options.ts';

type Labels = Readonly<Record<string, string>>;

/** What stands in the label that names a service, as it is written there. Without it, one that differs in letter case counts. */
export function namedOf({ serviceLabel }: CommonOptions): (labels: Labels) => string | null {
  const small = serviceLabel.toLowerCase();
  return (labels) => {
    if (Object.hasOwn(labels, serviceLabel)) return labels[serviceLabel] ?? null;
    const other = Object.keys(labels).find((name) => name.toLowerCase() === small);
    return other === undefined ? null : (labels[other] ?? null);
  };
}

/**
 * The service that labels name: by the list, or by its own name when there is no list. Letter case and width do not matter,
 * nor what nobody sees.
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
