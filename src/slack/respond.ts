import type { webApi } from '@slack/bolt';
import { proxiedFetch } from '../net/proxy.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import { wholeText } from './client.ts';
import type { SlackClient } from './client.ts';
import { classifyOutcome } from './post-outcome.ts';
import type { PostOutcome } from './post-outcome.ts';
import { drawReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** Where a person gets an answer: in this channel (and thread), visible to them only. */
export interface ReplyTarget {
  user: string;
  channel: string | undefined;
  thread?: string | undefined;
  /** The URL from the signed payload; used only when it leads to Slack. */
  responseUrl?: string | undefined;
}

/** Sends answers outside of an acknowledgement. Failures are logged: the person still has the card and `status`. */
export interface Respond {
  /** Answers one person. `replace`: in place of the message whose button was pressed. */
  privately(replyTarget: ReplyTarget, reply: Reply, options?: { replace?: boolean }): Promise<void>;
  /** Answers in a thread, where everybody sees it; mentions nobody. */
  inThread(channel: string, thread: string, reply: Reply): Promise<void>;
}

/** Longest wait for a `response_url`, in ms; then the answer goes another way. */
const timeoutMs = 15_000;
const tries = 5;
/** The first pause while Slack is unavailable, in ms; each further one is twice as long. */
const backoffMs = 500;

/** Makes the answers over the Web API. `apiUrl` is the configured one. */
export function makeRespond(parts: {
  client: SlackClient;
  apiUrl: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
}): Respond {
  const { client, apiUrl, log } = parts;
  return {
    async privately(replyTarget, reply, { replace = false } = {}) {
      const { text, blocks } = drawReply(reply);
      const thread = replyTarget.thread === undefined ? {} : { thread_ts: replyTarget.thread };
      if (replyTarget.responseUrl !== undefined && leadsToSlack(replyTarget.responseUrl, apiUrl)) {
        const body = { response_type: 'ephemeral', replace_original: replace, text, blocks, ...thread };
        if (await posted(replyTarget.responseUrl, body)) return;
      }
      const { channel, user } = replyTarget;
      const blocked = blocks as unknown as webApi.KnownBlock[];
      const directly = (): Promise<unknown> =>
        client.chat.postMessage({ channel: user, text, blocks: blocked });
      const words = 'An answer could not be given';
      if (channel === undefined) return void (await patiently(parts, words, directly));
      const end = await patiently(parts, words, () =>
        client.chat.postEphemeral({ channel, user, text, blocks: blocked, ...thread }),
      );
      // The channel is without the bot, or the thread is gone.
      if (end === 'closed' || end === 'gone') await patiently(parts, words, directly);
    },

    async inThread(channel, thread, reply) {
      const { text, blocks } = drawReply(reply, { open: true });
      await patiently(parts, 'A mention could not be answered', () =>
        client.chat.postMessage({
          channel,
          thread_ts: thread,
          text,
          blocks: blocks as unknown as webApi.KnownBlock[],
          unfurl_links: false,
          unfurl_media: false,
        }),
      );
    },
  };

  async function posted(url: string, body: object): Promise<boolean> {
    try {
      const response = await proxiedFetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      const answer = (await wholeText(response)).trim();
      if (response.ok && isTaken(answer)) return true;
      log.warn({ status: response.status }, 'A response_url did not accept an answer');
      return false;
    } catch {
      // The URL is a secret: neither it nor an error that may quote it is logged.
      log.warn({}, 'A response_url did not accept an answer');
      return false;
    }
  }
}

/**
 * Tries again after a 429, as long as Slack asks, and while Slack is unavailable. A call whose answer was lost may have
 * been carried out: two copies of an answer are better than none, but five are not. A call that timed out is not
 * repeated. Resolves to the outcome; undefined: the call was not made.
 */
async function patiently(
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
  words: string,
  call: () => Promise<unknown>,
): Promise<PostOutcome['end'] | undefined> {
  let lost = 0;
  for (let attempt = 1; attempt <= tries && !signal.aborted; attempt += 1) {
    try {
      await call();
      return 'sent';
    } catch (cause) {
      const pauseMs = backoffMs * 2 ** (attempt - 1);
      const became = classifyOutcome(cause, pauseMs, 'post');
      if (became.end === 'unsure' && !became.slow) lost += 1;
      const again = became.end === 'pause' || (became.end === 'unsure' && !became.slow && lost < 2);
      if (!again || attempt === tries) {
        log.warn({ err: cause }, words);
        return became.end;
      }
      await clock.sleep(became.end === 'pause' ? became.ms : pauseMs, signal);
    }
  }
  return undefined;
}

/** True when Slack took the answer: it says `ok`, and may say no with a good status; a page is a proxy's. */
function isTaken(answer: string): boolean {
  if (answer.startsWith('<')) return false;
  return !/^\{.*"ok"\s*:\s*false/s.test(answer);
}

/** True for `https://hooks.slack.com`, and for the scheme, host and port of the configured API. */
export function leadsToSlack(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { origin, username, password } = new URL(url);
  if (username !== '' || password !== '') return false;
  return origin === 'https://hooks.slack.com' || origin === new URL(apiUrl).origin;
}
