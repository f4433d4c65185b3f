import type { RawSettings } from '../release/settings.ts';
import type { Path } from './config-errors.ts';

/** Parts of a service that may run programs, the keys that hold one, and all keys that influence one. */
const parts = ['router', 'deploy'];
const programs = ['test', 'reload', 'run'];
const decisive = [...programs, 'include', 'variable', 'values', 'directory', 'env'];

/**
 * Guards programs: settings may come from Redis, and a person who can write there must not run programs here. The
 * result is a function that names the parts of other settings with a program that no service of the file runs in
 * exactly that way.
 */
export function programsOf(services: Iterable<RawSettings>): (raw: RawSettings) => Path[] {
  const known = new Set([...services].flatMap((raw) => runs(raw).map(({ what }) => what)));
  return (raw) => runs(raw).flatMap(({ path, what }) => (known.has(what) ? [] : [path]));
}

function runs(raw: RawSettings): { path: Path; what: string }[] {
  return parts.flatMap((part) => {
    const settings: unknown = raw[part];
    if (typeof settings !== 'object' || settings === null) return [];
    const at = settings as Record<string, unknown>;
    if (!programs.some((key) => Object.hasOwn(at, key))) return [];
    return [{ path: [part], what: JSON.stringify([part, decisive.map((key) => at[key] ?? null)]) }];
  });
}
