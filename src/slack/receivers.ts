import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { ParsedUrlQuery } from 'node:querystring';
import { HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { App, Receiver } from '@slack/bolt';
import type { webApi } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import { libraryLogger } from '../log.ts';
import type { Log } from '../log.ts';
import type { Lobby } from '../net/lobby.ts';
import { proxyDispatcher } from '../net/proxy.ts';
import { announcedBytes, answerTo, isTooLarge, readBody, tooLarge } from '../net/request-body.ts';
import { makeSeldom } from '../net/seldom.ts';
import type { ObserveSlack, RefusedRequest } from './client.ts';
import { readFrames } from './frames.ts';

/** One request of Slack over HTTP, before anything of its body is read. */
export type SlackRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What requests over HTTP need. */
export interface HttpParts {
  signingSecret: string;
  clock: Clock;
  log: Log;
  observe: Pick<ObserveSlack, 'requestRefused'>;
  /** Where bodies arrive that are still to show by their signature who sent them. */
  lobby: Lobby;
}

/** Properties that the receivers put next to each request, in Bolt's context. */
export interface Received {
  /** `signature:…` or `envelope:…`. */
  receivedMark: string;
  /** When it came, ms of the monotonic clock. */
  receivedAt: number;
}

/** Slack's timestamp may be this far from our clock, either way, in seconds. */
const windowSeconds = 300;

/** Slack's question whether the address has a certificate is not signed; bytes of the longest that is read. */
const longestCheck = 4_096;
const form = 'application/x-www-form-urlencoded';

/** Status and log line of each cause for which a request is refused. */
const refusals: Readonly<Record<RefusedRequest, { status: number; text: string }>> = {
  timestamp: {
    status: 401,
    text: 'A request to /slack/events is more than 5 minutes off. If Slack sent it, the clock of this machine is wrong',
  },
  signature: {
    status: 401,
    text: 'A request to /slack/events has a wrong signature. If Slack sent it, SLACK_SIGNING_SECRET is of another app',
  },
  'too-large': { status: 413, text: 'A request to /slack/events is larger than 1 MiB' },
  busy: { status: 503, text: 'A request to /slack/events was dropped: too much came at once' },
  unreadable: { status: 400, text: 'A request of Slack cannot be read' },
};

/**
 * Requests over HTTP. Timestamp and form of the signature are looked at before anything of the body is read; the
 * signature is checked here, so that strangers cannot fill the log; Bolt's own function makes three digests for it.
 */
export function httpReceiver({ signingSecret, clock, log, observe, lobby }: HttpParts): {
  receiver: Receiver;
  request: SlackRequest;
} {
  const inner = new HTTPReceiver({
    signingSecret,
    signatureVerification: false,
    logger: libraryLogger(log, 'bolt'),
    customPropertiesExtractor: (request): Received & Record<string, unknown> => ({
      receivedMark: `signature:${header(request, 'x-slack-signature')}`,
      receivedAt: clock.mono(),
    }),
    unhandledRequestHandler: ({ response }) => {
      if (response.headersSent) return;
      response.writeHead(503);
      response.end();
    },
  });
  const seldom = makeSeldom(() => clock.mono());

  async function bodyOf(request: IncomingMessage): Promise<Buffer | 'too-large' | 'busy'> {
    const { putOut, leave } = lobby.enter(request);
    try {
      const reading = readBody(request);
      const body = await Promise.race([reading, putOut.then(() => 'busy' as const)]);
      if (body === 'busy') reading.catch(() => {});
      return body === tooLarge ? 'too-large' : body;
    } finally {
      leave();
    }
  }

  return {
    receiver: acknowledgeLast(inner),
    async request(request, response) {
      const refuse = (cause: RefusedRequest, facts: object = {}): void => {
        observe.requestRefused(cause);
        const may = seldom(cause);
        const { status, text } = refusals[cause];
        if (may !== undefined) log.warn({ ...facts, ...may }, text);
        answerTo(request, response, status, cause === 'busy' ? { headers: { 'retry-after': '1' } } : {});
      };
      const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      request.headers['content-type'] = type;
      const timestamp = header(request, 'x-slack-request-timestamp');
      const signature = header(request, 'x-slack-signature');
      const offSeconds = secondsOff(timestamp, clock.now());
      const timely = offSeconds !== undefined && Math.abs(offSeconds) <= windowSeconds;
      const mayBeSlack = timely && /^v0=[0-9a-f]{64}$/.test(signature);
      const mayBeCheck = type === form && (announcedBytes(request) ?? Infinity) <= longestCheck;
      const unproved = (): void =>
        offSeconds === undefined || timely ? refuse('signature') : refuse('timestamp', { offSeconds });
      if (!mayBeSlack && !mayBeCheck) return (await isTooLarge(request)) ? refuse('too-large') : unproved();

      const body = await bodyOf(request);
      if (typeof body === 'string') return refuse(body);
      const text = body.toString();
      const fields =
        type === form ? (/(?:^|&)(?:ssl_check|payload)=/.test(text) ? parse(text) : {}) : undefined;
      if (fields?.['ssl_check'] === '1') return answerTo(request, response, 200);
      if (!mayBeSlack || !isSigned(signingSecret, timestamp, body, signature)) return unproved();
      if (!isObject(fields, text)) return refuse('unreadable');
      Object.assign(request, { rawBody: body });
      inOnePiece(response);
      inner.requestListener(request, response);
    },
  };
}

/** Requests over Slack's WebSocket. `client` connects and reconnects by itself no more: see `keepConnected`. */
export function socketReceiver(
  appToken: string,
  options: webApi.WebClientOptions & { slackApiUrl: string },
  clock: Clock,
  log: Log,
): { receiver: Receiver; socket: SocketModeReceiver } {
  // What the WebSocket's host is, Slack says later; it goes the way of the Web API.
  const dispatcher = proxyDispatcher(new URL(options.slackApiUrl));
  const socket = new SocketModeReceiver({
    appToken,
    ...(dispatcher && { dispatcher }),
    logger: libraryLogger(log, 'bolt'),
    installerOptions: { clientOptions: options },
    // Its own reconnecting leaves a rejected promise unhandled when Slack is away, which ends the process.
    autoReconnectEnabled: false,
    customPropertiesExtractor: (envelope): Received & Record<string, unknown> => ({
      receivedMark: `envelope:${String((envelope as Record<string, unknown>)['envelope_id'])}`,
      receivedAt: clock.mono(),
    }),
    processEventErrorHandler: async () => false,
  });
  readFrames(socket.client);
  return { receiver: acknowledgeLast(socket), socket };
}

/** Bolt acknowledges events before their listeners run. Here they run first, so that Slack repeats what was lost on the way. */
function acknowledgeLast(receiver: Receiver): Receiver {
  return {
    init(app) {
      const later: Pick<App, 'processEvent'> = {
        async processEvent(event) {
          if (event.body['event'] === undefined) return app.processEvent(event);
          let acknowledged = false;
          await app.processEvent({
            ...event,
            ack: async () => {
              acknowledged = true;
            },
          });
          if (acknowledged) await event.ack();
        },
      };
      receiver.init(Object.assign(Object.create(app) as App, later));
    },
    start: (...given) => receiver.start(...given) as Promise<unknown>,
    stop: (...given) => receiver.stop(...given) as Promise<unknown>,
  };
}

/** True when the signature (`v0=` and 64 hexadecimal digits) is that of these bytes at that time. */
function isSigned(secret: string, timestamp: string, body: Buffer, signature: string): boolean {
  const own = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  const given = Buffer.from(signature.slice('v0='.length), 'hex');
  return given.length === own.length && timingSafeEqual(given, own);
}

/**
 * Bolt writes the head of an answer, then its body, which therefore goes out in chunks: four pieces, and most of the time
 * that an answer takes. With the head left to `end`, Node knows the length and sends one piece.
 */
function inOnePiece(response: ServerResponse): void {
  const writeHead = (status: number, headers: Record<string, string> = {}): ServerResponse => {
    // Only for the first call: `end` writes the head by this very method.
    Reflect.deleteProperty(response, 'writeHead');
    response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    return response;
  };
  Object.assign(response, { writeHead });
}

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

/** How far Slack's timestamp (seconds) is ahead of our clock, in whole seconds; undefined: it is none. */
function secondsOff(timestamp: string, nowMs: number): number | undefined {
  return /^\d{1,12}$/.test(timestamp) ? Math.round(Number(timestamp) - nowMs / 1000) : undefined;
}

/** True when the body is an object, as all of Slack's are; Bolt does not look. `fields`: of a form. */
function isObject(fields: ParsedUrlQuery | undefined, text: string): boolean {
  if (fields === undefined) return text.trimStart().startsWith('{');
  const { payload } = fields;
  return typeof payload !== 'string' || payload.trimStart().startsWith('{');
}
