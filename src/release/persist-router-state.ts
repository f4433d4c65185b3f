import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import type { Router } from './ports.ts';
import { withTimeout } from './with-timeout.ts';

/** How long bringing the router's start-up state in step may take, ms. */
const persistMs = 2_000;

/** Brings the router's start-up state, if any, to `color`. Resolves to an error text; undefined: it is in step. */
export async function persistRouterState(
  { clock }: Pick<Parts, 'clock'>,
  router: Router,
  color: Color,
): Promise<string | undefined> {
  return withTimeout(clock, persistMs, async (signal) => router.persist?.(color, signal));
}
