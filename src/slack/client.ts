import { webApi } from '@slack/bolt';
import { libraryLogger } from '../log.ts';
import type { Log } from '../log.ts';

/** Slack's Web API as the whole bot uses it. */
export type SlackClient = webApi.WebClient;

/** What the way in reports for metrics; times in ms. */
export interface ObserveSlack {
  /** From receipt to acknowledgement. */
  acknowledged(kind: 'command' | 'press' | 'submission' | 'mention', ms: number): void;
  /** A refusal given here, before `submit`. */
  refusal(code: string): void;
  /** `ok`, `error` (Slack said no), `limited` (429), `failed` (no answer, or no JSON). */
  slackCall(method: string, outcome: 'ok' | 'error' | 'limited' | 'failed'): void;
}

/** How Slack answered last: for readiness. */
export interface SlackState {
  /** Slack has accepted the bot token since the start. */
  accepted: boolean;
  /** The newest outcome of any call and when it came (ms since 1970); undefined before the first. */
  last?: { outcome: 'ok' | 'error' | 'limited' | 'failed'; at: number };
}

/** A call takes at most this long, ms. */
const timeoutMs = 10_000;

/**
 * A client that tries once: whoever calls decides whether a repeat is safe, since a call without an answer may have been
 * carried out. A 429 is thrown as `WebAPIRateLimitedError`.
 */
export function makeClient(
  options: { token: string; apiUrl: string; log: Log; observe: Pick<ObserveSlack, 'slackCall'> },
  state: SlackState = { accepted: false },
): SlackClient {
  return new webApi.WebClient(options.token, clientOptions(options, state));
}

/** The options of every client of Slack's Web API in this process, Socket Mode's included. */
export function clientOptions(
  { apiUrl, log, observe }: { apiUrl: string; log: Log; observe: Pick<ObserveSlack, 'slackCall'> },
  state: SlackState,
): webApi.WebClientOptions {
  const counted: typeof fetch = async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    const method = new URL(url).pathname.split('/').at(-1) ?? 'unknown';
    const seen = (outcome: 'ok' | 'error' | 'limited' | 'failed'): void => {
      observe.slackCall(method, outcome);
      state.last = { outcome, at: Date.now() };
    };
    try {
      const response = await fetch(input, init);
      if (response.status === 429) seen('limited');
      else if (!response.ok) seen('failed');
      else seen((await saidOk(response.clone())) ? 'ok' : 'error');
      return response;
    } catch (cause) {
      seen('failed');
      throw cause;
    }
  };
  return {
    slackApiUrl: apiUrl,
    logger: libraryLogger(log, 'slack-web-api'),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: timeoutMs,
    fetch: counted as NonNullable<webApi.WebClientOptions['fetch']>,
  };
}

async function saidOk(response: Response): Promise<boolean> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null && 'ok' in body && body.ok === true;
  } catch {
    return false;
  }
}
