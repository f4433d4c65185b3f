import { showStep, notify } from '../draft.ts';
import { line } from '../line.ts';
import type { StepContext } from './context.ts';

/**
 * The pause between the start of a deploy and the first message about it, ms; each further pause is twice as long.
 */
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/** Shows what a deploy reports while it runs, on the card and in the thread: only news, not each of many lines. */
export function tellProgress({ parts, session }: StepContext): (message: string) => Promise<void> {
  let pauseMs = firstPauseMs;
  let dueAt = parts.clock.mono() + pauseMs;
  let told: string | undefined;
  return async (message) => {
    if (message === told || session.soft.aborted || parts.clock.mono() < dueAt) return;
    told = message;
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
    dueAt = parts.clock.mono() + pauseMs;
    await session.commit((draft) => {
      showStep(draft, 'deploy', 'doing', message);
      notify(draft, 'progress', line`Deploy: ${message}`);
      return undefined;
    });
  };
}

/** Shows on the card where people can watch a deploy, as soon as that is known. */
export function showLink({
  session,
}: StepContext): (stand: { message?: string; url?: string }) => Promise<void> {
  let shown: string | undefined;
  return async ({ message, url }) => {
    if (url === undefined || url === shown) return;
    shown = url;
    await session.commit((draft) => {
      showStep(draft, 'deploy', 'doing', message, url);
      return undefined;
    });
  };
}
