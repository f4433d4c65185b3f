import type { Clock } from '../clock.ts';
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import type { PairAnswer, PairRequest, Pairs } from './pair-requests.ts';
import type { Pair } from './pair.ts';

/** Most pairs that wait for an answer. */
const mostOpen = 25;

/**
 * Asks pairs until `signal` aborts, and passes them on in the order in which they were sent, at the time of sending
 * (`clock.mono`). A slow pair does not hold up the next one. `failed`: gets what must not happen, as nobody waits
 * for a pair.
 */
export async function askPairs(
  clock: Clock,
  { requests, everyMs }: Pairs,
  live: Color,
  signal: AbortSignal,
  got: (pair: Pair) => void,
  failed: (cause: unknown) => void,
): Promise<void> {
  let earlier: Promise<void> = Promise.resolve();
  let open = 0;
  for (let count = 0; !signal.aborted; count += 1) {
    // A color that hangs must not collect requests.
    if (open >= mostOpen) {
      await clock.sleep(everyMs, signal);
      continue;
    }
    const at = clock.mono();
    open += 1;
    const request = count % requests.length;
    const asked = askPair(requests[request] ?? requests[0], live, signal);
    earlier = passOn(earlier, asked, ({ live: one, back: other }) => {
      if (!signal.aborted)
        got({ at, request, liveOk: one.ok, backOk: other.ok, liveMs: one.ms, backMs: other.ms });
    })
      .catch(failed)
      .finally(() => {
        open -= 1;
      });
    await clock.sleep(everyMs, signal);
  }
}

async function passOn<T>(
  earlier: Promise<void>,
  asked: Promise<T>,
  pass: (answer: T) => void,
): Promise<void> {
  const [answer] = await Promise.all([asked, earlier]);
  pass(answer);
}

/** Asks both colors. Which one first is decided by lot: the second may gain from what the first one warmed up. */
async function askPair(
  request: PairRequest,
  live: Color,
  signal: AbortSignal,
): Promise<{ live: PairAnswer; back: PairAnswer }> {
  const ask = {
    live: () => request(live, signal),
    back: () => request(otherColor(live), signal),
  };
  if (Math.random() < 0.5) {
    const [one, other] = await Promise.all([ask.live(), ask.back()]);
    return { live: one, back: other };
  }
  const [other, one] = await Promise.all([ask.back(), ask.live()]);
  return { live: one, back: other };
}
