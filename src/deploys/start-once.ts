import { systemClock } from '../release/clock.ts';
import type { Deploy, DeployJob } from '../release/ports.ts';

/** The result of a search: the id of a release's deploy; undefined for none; or why the search failed, for people. */
export type SearchResult = { id: string } | { reason: string } | undefined;

/**
 * The result of a start. `mayRun`: it may have been carried out despite the failure. `unnamed`: it was carried out, and
 * its id is not known yet; the text is for when it is not found.
 */
export type StartResult =
  | { id: string }
  | { reason: string; retryable: boolean; mayRun?: true }
  | { unnamed: string };

/** Times of the search for an earlier start, in ms. */
export interface Search {
  /** How late a started deploy may appear in the system's lists. */
  appearsMs: number;
  everyMs: number;
}

/** The usual times of the search. */
export const usualSearch: Search = { appearsMs: 20_000, everyMs: 2_000 };

/** Most starts remembered while their deploy has no id yet. */
const mostUnnamed = 1_000;

/**
 * Makes a start that happens once, in a system without idempotency keys. Where a start may have been sent before, it
 * searches for the deploy until that would have appeared, and sends another start only when there is none.
 */
export function startOnce(
  system: {
    name: string;
    find(release: string, signal: AbortSignal): Promise<SearchResult>;
    send(job: DeployJob, signal: AbortSignal): Promise<StartResult>;
  },
  { appearsMs, everyMs }: Search,
): Deploy['start'] {
  /** By release, oldest first. An entry that is not found stays: the same start may be asked for again. */
  const unnamed = new Map<string, string>();
  const remember = (release: string, why: string): void => {
    unnamed.set(release, why);
    const [oldest] = unnamed.keys();
    if (unnamed.size > mostUnnamed && oldest !== undefined) unnamed.delete(oldest);
  };

  async function look(release: string, signal: AbortSignal): Promise<SearchResult> {
    const end = systemClock.mono() + appearsMs;
    for (;;) {
      const found = await system.find(release, signal);
      if (found !== undefined || signal.aborted || systemClock.mono() >= end) return found;
      await systemClock.sleep(everyMs, signal);
    }
  }
  const failed = (reason: string, retryable = true, mayRun = false) => ({
    ok: false as const,
    reason,
    retryable,
    ...(mayRun && { mayRun }),
  });
  const answer = (found: NonNullable<SearchResult>) =>
    'id' in found ? { ok: true as const, id: found.id } : failed(found.reason);

  return async (job, signal) => {
    if (job.again && !unnamed.has(job.release)) {
      const found = await look(job.release, signal);
      if (found) return answer(found);
      if (signal.aborted) return failed(`${system.name} was not asked: the bot is stopping`);
    }
    if (!unnamed.has(job.release)) {
      const sent = await system.send(job, signal);
      if ('id' in sent) return { ok: true, id: sent.id };
      if ('reason' in sent) return failed(sent.reason, sent.retryable, sent.mayRun);
      remember(job.release, sent.unnamed);
    }
    const found = await look(job.release, signal);
    if (!found) return failed(unnamed.get(job.release) ?? '', false, true);
    // A repeated start finds it from now on.
    if ('id' in found) unnamed.delete(job.release);
    return answer(found);
  };
}
