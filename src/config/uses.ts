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
  return Object.entries(raw).flatMap(([part, value]) => {
    const elements: [unknown, Path][] = Array.isArray(value)
      ? value.map((element, i) => [element, [part, i]])
      : [[value, [part]]];
    return elements.flatMap(([element, base]) => {
      const found = texts(element, []);
      // A health check sends it to the colors, unless Prometheus alone is asked.
      const reached =
        part === 'health' && !asksPrometheus(element) ? [...found, ...texts(raw['colors'], [])] : found;
      const addresses = new Set(reached.flatMap(({ text }) => addressOf(text) ?? []));
      return found
        .filter(({ text }) => text.includes('${'))
        .map(({ path, text }) => ({
          path: [...base, ...path],
          place: JSON.stringify([part, path.map((key) => (typeof key === 'number' ? 0 : key)), text]),
          addresses,
        }));
    });
  });
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
