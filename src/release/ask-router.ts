import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import type { Adapters, Router, RouterAnswer } from './ports.ts';
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

/** Answers of a router, and when it was asked, ms of the monotonic clock. */
export interface Heard {
  answers: RouterAnswer[];
  askedAt: number;
}

/** Asks whether the router points to `color`. */
export async function askFor(
  parts: Pick<Parts, 'clock'>,
  { router }: Pick<Adapters, 'router'>,
  color: Color,
): Promise<Heard> {
  const askedAt = parts.clock.mono();
  return { answers: await askRouter(parts, router, { wanted: color }), askedAt };
}
