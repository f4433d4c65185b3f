/** `POST` and `PUT /hooks/alerts/<source>` (SPEC 9). */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from '../release/alerts/alert.ts';
import type { Take } from '../release/alerts/take.ts';
import { Fault } from '../release/fault.ts';
import type { Log } from '../release/parts.ts';
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';
import type { AlertSource } from './options.ts';
import { readJson } from './read-json.ts';
import { makeRoom } from './room.ts';
import type { Room } from './room.ts';
import { sources } from './sources/index.ts';

/** What the route needs. */
export interface RouteParts {
  sources: Readonly<Record<string, AlertSource>>;
  take: Take;
  /** Reads a body of at most 1 MiB whole; undefined: it is larger. */
  readBody: (request: IncomingMessage) => Promise<Buffer | undefined>;
  observe: { alert(kind: string, status: string): void };
  clock: { now(): number; mono(): number };
  /** Deliveries of one source that are taken: so many a second on average, so many at once (2,000 and 10,000). */
  allowance?: { perSecond: number; atOnce: number };
  log: Log;
}

/** Answers the request. */
type Say = (status: number, words: string, headers?: Record<string, string>) => true;

/** How much of one source is taken. */
interface Limits {
  bucket: Bucket;
  room: Room;
}

const start = '/hooks/alerts/';
const usual = { perSecond: 2_000, atOnce: 10_000 };

/** Makes the route; it answers false for other paths. */
export function alertsRoute(
  parts: RouteParts,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean> {
  const { perSecond, atOnce } = parts.allowance ?? usual;
  const limits = new Map<string, Limits>();
  const limitsOf = (name: string): Limits => {
    const known = limits.get(name) ?? {
      bucket: makeBucket(() => parts.clock.mono(), perSecond, atOnce),
      room: makeRoom(),
    };
    limits.set(name, known);
    return known;
  };
  return async (request, response, path) => {
    if (!path.startsWith(start)) return false;
    const name = path.slice(start.length);
    const options = Object.hasOwn(parts.sources, name) ? parts.sources[name] : undefined;
    const say: Say = (status, words, headers = {}) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
      response.end(`${words}\n`);
      return true;
    };
    if (options === undefined) return say(404, 'no such source');
    if (request.method !== 'POST' && request.method !== 'PUT')
      return say(405, 'POST or PUT', { allow: 'POST, PUT' });
    const source = sources[options.kind];
    const { headers } = request;
    const proves = (body: Buffer): boolean =>
      source.authentic({ headers, body, now: parts.clock.now() }, options);
    // A bearer is looked at before the body is read; a signature covers the body, of which too much is read by nobody.
    const signed = source.signs(headers);
    if (!signed && !proves(Buffer.alloc(0))) return say(401, 'not authentic', { connection: 'close' });
    const { bucket, room } = limitsOf(name);
    const leave = room.take(request);
    if (leave === undefined) return busy(say, 1_000, { connection: 'close' });
    try {
      const body = await parts.readBody(request);
      if (body === undefined) return say(413, 'more than 1 MiB', { connection: 'close' });
      if (signed && !proves(body)) return say(401, 'not authentic');
      const waitMs = bucket.waitMs();
      if (waitMs > 0) return busy(say, waitMs);
      bucket.spend();
      return await answer(parts, { name, options, body, say });
    } finally {
      leave();
    }
  };
}

/** 503, since that is what Alertmanager tries again; 429 means to it that the alert is refused. */
function busy(say: Say, waitMs: number, headers: Record<string, string> = {}): true {
  return say(503, 'too many at once', { 'retry-after': String(Math.ceil(waitMs / 1_000)), ...headers });
}

async function answer(
  parts: RouteParts,
  { name, options, body, say }: { name: string; options: AlertSource; body: Buffer; say: Say },
): Promise<true> {
  const json = readJson(body);
  if (!json.ok) return refuse(parts, name, json.mistake, say);
  const read = sources[options.kind].read(json.value, options);
  if (!read.ok) return refuse(parts, name, read.mistake, say);
  const delivery: Delivery = { ...read.delivery, source: name };
  try {
    await parts.take(delivery, (service) => idOf(name, delivery.group, service), serviceOf(options));
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    parts.log.warn({ source: name, err: cause }, 'Alerts could not be stored; their sender must try again');
    return say(503, 'not stored; try again', { 'retry-after': '1' });
  }
  for (const { status } of delivery.alerts) parts.observe.alert(options.kind, status);
  return say(202, 'stored');
}

function refuse({ log }: RouteParts, source: string, mistake: string, say: Say): true {
  log.warn({ source, mistake }, 'A body of alerts cannot be read');
  return say(400, mistake);
}

/** Names a group in keys and buttons. */
function idOf(source: string, group: string, service: string | null): string {
  return createHash('sha256')
    .update(JSON.stringify([source, group, service]))
    .digest('hex')
    .slice(0, 24);
}

/** The service that labels name: by the list, or by its own name when there is no list (SPEC 8). */
function serviceOf({
  serviceLabel,
  services,
}: AlertSource): (labels: Readonly<Record<string, string>>) => string | null {
  const listed = Object.keys(services).length > 0;
  return (labels) => {
    const value = Object.hasOwn(labels, serviceLabel) ? labels[serviceLabel] : undefined;
    if (value === undefined) return null;
    if (listed) return Object.hasOwn(services, value) ? (services[value] ?? null) : null;
    return value;
  };
}
