import { systemClock } from '../release/clock.ts';
import type { Deploy, Stopped } from '../release/ports.ts';
import type { SearchResult } from './start-once.ts';

/**
 * Ends a run in another system: reads its state, cancels it, and polls until it has ended. A run without a known id is
 * searched for until the signal aborts.
 */
export function stopRun(system: {
  name: string;
  /** What people call a run there: `pipeline`. */
  run: string;
  /** The pause between two polls, ms. */
  everyMs: number;
  find(release: string, signal: AbortSignal): Promise<SearchResult>;
  follow: Deploy['follow'];
  /** Cancels the run. Returns why that was not accepted; undefined: it was. */
  cancel(id: string, signal: AbortSignal): Promise<string | undefined>;
}): NonNullable<Deploy['stop']> {
  const { name, run, everyMs } = system;

  async function look(release: string, signal: AbortSignal): Promise<NonNullable<SearchResult>> {
    while (!signal.aborted) {
      const found = await system.find(release, signal);
      if (found && ('id' in found || !signal.aborted)) return found;
      await systemClock.sleep(everyMs, signal);
    }
    return { reason: `${name} has no ${run} of this release yet` };
  }
  const left = (words: string): Stopped => ({ ended: false, words });

  return async (job, known, signal) => {
    const found = known === undefined ? await look(job.release, signal) : { id: known };
    if ('reason' in found) return left(found.reason);
    let stand = await system.follow(found.id, signal);
    if (stand.state === 'running') {
      const why = await system.cancel(found.id, signal);
      if (why !== undefined) return left(`the ${run} was not canceled: ${why}`);
    }
    while (stand.state === 'running' && !signal.aborted) {
      stand = await system.follow(found.id, signal);
      if (stand.state === 'running') await systemClock.sleep(everyMs, signal);
    }
    switch (stand.state) {
      case 'running':
        return left(`the ${run} is being canceled, and has not ended yet`);
      case 'failed':
        return { ended: true, words: stand.message ?? `the ${run} failed` };
      case 'succeeded':
        return { ended: true, words: `the ${run} has succeeded meanwhile` };
      default:
        return stand.state satisfies never;
    }
  };
}
