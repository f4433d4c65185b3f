/** The port of calls at fixed points of a release. */

import type { Color } from './color.ts';

/** The points at which hooks are called. */
export type HookPoint = 'after-stage' | 'before-switch' | 'after-switch' | 'after-revert';

/** The body of a hook call. */
export interface HookCall {
  service: string;
  release: string;
  version: string;
  from: Color;
  to: Color;
  step: string;
  epoch: number;
  actor: string;
  reason: string;
}

/** One configured hook. */
export interface Hook {
  readonly at: HookPoint;
  /** Host and path for people, without credentials or query. */
  readonly name: string;
  readonly onFailure: 'stop' | 'warn';
  /**
   * Calls until 2xx or the deadline. A failure that may pass, such as 5xx, is tried again within it. Never throws.
   */
  call(
    body: HookCall,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<{ ok: true } | { ok: false; reason: string }>;
}
