import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';

/** Limits for one person, and for all together: a burst, and a rate per second after that. */
const each = { burst: 12, perSecond: 6 / 60 };
const all = { burst: 30, perSecond: 20 / 60 };
const mostRemembered = 1_000;

/**
 * Makes the function that says whether a person may get one more refusal in a message of its own, and counts it. A
 * person without permission must not make the bot fill a channel. `mono`: a clock in ms.
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
