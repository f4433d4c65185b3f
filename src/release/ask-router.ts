import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import type { Router, RouterAnswer } from './ports.ts';
import { withTimeout } from './with-timeout.ts';

/** How long a question to a router may take, ms. */
const questionMs = 2_000;

/**
 * Asks every instance of a router, uncached. Always resolves to one answer per instance. `wanted`: see `Router.live`.
 */
export function askRouter(
  { clock }: Pick<Parts, 'clock'>,
  router: Pick<Router, 'live'>,
  { stopping, ms = questionMs, wanted }: { stopping?: AbortSignal; ms?: number; wanted?: Color } = {},
): Promise<RouterAnswer[]> {
  return withTimeout(clock, ms, (signal) => router.live(signal, wanted), stopping);
}
