import type { Color } from './color.ts';
import type { Instant } from './instant.ts';

/** The router's last answer: a color, or `mixed`, `unknown`, `unreachable`; and in words, per instance. */
export interface RouterView {
  heading: Color | 'mixed' | 'unknown' | 'unreachable';
  detail: string;
  at: number;
}

/** A router's answer that is to be stored. */
export type NewRouterView = Omit<RouterView, 'at'> & { at?: Instant };
