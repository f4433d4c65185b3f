/** Routers that are reached by a URL: where their instances are, and whether one address leads to several. */
import type { Resolve } from '../net/addresses.ts';
import { knownAddresses } from '../net/known-addresses.ts';
import { proxyFor } from '../net/proxy.ts';
import { shownUrl } from '../net/url.ts';
import type { RouterAnswer } from '../release/ports.ts';

/** Questions after which the word of a router that was written to counts: several behind one URL give other answers. */
const looks = 3;

/** Where one instance is reached: undefined: by the host of the URL. */
export interface Place {
  instance: string;
  address: string | undefined;
}

/**
 * The instances behind a URL, looked up at each use: one for each address of its host. What a proxy looks up is one.
 * `find`: looks host names up.
 */
export function placesOfUrl(url: string, find?: Resolve): () => Promise<Place[]> {
  const name = shownUrl(url);
  const known = knownAddresses(new URL(url).hostname.replace(/^\[|\]$/g, ''), find);
  return async () => {
    const found = proxyFor(new URL(url)) === undefined ? await known() : [];
    if (found.length === 0) return [{ instance: name, address: undefined }];
    return found.map((address) => ({ instance: `${name} (${address})`, address }));
  };
}

/** The first answer, unless others say something else: then `unknown`. One that is away says nothing. */
export async function agreed(first: RouterAnswer, look: () => Promise<RouterAnswer>): Promise<RouterAnswer> {
  const more = await Promise.all(Array.from({ length: looks - 1 }, look));
  const other = more.find(({ heading }) => heading !== 'unreachable' && heading !== first.heading);
  if (other === undefined) return first;
  const detail = `its answers contradict each other: ${first.heading}, then ${other.detail ?? other.heading}. Are there several routers behind this URL?`;
  return { instance: first.instance, heading: 'unknown', detail };
}
