import type { IncomingMessage, ServerResponse } from 'node:http';
import { parse } from 'node:querystring';
import type { ParsedUrlQuery } from 'node:querystring';
import { HTTPReceiver, SocketModeReceiver } from '@slack/bolt';
import type { App, Receiver } from '@slack/bolt';
import type { webApi } from '@slack/bolt';
import type { Clock } from '../release/clock.ts';
import { libraryLogger } from '../log.ts';
import type { Log } from '../log.ts';

/** One request of Slack over HTTP, its body read whole. */
export type SlackRequest = (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;

/** Properties that the receivers put beside each request, in Bolt's context. */
export interface Received {
  /** `signature:…` or `envelope:…` (SPEC 9). */
  receivedMark: string;
  /** When it came, ms of the monotonic clock. */
  receivedAt: number;
}

/** Slack's timestamp may be this far from our clock, either way, in seconds. */
const windowSeconds = 300;

/**
 * Requests over HTTP. Bolt checks the signature; checked here first is what Bolt lets pass: a timestamp in the future,
 * and text after the signature, which would give a replay another mark.
 */
export function httpReceiver(
  signingSecret: string,
  clock: Clock,
  log: Log,
): { receiver: Receiver; request: SlackRequest } {
  const inner = new HTTPReceiver({
    signingSecret,
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
  return {
    receiver: acknowledgeLast(inner),
    request(request, body, response) {
      const refuse = (status: number): void => {
        response.writeHead(status);
        response.end();
      };
      const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
      request.headers['content-type'] = type;
      const text = body.toString();
      // Slack's question whether the address has a certificate is not signed. Bolt answers it without reading anything else.
      const form =
        type === 'application/x-www-form-urlencoded'
          ? /(?:^|&)(?:ssl_check|payload)=/.test(text)
            ? parse(text)
            : {}
          : undefined;
      const sslCheck = form?.['ssl_check'] === '1';
      const fresh = timely(header(request, 'x-slack-request-timestamp'), clock.now());
      const wellFormed = /^v0=[0-9a-f]{64}$/.test(header(request, 'x-slack-signature'));
      if (!sslCheck && !(fresh && wellFormed)) return refuse(401);
      if (!isObject(form, text)) return refuse(400);
      Object.assign(request, { rawBody: body });
      inner.requestListener(request, response);
    },
  };
}

/** Requests over Slack's WebSocket. `client` connects and reconnects by itself no more: see `keepConnected`. */
export function socketReceiver(
  appToken: string,
  options: webApi.WebClientOptions,
  clock: Clock,
  log: Log,
): { receiver: Receiver; socket: SocketModeReceiver } {
  const socket = new SocketModeReceiver({
    appToken,
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

function header(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

/** True when Slack's timestamp (seconds) is a number within five minutes of `nowMs`. */
export function timely(timestamp: string, nowMs: number): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false;
  return Math.abs(nowMs / 1000 - Number(timestamp)) <= windowSeconds;
}

/** True when the body is an object, as all of Slack's are; Bolt does not look. `form`: its fields, if it is one. */
function isObject(form: ParsedUrlQuery | undefined, text: string): boolean {
  if (form === undefined) return text.trimStart().startsWith('{');
  const { payload } = form;
  return typeof payload !== 'string' || payload.trimStart().startsWith('{');
}
