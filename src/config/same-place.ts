import type { ServiceOptions } from './schema.ts';

/** A place that the configuration names: its purpose and its address. */
interface Place {
  what: string;
  host: string;
  port: string;
}

/** Finds the addresses of a host. Without a look-up, that is the name itself. */
export type AddressesOf = (host: string) => Promise<readonly string[]>;

function placeOf(what: string, url: string): Place {
  const { hostname, port, protocol } = new URL(url);
  return {
    what,
    host: hostname.replace(/^\[|\]$/g, '').toLowerCase(),
    port: port || (protocol === 'https:' ? '443' : '80'),
  };
}

/**
 * Sentences about places that should differ and do not. A color reached through the router would be checked as the
 * other color whenever that one is live.
 */
export async function samePlaces(
  { colors, probe, router }: Pick<ServiceOptions, 'colors' | 'probe' | 'router'>,
  addressesOf: AddressesOf = async (host) => [host],
): Promise<string[]> {
  const blue = placeOf('colors.blue.url', colors.blue.url);
  const green = placeOf('colors.green.url', colors.green.url);
  const through = [...(probe ? [placeOf('probe.url', probe.url)] : []), ...addressesIn(router)];
  const pairs: [Place, Place][] = [
    [green, blue],
    ...[blue, green].flatMap((color) => through.map((one): [Place, Place] => [color, one])),
  ];
  const said = await Promise.all(
    pairs.map(async ([one, other]) => {
      if (one.port !== other.port) return [];
      const [ones, others] = await Promise.all([addressesOf(one.host), addressesOf(other.host)]);
      const shared = ones.find((address) => others.includes(address));
      if (shared === undefined) return [];
      const at = `${shared.includes(':') ? `[${shared}]` : shared}:${one.port}`;
      return [`${one.what} and ${other.what} lead to the same place, ${at}`];
    }),
  );
  return [...new Set(said.flat())];
}

/** The addresses in the options of a router, through which a color must not be checked. */
function addressesIn(router: ServiceOptions['router']): Place[] {
  switch (router.kind) {
    case 'http':
      return [placeOf('router.url', router.url)];
    case 'caddy':
      return router.admin.startsWith('unix:') ? [] : [placeOf('router.admin', router.admin)];
    case 'nginx':
      return [placeOf('router.liveUrl', router.liveUrl)];
    case 'haproxy':
      return router.address
        .filter((one) => one.startsWith('tcp://'))
        .map((one) => placeOf('router.address', one));
    case 'aws-alb':
    case 'kubernetes':
      return [];
    default:
      return router satisfies never;
  }
}
