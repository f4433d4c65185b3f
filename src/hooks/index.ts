import type { z } from 'zod';
import type { Hook } from '../release/ports.ts';
import { httpHook, httpHookOptions } from './http.ts';

/** Options of one hook. There is one kind, so that it has no `kind`. */
export const hookOptions = httpHookOptions;

/** The options of one hook, parsed. */
export type HookOptions = z.output<typeof hookOptions>;

/** Makes one configured hook. */
export function makeHook(options: HookOptions): Hook {
  return httpHook(options);
}
