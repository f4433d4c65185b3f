import { isIP } from 'node:net';
import type { Resolve } from '../net/addresses.ts';
import { knownAddresses } from '../net/known-addresses.ts';

/** One HAProxy process, as far as names tell: its name, and its address. */
export interface HaproxyPlace {
  /** The configured address; with the IP address behind it where its name has several. */
  instance: string;
  address: string;
}

const mostPlaces = 64;

/**
 * Makes a function that finds the places behind configured addresses, at each use: a name with several addresses of one
 * family is that many instances. While a look-up fails, the last known ones count.
 */
export function placesOf(addresses: readonly string[], find?: Resolve): () => Promise<HaproxyPlace[]> {
  const each = addresses.map((address) => {
    const one: HaproxyPlace[] = [{ instance: address, address }];
    if (!isNamed(address)) return async () => one;
    const { hostname, port } = new URL(address);
    const known = knownAddresses(hostname.replace(/^\[|\]$/g, ''), find);
    return async () => {
      const found = await known();
      if (found.length === 0) return one;
      return found.map((ip) => ({
        instance: `${address} (${ip})`,
        address: `tcp://${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
      }));
    };
  });
  return async () => (await Promise.all(each.map((places) => places()))).flat().slice(0, mostPlaces);
}

/** True for an address with a name to look up. */
function isNamed(address: string): boolean {
  if (!address.startsWith('tcp://')) return false;
  return isIP(new URL(address).hostname.replace(/^\[|\]$/g, '')) === 0;
}
