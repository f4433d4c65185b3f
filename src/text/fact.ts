import type { Line } from '../release/line.ts';

/** Who a fact needs: 0 somebody now; 1 nobody, it is in motion; 2 a person; 3 the end of a lock; 4 nobody. */
export type Urgency = 0 | 1 | 2 | 3 | 4;

/** One fact. `value`: for programs, and for those who say it in their own words. */
export interface Fact<V = unknown> {
  urgency: Urgency;
  /** In a sentence or a part of one, without its name. Written when it is asked for: a list needs few of thousands. */
  line: () => Line;
  /** In the row of a list, where it is shown there. */
  note?: string;
  value: V;
}

/** Returns a fact without a note. */
export function fact<V>(urgency: Urgency, text: () => Line, value: V): Fact<V> {
  return { urgency, line: text, value };
}
