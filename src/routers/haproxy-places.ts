import { isIP } from 'node:net';
import { type Resolve, severalAddresses } from '../net/addresses.ts';

/** One process of HAProxy, as far as names tell: what it is called, and where it is reached. */
export interface Place {
  /** The address of the configuration; with the IP address behind it where its name has several. */
  instance: string;
  address: string;
}

/** A name is looked up again after this, ms. */
const freshMs = 1000;
/** How long a look-up may take, ms. */
const lookupMs = 1500;
const mostPlaces = 64;

/**
 * The places behind configured addresses, asked for at each use: a name with several addresses of one family is that
 * many instances. While it cannot be looked up, those last known count.
 */
export function placesOf(addresses: readonly string[], find?: Resolve): () => Promise<Place[]> {
  const known = new Map<string, { at: number; places: Place[] }>();
  async function behind(address: string): Promise<Place[]> {
    const { hostname, port } = new URL(address);
    const host = hostname.replace(/^\[|\]$/g, '');
    const before = known.get(address);
    if (before !== undefined && performance.now() - before.at < freshMs) return before.places;
    // Name servers tell them in any order; answers are compared one by one.
    const found = (await inTime(severalAddresses(host, find)))?.toSorted();
    if (found === undefined) return before?.places ?? [{ instance: address, address }];
    const places =
      found.length === 0
        ? [{ instance: address, address }]
        : found.map((ip) => ({
            instance: `${address} (${ip})`,
            address: `tcp://${ip.includes(':') ? `[${ip}]` : ip}:${port}`,
          }));
    known.set(address, { at: performance.now(), places });
    return places;
  }
  return async () => {
    const all = await Promise.all(
      addresses.map(async (address) =>
        isNamed(address) ? behind(address) : [{ instance: address, address }],
      ),
    );
    return all.flat().slice(0, mostPlaces);
  };
}

/** Whether an address has a name that is looked up. */
function isNamed(address: string): boolean {
  if (!address.startsWith('tcp://')) return false;
  return isIP(new URL(address).hostname.replace(/^\[|\]$/g, '')) === 0;
}

async function inTime<T>(found: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), lookupMs);
  });
  try {
    return await Promise.race([found.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
