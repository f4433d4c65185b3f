/**
 * Remembers this process's writes to a rule, so that a change by somebody else is reported and not overwritten
 * silently.
 */
import type { Color } from '../release/color.ts';
import type { RuleReading } from './aws-alb-rule.ts';

/** How long a write counts as ours, in ms: longer than a promote and its way back take. */
const knownMs = 60_000;

type Says = Pick<RuleReading, 'says' | 'heading'>;

/** The expected traffic: `before` until our write is carried out, `after` from then on. */
interface Expected {
  epoch: number;
  before: string;
  after: string;
  /** `after` was read: from now on `before` would be somebody else's change. */
  confirmed: boolean;
  at: number;
}

/** The memory of the writes to one place. */
export interface Hand {
  /** Notes each reading. */
  saw(reading: Says): void;
  /** Why `color` must not be written over this reading; undefined: it may be. `insists`: always allowed. */
  against(reading: Says, color: Color, epoch: number, insists: boolean): string | undefined;
  /** Says that a write overwrites somebody else's change; undefined: no known one. */
  overwrites(reading: Says, epoch: number): string | undefined;
  /** Notes a write over the last reading that will send all traffic to the color whose reading is `after`. */
  writes(reading: Says, after: string, epoch: number): void;
  /** Says that somebody else wrote right after us. */
  changedAfter(reading: Says): string | undefined;
}

/** Makes the memory. `what`: a rule or a listener. The API has no etag, so this compares readings with writes. */
export function newHand(what: string, now: () => number = () => performance.now()): Hand {
  let seen: string | undefined;
  let previous: string | undefined;
  let expected: Expected | undefined;
  const foreign = ({ says }: Says, epoch: number): boolean => {
    if (expected === undefined || now() - expected.at > knownMs) return false;
    // Each recorded switch has a later epoch, also when another process wrote it.
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
      // The color is live already: nothing is lost.
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
