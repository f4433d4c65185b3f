import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Finds all addresses of a host name. Rejects with the error of the system's resolver. */
export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>;

/** Asks the system's resolver, which also reads its hosts file. */
const system: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * The addresses of a host name that stands for several machines. Empty for an address, and for a name with one address
 * of each family: those are two ways to one machine. With several in both families, those of the larger one, IPv4 when
 * equal; sorted. Rejects when the look-up fails.
 */
export async function severalAddresses(host: string, resolve: Resolve = system): Promise<string[]> {
  if (isIP(host) !== 0) return [];
  const found = await resolve(host);
  const [four, six] = [4, 6].map((family) => [
    ...new Set(found.filter((each) => each.family === family).map(({ address }) => address)),
  ]);
  if (four === undefined || six === undefined) return [];
  const most = six.length > four.length ? six : four;
  return most.length > 1 ? most.toSorted() : [];
}
