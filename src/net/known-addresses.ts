import { type Resolve, severalAddresses } from './addresses.ts';

/** A name is looked up again after this, ms. */
const freshMs = 1000;
/** How long a look-up may take, ms. */
const lookupMs = 1500;

/**
 * The addresses of a host as `severalAddresses` tells them, looked up at each use, at most once a second. While that
 * fails, those last known count. Never rejects.
 */
export function knownAddresses(host: string, find?: Resolve): () => Promise<readonly string[]> {
  let known: { at: number; addresses: readonly string[] } | undefined;
  return async () => {
    if (known !== undefined && performance.now() - known.at < freshMs) return known.addresses;
    const addresses = await inTime(severalAddresses(host, find));
    if (addresses === undefined) return known?.addresses ?? [];
    known = { at: performance.now(), addresses };
    return addresses;
  };
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
