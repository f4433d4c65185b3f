import type { Color } from './color.ts';
import type { Instant } from './instant.ts';

/** What the router said last: a color, or `mixed`, `unknown`, `unreachable`; in words, per instance. */
export interface Asked {
  heading: Color | 'mixed' | 'unknown' | 'unreachable';
  detail: string;
  at: number;
}

/** An answer of the router to be stored. */
export type Heard = Omit<Asked, 'at'> & { at?: Instant };
