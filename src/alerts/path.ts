import { short } from './source.ts';

/** Most characters of a path that are shown. */
const mostShown = 40;

/**
 * The source's name in a path, existing or not; undefined: not a path of alerts. Double slashes, and slashes at the
 * end, do not matter. Empty where the path has no name, or something before `/hooks`.
 */
export function sourceIn(path: string): string | undefined {
  const [, before, name = ''] = /^(.*)\/hooks\/alerts(?:\/(.*))?$/.exec(path.replace(/\/{2,}/g, '/')) ?? [];
  if (before === undefined) return undefined;
  return before === '' ? name.replace(/\/$/, '') : '';
}

/** A path for answers and notices: bounded, and without invisible characters. */
export function shownPath(path: string): string {
  return short(path, mostShown);
}
