/** The keys of a run that is only played. They expire by themselves, and the run removes them at its end. */
import type { Logger } from 'pino';
import type { RedisAccess } from './access.ts';
import { readRedisUrl } from './address.ts';
import { keyStart } from './keys.ts';
import { openClient } from './client.ts';
import { dropAllScript, passScript } from './scripts/passing.ts';
import type { Script } from './scripts/script.ts';

/** Keys that no run removed expire after this, ms. */
const passMs = 86_400_000;
const everyMs = 60_000;
/** A shared Redis may hold many other keys: at most this many scans (of about 500 keys) at a time. */
const mostLooks = 10_000;

/**
 * Gives the keys under `prefix` an expiry from now on, and the keys that earlier runs left under prefixes of the same
 * shape (`likePrefix`, a Redis pattern). `drop` removes the run's own keys. Never throws: what Redis refuses stays as
 * it is.
 */
export function openPassingKeys(
  url: string,
  {
    prefix,
    access = {},
    likePrefix,
    log,
  }: { prefix: string; access?: RedisAccess; likePrefix: string; log: Logger },
): { drop(): Promise<void> } {
  const link = openClient(readRedisUrl(url), {
    keyStart: keyStart(prefix),
    access,
    log,
    name: 'switchback-play-keys',
  });
  let ended = false;
  const all = async (script: Script, args: object): Promise<void> => {
    let cursor = '0';
    for (let looks = 0; looks < mostLooks; looks += 1) {
      const { word, rest } = await link.run(script, { ...args, cursor });
      cursor = String(rest[0]);
      if (word !== 'ok' || cursor === '0') return;
    }
  };
  const quietly = (work: Promise<void>): Promise<void> => work.catch(() => undefined);
  const pass = (like: string): Promise<void> =>
    quietly(all(passScript, { match: `${keyStart(like)}*`, ms: passMs }));
  let passing = pass(likePrefix);
  const timer = setInterval(() => {
    passing = passing.then(() => (ended ? undefined : pass(prefix)));
  }, everyMs);
  return {
    async drop() {
      ended = true;
      clearInterval(timer);
      await passing;
      await quietly(all(dropAllScript, {}));
      link.close();
    },
  };
}
