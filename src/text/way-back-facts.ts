/** The facts about going back. */
import { fedLine, fedNow } from '../release/both-fed.ts';
import type { Fed } from '../release/fed-schema.ts';
import { noWayBackAhead, noWayBackLine } from '../release/no-way-back.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { NoWayBack } from '../release/way-back-schema.ts';
import { fact } from './fact.ts';
import type { Fact } from './fact.ts';

/** Whether there is a way back, and what it has. */
export interface WayBackFacts {
  /** What feeds both colors, where it should now. */
  fed?: Fact<Fed>;
  /** A revert must be forced. */
  noWayBack?: Fact<NoWayBack>;
}

/** Returns these facts of a record. */
export function wayBackFacts(record: ServiceRecord): WayBackFacts {
  const fed = fedNow(record);
  const stands = noWayBackAhead(record);
  const late = fed?.cause !== undefined;
  return {
    ...(fed && {
      fed: { ...fact(late ? 2 : 4, () => fedLine(fed), fed), ...(late && { note: 'not both fed' }) },
    }),
    ...(stands && { noWayBack: { ...fact(4, () => noWayBackLine(stands), stands), note: 'no way back' } }),
  };
}
