/** Routers with a URL: finds their instances, and whether one address leads to several. */
import type { Resolve } from '../net/addresses.ts';
import { knownAddresses } from '../net/known-addresses.ts';
import { proxyFor } from '../net/proxy.ts';
import { shownUrl } from '../net/url.ts';
import type { RouterAnswer } from '../release/ports.ts';

/** Questions before the answer of a written router counts: several routers behind one URL give different answers. */
const looks = 3;

/** The address of one instance; undefined: the host of the URL. */
export interface UrlPlace {
  instance: string;
  address: string | undefined;
}

/**
 * Makes a function that finds the instances behind a URL, at each use: one for each address of its host. A host behind
 * a proxy is one. `find`: looks host names up.
 */
export function placesOfUrl(url: string, find?: Resolve): () => Promise<UrlPlace[]> {
  const name = shownUrl(url);
  const known = knownAddresses(new URL(url).hostname.replace(/^\[|\]$/g, ''), find);
  return async () => {
    const found = proxyFor(new URL(url)) === undefined ? await known() : [];
    if (found.length === 0) return [{ instance: name, address: undefined }];
    return found.map((address) => ({ instance: `${name} (${address})`, address }));
  };
}

/** The first answer, unless others differ: then `unknown`. An unreachable one does not count. */
export async function agreed(first: RouterAnswer, look: () => Promise<RouterAnswer>): Promise<RouterAnswer> {
  const more = await Promise.all(Array.from({ length: looks - 1 }, look));
  const other = more.find(({ heading }) => heading !== 'unreachable' && heading !== first.heading);
  if (other === undefined) return first;
  const detail = `its answers contradict each other: ${first.heading}, then ${other.detail ?? other.heading}. Are there several routers behind this URL?`;
  return { instance: first.instance, heading: 'unknown', detail };
}
