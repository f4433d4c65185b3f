import { type Resolve, severalAddresses } from './addresses.ts';

/** How long an answer is reused, in ms. */
const freshMs = 1000;
/** Longest look-up, in ms. */
const lookupMs = 1500;

/**
 * Makes a function that returns a host's addresses as `severalAddresses` does, looked up at most once a second. While
 * look-ups fail, it returns the last known addresses. Never rejects.
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
