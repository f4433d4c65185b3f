import { Agent } from 'node:http';
import type { Settings } from './state.ts';
import type { Ids } from './ids.ts';
import type { JsonObject } from './json.ts';
import { isObject, parseJson } from './json.ts';
import type { LeverState } from './levers.ts';
import type { Posted } from './post.ts';
import { post } from './post.ts';
import { signedHeaders } from './sign.ts';
import type { Envelope, Sockets } from './sockets.ts';

/** What Slack sends: a slash command, a press or modal, or an event. */
export type Kind = 'slash_commands' | 'interactive' | 'events_api';

/** The reason for which Slack shows the person a failure. */
export type AckError =
  | 'operation_timeout'
  | 'dispatch_failed'
  | 'http_client_error'
  | 'http_service_error'
  | 'invalid_command_response';

/** How the bot acknowledged. `body` is undefined when it was empty. */
export interface Ack {
  ok: boolean;
  status?: number;
  body?: JsonObject | string;
  error?: AckError;
  afterMs: number;
  /** The bot asked for no repeats (`x-slack-no-retry: 1`). */
  noRetry?: boolean;
  /** The acknowledgement of the second delivery, when a lever sent the request twice. */
  repeat?: Ack;
}

/** One request to the bot, byte for byte, for replays. */
export interface Captured {
  kind: Kind;
  payload: JsonObject;
  /** Set over HTTP. */
  headers?: Record<string, string>;
  body?: string;
  /** Set over Socket Mode. */
  envelope?: Envelope;
}

/** Marks a delivery as a repeat. */
export interface Retry {
  num: number;
  reason: string;
}

/** Sends requests to the bot, over HTTP when it has addresses, otherwise over its sockets. */
export interface Courier {
  /** Addresses of the bot's `/slack/events`; several alternate. Empty: Socket Mode. */
  urls: string[];
  readonly captured: Captured[];
  deliver(kind: Kind, payload: JsonObject, retry?: Retry): Promise<Ack>;
  /** Sends the very same bytes again; with `sign`, under a fresh timestamp and signature. */
  replay(captured: Captured, how?: { sign?: boolean; retry?: Retry }): Promise<Ack>;
  /** Sends any body with any headers to the bot's address. */
  raw(headers: Record<string, string>, body: string): Promise<Posted>;
  close(): void;
}

const MOST_CAPTURED = 500;

function encode(kind: Kind, payload: JsonObject): { type: string; body: string } {
  const form = 'application/x-www-form-urlencoded';
  if (kind === 'events_api') return { type: 'application/json', body: JSON.stringify(payload) };
  if (kind === 'interactive')
    return { type: form, body: new URLSearchParams({ payload: JSON.stringify(payload) }).toString() };
  return {
    type: form,
    body: new URLSearchParams(
      Object.entries(payload).map(
        ([key, value]) =>
          [key, typeof value === 'string' ? value : JSON.stringify(value)] as [string, string],
      ),
    ).toString(),
  };
}

/** Why Slack refuses an answer, in its own words. */
function errorOf(posted: Posted): AckError | undefined {
  if ('failed' in posted) return posted.failed === 'timeout' ? 'operation_timeout' : 'dispatch_failed';
  if (posted.status >= 200 && posted.status < 300) return undefined;
  return posted.status < 500 ? 'http_client_error' : 'http_service_error';
}

function bodyOf(text: string): Pick<Ack, 'body'> {
  if (text === '') return {};
  const json = parseJson(text);
  return { body: isObject(json) ? json : text };
}

/** Makes a courier that has delivered nothing yet. */
export function makeCourier(settings: Settings, ids: Ids, sockets: Sockets, levers: LeverState): Courier {
  // A new connection each time: a kept one may belong to a bot that was killed meanwhile, and the request would be
  // lost.
  const agent = new Agent({ keepAlive: false });
  const captured: Captured[] = [];
  let turn = 0;

  async function overHttp(headers: Record<string, string>, body: string): Promise<Ack> {
    const startedAt = performance.now();
    const posted = await courier.raw(headers, body);
    const error = errorOf(posted);
    const afterMs = performance.now() - startedAt;
    if ('failed' in posted) return { ok: false, ...(error ? { error } : {}), afterMs };
    const noRetry = posted.headers['x-slack-no-retry'] === '1' ? { noRetry: true } : {};
    const rest = { status: posted.status, ...bodyOf(posted.body), ...noRetry, afterMs };
    return error ? { ok: false, error, ...rest } : { ok: true, ...rest };
  }

  async function overSocket(envelope: Envelope): Promise<Ack> {
    const startedAt = performance.now();
    const outcome = await sockets.send(envelope, settings.ackDeadlineMs);
    const afterMs = performance.now() - startedAt;
    if ('failed' in outcome)
      return {
        ok: false,
        error: outcome.failed === 'timeout' ? 'operation_timeout' : 'dispatch_failed',
        afterMs,
      };
    const said = outcome.payload && Object.keys(outcome.payload).length > 0 ? { body: outcome.payload } : {};
    return { ok: true, ...said, afterMs };
  }

  function send({ headers, body, envelope }: Captured): Promise<Ack> {
    return envelope ? overSocket(envelope) : overHttp(headers ?? {}, body ?? '');
  }

  function pack(kind: Kind, payload: JsonObject): Captured {
    if (courier.urls.length === 0) {
      const answerable = kind !== 'events_api';
      return {
        kind,
        payload,
        envelope: { envelope_id: ids.secret(), type: kind, payload, accepts_response_payload: answerable },
      };
    }
    const { type, body } = encode(kind, payload);
    return {
      kind,
      payload,
      body,
      headers: {
        'content-type': type,
        'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
        accept: 'application/json,*/*',
        ...signedHeaders(settings.signingSecret, body, Date.now()),
      },
    };
  }

  function marked(parcel: Captured, retry: Retry | undefined, sign: boolean): Captured {
    const { headers, body = '', envelope } = parcel;
    if (envelope)
      return retry
        ? { ...parcel, envelope: { ...envelope, retry_attempt: retry.num, retry_reason: retry.reason } }
        : parcel;
    const fresh = sign ? signedHeaders(settings.signingSecret, body, Date.now()) : {};
    const repeat: Record<string, string> = retry
      ? { 'x-slack-retry-num': String(retry.num), 'x-slack-retry-reason': retry.reason }
      : {};
    return { ...parcel, headers: { ...headers, ...fresh, ...repeat } };
  }

  const courier: Courier = {
    urls: [],
    captured,
    async deliver(kind, payload, retry) {
      const parcel = marked(pack(kind, payload), retry, false);
      captured.push(parcel);
      if (captured.length > MOST_CAPTURED) captured.shift();
      if (!levers.takeTwice()) return send(parcel);
      const again = marked(parcel, { num: 1, reason: 'http_timeout' }, false);
      const [ack, repeat] = await Promise.all([send(parcel), send(again)]);
      return { ...ack, repeat };
    },
    replay: (parcel, { sign = false, retry } = {}) => send(marked(parcel, retry, sign)),
    raw(headers, body) {
      const url = courier.urls[turn % Math.max(courier.urls.length, 1)];
      turn += 1;
      return url === undefined
        ? Promise.resolve({ failed: 'nobody' })
        : post(url, headers, body, settings.ackDeadlineMs, agent);
    },
    close: () => agent.destroy(),
  };
  return courier;
}
