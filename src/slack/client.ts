import { webApi } from '@slack/bolt';
import { libraryLogger } from '../log.ts';
import type { PinoLog } from '../log.ts';
import { proxiedFetch } from '../net/proxy.ts';
import { longestPauseS, pauseSeconds } from './retry-after.ts';
import type { CountedSockets } from './shared-token.ts';

/** Slack's Web API as the whole bot uses it. */
export type SlackClient = webApi.WebClient;

/**
 * The result of a call: `ok`, `error` (Slack said no), `limited` (429), `failed` (no answer, or one that is not
 * Slack's).
 */
export type CallOutcome = 'ok' | 'error' | 'limited' | 'failed';

/** Why a request to `/slack/events` was refused. */
export type RefusedRequest = 'timestamp' | 'signature' | 'too-large' | 'busy' | 'unreadable';

/** Metrics of incoming requests; times in ms. */
export interface ObserveSlack {
  /** From receipt to acknowledgement. */
  acknowledged(kind: 'command' | 'press' | 'submission' | 'mention', ms: number): void;
  /** A refusal given before `submit`. */
  refusal(code: string): void;
  /** A request over HTTP that was rejected. */
  requestRefused(cause: RefusedRequest): void;
  slackCall(method: string, outcome: CallOutcome): void;
}

/** Slack's latest answers, for readiness. */
export interface SlackState {
  /** Slack has accepted the bot token since the start. */
  accepted: boolean;
  /** The newest outcome of any call and when it came (ms since 1970); undefined before the first. */
  last?: { outcome: CallOutcome; at: number };
  /** Socket Mode: the connections that Slack counted at the newest hello. */
  sockets?: CountedSockets;
}

/**
 * Longest duration of calls, in ms. Nobody waits for a message to be posted, and Slack may still carry out a call that
 * was given up.
 */
export interface Timeouts {
  message: number;
  other: number;
}

const timeouts: Timeouts = { message: 60_000, other: 10_000 };
/** Most bytes of an answer: the members of a large group take some hundred thousand. */
const mostBytes = 4 * 1_024 * 1_024;

interface ClientParts {
  apiUrl: string;
  log: PinoLog;
  observe: Pick<ObserveSlack, 'slackCall'>;
  /** Shorter times, for tests. */
  timeouts?: Timeouts;
}

/**
 * Makes a client that tries once: the caller decides whether a repeat is safe, since a call without an answer may have
 * been carried out. A 429 is thrown as `WebAPIRateLimitedError`, with a bounded pause.
 */
export function makeClient(
  options: ClientParts & { token: string },
  state: SlackState = { accepted: false },
): SlackClient {
  return new webApi.WebClient(options.token, clientOptions(options, state));
}

/** The options of every client of Slack's Web API in this process, Socket Mode's included. */
export function clientOptions(
  parts: ClientParts,
  state: SlackState,
): webApi.WebClientOptions & { slackApiUrl: string } {
  const { apiUrl, log, observe } = parts;
  const { message, other } = parts.timeouts ?? timeouts;
  const counted: typeof fetch = async (input, init) => {
    const url = typeof input === 'string' ? input : input instanceof URL ? input.href : input.url;
    const method = new URL(url).pathname.split('/').at(-1) ?? 'unknown';
    const seen = (outcome: CallOutcome): void => {
      observe.slackCall(method, outcome);
      state.last = { outcome, at: Date.now() };
    };
    const signal = AbortSignal.timeout(method.startsWith('chat.') ? message : other);
    try {
      const response = await proxiedFetch(input, { ...init, signal });
      const body = await wholeText(response);
      seen(outcomeOf(response.status, body));
      const { status } = response;
      const headers = readable(response, method, log);
      return new Response(status === 204 || status === 205 || status === 304 ? null : body, {
        status,
        headers,
      });
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
    timeout: Math.max(message, other),
    fetch: counted as NonNullable<webApi.WebClientOptions['fetch']>,
  };
}

/** Reads the body of an answer; throws when it is longer than the bound. */
export async function wholeText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The headers of an answer, with `Retry-After` bounded. */
function readable(response: Response, method: string, log: PinoLog): Headers {
  const headers = new Headers(response.headers);
  if (response.status !== 429) {
    headers.delete('retry-after');
    return headers;
  }
  const asked = headers.get('retry-after');
  const seconds = pauseSeconds(asked, Date.now());
  if (seconds === longestPauseS)
    log.warn(
      { method, asked: asked?.slice(0, 64), seconds },
      'Slack asks for a longer pause than the bot keeps',
    );
  headers.set('retry-after', String(seconds));
  return headers;
}

function outcomeOf(status: number, body: string): CallOutcome {
  if (status === 429) return 'limited';
  if (status !== 200) return 'failed';
  try {
    const read: unknown = JSON.parse(body);
    if (typeof read !== 'object' || read === null || !('ok' in read)) return 'failed';
    return read.ok === true ? 'ok' : read.ok === false ? 'error' : 'failed';
  } catch {
    return 'failed';
  }
}
