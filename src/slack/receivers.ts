import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { ParsedUrlQuery } from 'node:querystring';
import { HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { App, Receiver } from '@slack/bolt';
import type { webApi } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import { libraryLogger } from '../log.ts';
import type { PinoLog } from '../log.ts';
import type { Lobby } from '../net/lobby.ts';
import { proxyDispatcher } from '../net/proxy.ts';
import { announcedBytes, answerTo, isTooLarge, readBody, tooLarge } from '../net/request-body.ts';
import { makeSeldom } from '../net/seldom.ts';
import type { ObserveSlack, RefusedRequest } from './client.ts';
import { readFrames } from './frames.ts';

/** Handles one HTTP request of Slack, before its body is read. */
export type SlackRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** What HTTP requests need. */
export interface ReceiverParts {
  signingSecret: string;
  clock: Clock;
  log: PinoLog;
  observe: Pick<ObserveSlack, 'requestRefused'>;
  /** Buffer for bodies whose signature is not verified yet. */
  lobby: Lobby;
}

/** Properties that the receivers add to each request, in Bolt's context. */
export interface Received {
  /** The mark that recognizes a repeat: `signature:…` or `envelope:…`. */
  receivedMark: string;
  /** When the request came, ms of the monotonic clock. */
  receivedAt: number;
}

/** Most seconds between Slack's timestamp and our clock, either way. */
const windowSeconds = 300;

/** Most bytes of Slack's certificate check, which is not signed. */
const longestCheck = 4_096;
const form = 'application/x-www-form-urlencoded';

/** Status and log line for each cause of a refusal. */
const refusals: Readonly<Record<RefusedRequest, { status: number; text: string }>> = {
  timestamp: {
    status: 401,
    text: 'A request to /slack/events has a time that is more than 5 minutes off. If Slack sent it, the clock of this machine is wrong',
  },
  signature: {
    status: 401,
    text: 'A request to /slack/events has a wrong signature. If Slack sent it, SLACK_SIGNING_SECRET belongs to another app',
  },
  'too-large': { status: 413, text: 'A request to /slack/events is larger than 1 MiB' },
  busy: { status: 503, text: 'A request to /slack/events was dropped: too much came at once' },
  unreadable: { status: 400, text: 'A request from Slack cannot be read' },
};

/**
 * Receives requests over HTTP. The timestamp and the form of the signature are checked before the body is read. The
 * signature is checked here, so that strangers cannot fill the log; Bolt's own function makes three digests for it.
 */
export function httpReceiver({ signingSecret, clock, log, observe, lobby }: ReceiverParts): {
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

/** Receives requests over Slack's WebSocket. Automatic reconnecting is off; `keepConnected` does it. */
export function socketReceiver(
  appToken: string,
  options: webApi.WebClientOptions & { slackApiUrl: string },
  clock: Clock,
  log: PinoLog,
): { receiver: Receiver; socket: SocketModeReceiver } {
  // Slack names the WebSocket's host later; the connection uses the proxy settings of the Web API.
  const dispatcher = proxyDispatcher(new URL(options.slackApiUrl));
  const socket = new SocketModeReceiver({
    appToken,
    ...(dispatcher && { dispatcher }),
    logger: libraryLogger(log, 'bolt'),
    installerOptions: { clientOptions: options },
    // The library's own reconnecting leaves an unhandled rejection when Slack is unavailable, which ends the process.
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

/**
 * Bolt acknowledges events before their listeners run. Here the listeners run first, so that Slack repeats an event
 * that failed.
 */
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

/** True when the signature (`v0=` and 64 hexadecimal digits) fits these bytes and this time. */
function isSigned(secret: string, timestamp: string, body: Buffer, signature: string): boolean {
  const own = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  const given = Buffer.from(signature.slice('v0='.length), 'hex');
  return given.length === own.length && timingSafeEqual(given, own);
}

/**
 * Sends an answer in one piece. Bolt writes the head first, so that the body goes out in chunks: four pieces, and most
 * of the answer's time. With the head left to `end`, Node knows the length.
 */
function inOnePiece(response: ServerResponse): void {
  const writeHead = (status: number, headers: Record<string, string> = {}): ServerResponse => {
    // Only for the first call: `end` writes the head by this same method.
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

/** How far Slack's timestamp (seconds) is ahead of our clock, in whole seconds; undefined: it is not a timestamp. */
function secondsOff(timestamp: string, nowMs: number): number | undefined {
  return /^\d{1,12}$/.test(timestamp) ? Math.round(Number(timestamp) - nowMs / 1000) : undefined;
}

/** True when the body is an object, as all of Slack's are; Bolt does not check. `fields`: the fields of a form. */
function isObject(fields: ParsedUrlQuery | undefined, text: string): boolean {
  if (fields === undefined) return text.trimStart().startsWith('{');
  const { payload } = fields;
  return typeof payload !== 'string' || payload.trimStart().startsWith('{');
}
