import { type Resolve, severalAddresses } from '../net/addresses.ts';
import { DeadlinePassed, withDeadline } from '../net/deadline.ts';
import { explain, whyAborted } from '../net/explain.ts';
import type { Verdict } from '../release/ports.ts';

/** Most addresses of one name that are checked. */
const most = 16;
/** Most addresses that a reason names. */
const mostNamed = 3;

/** Checks a color at one of its addresses; undefined: at its name. */
export type AskAt = (address: string | undefined, timeoutMs: number) => Promise<Verdict>;

/**
 * Checks every machine behind a color's name, looked up each time: a color is good when all of them are. Of more than
 * 16 addresses, a random 16. `name` begins the reasons.
 */
export async function everyAddress(
  {
    name,
    host,
    timeoutMs,
    resolve,
  }: { name: string; host: string; timeoutMs: number; resolve?: Resolve | undefined },
  signal: AbortSignal,
  askAt: AskAt,
): Promise<Verdict> {
  const startedAt = performance.now();
  let addresses: string[] = [];
  try {
    addresses = await withDeadline(timeoutMs, signal, () => severalAddresses(host, resolve));
  } catch (error) {
    // When the look-up fails here, the call gets the name: it reports the error, or resolves it another way.
    const reason = signal.aborted ? whyAborted(signal) : explain(error);
    if (signal.aborted || error instanceof DeadlinePassed)
      return { healthy: false, code: 'unhealthy', reason: `${name}: ${reason}` };
  }
  if (addresses.length === 0) return askAt(undefined, timeoutMs);
  const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
  const seen = some(addresses).map(async (address) => ({ address, verdict: await askAt(address, leftMs) }));
  return together(name, await Promise.all(seen));
}

interface Seen {
  address: string;
  verdict: Verdict;
}

function together(name: string, all: readonly Seen[]): Verdict {
  const [first] = all;
  const bad = all.flatMap(({ address, verdict }) => (verdict.healthy ? [] : [{ address, verdict }]));
  const versions = new Map<string | undefined, string[]>();
  for (const { address, verdict } of all)
    versions.set(verdict.version, [...(versions.get(verdict.version) ?? []), address]);
  if (first === undefined) return { healthy: true };
  // All answers are equal: the number of addresses does not matter.
  if (versions.size === 1 && bad.every(({ verdict }) => verdict.reason === bad[0]?.verdict.reason)) {
    if (bad.length === 0 || bad.length === all.length) return first.verdict;
  }
  const verdict = (code: 'unhealthy' | 'version-mismatch', words: string): Verdict => ({
    healthy: false,
    code,
    reason: `${name}: ${words}`,
  });
  if (bad.length === 0) {
    const each = [...versions].map(([version, at]) => `${version ?? 'none'} at ${listed(at)}`);
    return verdict('unhealthy', `its ${all.length} addresses report several versions: ${listed(each)}`);
  }
  const version = all.find((each) => each.verdict.healthy)?.verdict.version;
  const are = version === undefined ? 'are good' : `run ${version}`;
  const reasons = bad.map((each) => `${each.address}: ${withoutName(each.verdict.reason, name)}`);
  return verdict(
    bad.every((each) => each.verdict.code === 'version-mismatch') ? 'version-mismatch' : 'unhealthy',
    `${all.length - bad.length} of ${all.length} addresses ${are}; ${listed(reasons, '; ')}`,
  );
}

function withoutName(reason: string, name: string): string {
  return reason.startsWith(name) ? reason.slice(name.length).replace(/^:? /, '') : reason;
}

function listed(texts: readonly string[], between = ', '): string {
  const more = texts.length - mostNamed;
  return texts.slice(0, mostNamed).join(between) + (more > 0 ? ` and ${more} more` : '');
}

/** At most `most` of them, in their order. */
function some(addresses: readonly string[]): string[] {
  if (addresses.length <= most) return [...addresses];
  const drawn = addresses
    .map((address) => ({ address, by: Math.random() }))
    .sort((one, two) => one.by - two.by);
  const kept = new Set(drawn.slice(0, most).map(({ address }) => address));
  return addresses.filter((address) => kept.has(address));
}
