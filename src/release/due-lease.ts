import { inStep } from './in-step.ts';
import { heldMs } from './limits.ts';
import type { Parts } from './parts.ts';

/** A due lease that is held during long work. */
export interface DueLease {
  /** Aborts when the lease is lost, or the process stops. */
  signal: AbortSignal;
  /** Stops the renewal; resolves to true when the lease was held all the time. */
  end(): Promise<boolean>;
}

/**
 * Renews a due lease that was just taken for `heldMs`, by `keep`, until `end`. A renewal without an answer is
 * repeated while the lease lasts.
 */
export function holdDueLease(
  { clock }: Parts,
  keep: () => Promise<boolean>,
  stopping: AbortSignal,
): DueLease {
  const lost = new AbortController();
  const over = new AbortController();
  const renewing = (async () => {
    let heldUntil = clock.mono() + heldMs;
    for (;;) {
      await clock.sleep(inStep(clock, heldMs / 3), over.signal);
      if (over.signal.aborted) return;
      const at = clock.mono();
      const kept = await keep().catch(() => undefined);
      if (kept === true) heldUntil = at + heldMs;
      else if (kept === false || clock.mono() >= heldUntil) return lost.abort();
    }
  })();
  const signal = AbortSignal.any([lost.signal, stopping]);
  return {
    signal,
    async end() {
      over.abort('over');
      await renewing;
      return !signal.aborted;
    },
  };
}
