/** Ports for numbers that were measured of the colors. */
import type { Color } from './color.ts';

/** A measured number; or why there is none, in words. */
export type Measured = { value: number } | { unknown: string };

/** One measured number of each color, shown with an alert that follows a release. */
export interface Comparison {
  /** What is compared, for people. */
  readonly name: string;
  readonly windowMs: number;
  readonly unit: 'ratio' | 'seconds' | 'number';
  /** Which numbers are worse. */
  readonly worse: 'higher' | 'lower';
  /** Asks for the number. Never throws. */
  ask(color: Color, signal: AbortSignal): Promise<Measured>;
  /** How far back `past` looks, ms. */
  readonly pastMs: number;
  /**
   * Asks for the numbers of the windows before this time (ms since 1970), one after the other; those without a number
   * are left out. Undefined: there is no answer. Never throws.
   */
  past(color: Color, before: number, signal: AbortSignal): Promise<readonly number[] | undefined>;
}

/** An absolute limit of a measured number. */
export interface Limit {
  /**
   * Asks where the number of a color stands. `over`: beyond the limit, for as long as the limit asks; `under`: not, or
   * not for long enough; `no-data`: there is no number, or no answer. `words`: the number and the limit for people, such
   * as `0.07 is above 0.05 for 2 min`, without a full stop; or why there is none. Never throws.
   */
  ask(color: Color, signal: AbortSignal): Promise<{ state: 'over' | 'under' | 'no-data'; words: string }>;
}
