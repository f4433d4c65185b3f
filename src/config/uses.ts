import type { RawSettings } from '../release/settings.ts';
import type { Path } from './config-errors.ts';

/** A text with `${NAME}` in settings, and the addresses that its value could be sent to. */
interface Use {
  path: Path;
  /** Equal for equal texts under the same key. */
  place: string;
  addresses: ReadonlySet<string>;
}

/** Finds the texts with `${NAME}` that the file does not have there: the result of `usesOf`. */
export type ForeignIn = (raw: RawSettings) => Path[];

/**
 * Where the services of the file use `${NAME}`. The result finds the paths in other settings whose text the file does
 * not have under the same key, or could send to an address (scheme, host, port; a socket's path) to which the file does
 * not send it.
 */
export function usesOf(services: Iterable<RawSettings>): ForeignIn {
  const known = new Map<string, Set<string>>();
  for (const raw of services) {
    for (const { place, addresses } of uses(raw)) {
      const all = known.get(place) ?? new Set();
      addresses.forEach((address) => all.add(address));
      known.set(place, all);
    }
  }
  return (raw) =>
    uses(raw)
      .filter(({ place, addresses }) => {
        const all = known.get(place);
        return all === undefined || [...addresses].some((address) => !all.has(address));
      })
      .map(({ path }) => path);
}

function uses(raw: RawSettings): Use[] {
  return Object.entries(raw).flatMap(([part, value]) =>
    elementsOf(part, value).flatMap(({ element, base }) => {
      const found = texts(element, []);
      const reached = [...found, ...texts(alsoReached(raw, base, element), [])];
      const addresses = new Set(reached.flatMap(({ text }) => addressOf(text) ?? []));
      return found
        .filter(({ text }) => text.includes('${'))
        .map(({ path, text }) => {
          const whole = [...base, ...path];
          const keys = whole.map((key) => (typeof key === 'number' ? 0 : key));
          return { path: whole, place: JSON.stringify([keys, text]), addresses };
        });
    }),
  );
}

/** The parts of a part that send nothing to each other's addresses. */
function elementsOf(part: string, value: unknown): { element: unknown; base: Path }[] {
  if (Array.isArray(value)) return value.map((element, i) => ({ element, base: [part, i] }));
  if (part !== 'compare' || typeof value !== 'object' || value === null)
    return [{ element: value, base: [part] }];
  return Object.entries(value).map(([key, element]) => ({ element, base: [part, key] }));
}

/** Settings with the addresses to which an element is sent in addition to its own. */
function alsoReached(raw: RawSettings, [part, key]: Path, element: unknown): unknown {
  if (part === 'health') return asksPrometheus(element) ? undefined : raw['colors'];
  if (part === 'mirror' || part === 'schema') return raw['colors'];
  if (part !== 'compare') return undefined;
  const { compare, colors } = raw;
  if (key === 'requests') return colors;
  return typeof compare === 'object' && compare !== null && 'prometheus' in compare
    ? compare.prometheus
    : undefined;
}

function asksPrometheus(check: unknown): boolean {
  return typeof check === 'object' && check !== null && 'kind' in check && check.kind === 'prometheus';
}

/** The address that a text names, if any; a text with a name counts as one. */
function addressOf(text: string): string | undefined {
  if (!URL.canParse(text)) return text.includes('${') ? text : undefined;
  const { protocol, host } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? `${protocol}//${host}` : text;
}

function texts(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    texts(item, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}
