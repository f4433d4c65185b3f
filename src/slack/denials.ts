import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';

/** Of one person, and of all together: so many at once, and so many a second after that. */
const each = { burst: 12, perSecond: 6 / 60 };
const all = { burst: 30, perSecond: 20 / 60 };
const mostRemembered = 1_000;

/**
 * Whether one more "no" may be told to somebody in a message of its own: who may do nothing must not have the bot fill a
 * channel. Counts it. `mono`: a clock in ms.
 */
export function makeDenials(mono: () => number): (user: string) => boolean {
  const known = new Map<string, Bucket>();
  const together = makeBucket(mono, all.perSecond, all.burst);
  return (user) => {
    const own = known.get(user) ?? makeBucket(mono, each.perSecond, each.burst);
    if (known.size >= mostRemembered && !known.has(user)) known.clear();
    known.set(user, own);
    if (own.waitMs() > 0 || together.waitMs() > 0) return false;
    own.spend();
    together.spend();
    return true;
  };
}
