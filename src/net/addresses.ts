import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** Finds all addresses of a host name. Rejects with the error of the system's resolver. */
export type Resolve = (host: string) => Promise<readonly { address: string; family: number }[]>;

/** Asks the system's resolver, which knows its hosts file as well. */
const system: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * The addresses of a host name when they stand for several machines; none for an address, and for a name with one
 * address of each family: those are two ways to one machine. Of several in both families, those of the larger one,
 * IPv4 when they are equally many; sorted. Rejects when the name cannot be looked up.
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
