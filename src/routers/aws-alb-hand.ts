/** What this process wrote to a rule, so that people hear of a change of somebody else's, and it is not overwritten in silence. */
import type { Color } from '../release/color.ts';
import type { Reading } from './aws-alb-rule.ts';

/** How long what was written is known as ours, ms: longer than a promote and its way back take. */
const knownMs = 60_000;

type Says = Pick<Reading, 'says' | 'heading'>;

/** What is to be found: `before` until our write is carried out, `after` from then on. */
interface Expected {
  epoch: number;
  before: string;
  after: string;
  /** `after` was seen: from now on `before` too is somebody else's. */
  confirmed: boolean;
  at: number;
}

export interface Hand {
  /** What was read, each time. */
  saw(reading: Says): void;
  /** Why `color` must not be written over what was read; undefined: it may. `insists`: it may always. */
  against(reading: Says, color: Color, epoch: number, insists: boolean): string | undefined;
  /** That a write goes over somebody else's change, in words; undefined: over none that is known. */
  overwrites(reading: Says, epoch: number): string | undefined;
  /** All traffic to the color whose reading is `after` is about to be written over what was read. */
  writes(reading: Says, after: string, epoch: number): void;
  /** That somebody else wrote right after us, in words. */
  changedAfter(reading: Says): string | undefined;
}

/** `what`: a rule or a listener. The API has no etag, so this compares what is read with what was read and written. */
export function newHand(what: string, now: () => number = () => performance.now()): Hand {
  let seen: string | undefined;
  let previous: string | undefined;
  let expected: Expected | undefined;
  const foreign = ({ says }: Says, epoch: number): boolean => {
    if (expected === undefined || now() - expected.at > knownMs) return false;
    // Each recorded switch has a later epoch, also where another process wrote it.
    if (Math.abs(epoch - expected.epoch) > 1) return false;
    return says !== expected.after && (expected.confirmed || says !== expected.before);
  };
  const words = ({ says }: Says): string => `somebody else changed the ${what}: now it ${says}`;
  return {
    saw({ says }) {
      previous = seen;
      seen = says;
      if (expected?.after === says) expected.confirmed = true;
    },
    against(reading, color, epoch, insists) {
      // What is there already is not lost.
      if (insists || reading.heading === color) return undefined;
      const { says } = reading;
      if (previous !== undefined && says !== previous && says !== expected?.after && !foreign(reading, epoch))
        expected = { epoch, before: previous, after: previous, confirmed: true, at: now() };
      return foreign(reading, epoch) ? `${words(reading)}; that is not overwritten` : undefined;
    },
    overwrites: (reading, epoch) =>
      foreign(reading, epoch) ? `${words(reading)}; that is overwritten` : undefined,
    writes({ says }, after, epoch) {
      expected = { epoch, before: says, after, confirmed: false, at: now() };
    },
    changedAfter(reading) {
      if (expected === undefined || [expected.after, expected.before].includes(reading.says))
        return undefined;
      return `${words(reading)}, right after our write`;
    },
  };
}
