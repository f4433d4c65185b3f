import { short } from './source.ts';

/** Characters of a path that are shown. */
const mostShown = 40;

/**
 * The name of the source in a path, whether or not there is one; undefined: it is no path of alerts. Slashes that stand
 * twice, or at the end, do not matter. Empty where the path names none, or has something before `/hooks`.
 */
export function sourceIn(path: string): string | undefined {
  const [, before, name = ''] = /^(.*)\/hooks\/alerts(?:\/(.*))?$/.exec(path.replace(/\/{2,}/g, '/')) ?? [];
  if (before === undefined) return undefined;
  return before === '' ? name.replace(/\/$/, '') : '';
}

/** A path as it is repeated to its sender, and to others: bounded, and without what cannot be seen. */
export function shownPath(path: string): string {
  return short(path, mostShown);
}
