import type { Clock } from '../clock.ts';
import { deployMayRun } from '../outcomes/stage.ts';
import type { Parts } from '../parts.ts';
import type { Deploy, Stopped } from '../ports.ts';
import type { Operation } from '../release.ts';
import { withTimeout } from '../with-timeout.ts';

/** How long the system that runs a deploy may take to end it, ms. */
const stopMs = 10_000;

/**
 * Ends the deploy of a stage that was given up, if it may run. Undefined: it cannot run, or cannot be ended from here.
 */
export async function stopDeploy(
  clock: Pick<Clock, 'mono' | 'after'>,
  deploy: Deploy | undefined,
  service: string,
  op: Operation,
  stopping?: AbortSignal,
): Promise<Stopped | undefined> {
  if (!deploy?.stop || !deployMayRun(op)) return undefined;
  const job = { service, color: op.target, version: op.version ?? '', release: op.release };
  const { deployId } = op;
  return withTimeout(clock, stopMs, async (signal) => deploy.stop?.(job, deployId, signal), stopping);
}

/** Does the same for a caller that cannot wait: the result is only logged. */
export function stopAside(
  { clock, log }: Pick<Parts, 'clock' | 'log'>,
  deploy: Deploy | undefined,
  service: string,
  op: Operation,
): void {
  const about = { service, release: op.release };
  stopDeploy(clock, deploy, service, op).then(
    (stopped) => {
      if (stopped) log.info({ ...about, ended: stopped.ended }, `A deploy was given up: ${stopped.words}`);
    },
    (cause: unknown) => log.warn({ ...about, err: cause }, 'A deploy could not be ended'),
  );
}
