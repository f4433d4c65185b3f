/** Sends a message with a chart; in words to a workspace whose Slack does not know charts. */
import type { Log } from '../release/parts.ts';
import { hasChart, inWords } from './cards/chart.ts';
import type { PostOutcome } from './post-outcome.ts';
import type { SlackMessage } from './reply.ts';

/** How long a workspace gets words only, ms. Then a chart is tried again: Slack may have learned them. */
const wordsMs = 86_400_000;

/** Sends one message by `send`, once or twice. */
export type SendChart = (
  message: SlackMessage,
  send: (message: SlackMessage) => Promise<PostOutcome>,
) => Promise<PostOutcome>;

/**
 * Makes the sending for one workspace. When Slack answers `invalid_blocks` to a chart, and takes the same message with
 * words, all charts of the next day are words. Remembered by this process only. `mono`: a clock in ms.
 */
export function makeSendChart(mono: () => number, log: Log): SendChart {
  let wordsUntil = -Infinity;
  return async (message, send) => {
    if (!hasChart(message)) return send(message);
    if (mono() < wordsUntil) return send(inWords(message));
    const posted = await send(message);
    if (posted.end !== 'refused' || posted.error !== 'invalid_blocks') return posted;
    const told = await send(inWords(message));
    if (told.end === 'sent') {
      wordsUntil = mono() + wordsMs;
      log.warn({}, 'Slack draws no charts in this workspace; they are sent in words');
    }
    return told;
  };
}
