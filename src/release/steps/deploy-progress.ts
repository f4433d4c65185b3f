import { showStep, notify } from '../draft.ts';
import { line } from '../line.ts';
import type { StepContext } from './context.ts';

/** From the start of a deploy to the first message about it, ms; each pause is twice the one before it. */
const firstPauseMs = 5_000;
const longestPauseMs = 60_000;

/** What a deploy says while it runs, on the card and in the thread: what is new, and not each of many lines. */
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

/** Where people can watch a deploy, on the card as soon as it is known. */
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
