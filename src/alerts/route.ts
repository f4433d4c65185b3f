/** `POST` and `PUT /hooks/alerts/<source>` (SPEC 9). */
import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from '../release/alerts/alert.ts';
import type { Take } from '../release/alerts/take.ts';
import { Fault } from '../release/fault.ts';
import type { Log } from '../release/parts.ts';
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';
import type { CommonOptions } from './options.ts';
import { parseBody } from './parse-body.ts';
import { announced, makeLobby, makeRoom } from './room.ts';
import type { Lobby, Room } from './room.ts';
import type { BodyProof, Source } from './source.ts';
import { makeSource } from './sources/index.ts';
import type { AlertSource } from './sources/index.ts';

/** What the route needs. */
export interface RouteParts {
  sources: Readonly<Record<string, AlertSource>>;
  /** Makes the source of such options (`makeSource`). */
  make?: (options: AlertSource) => Source;
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

/** One source, and how much of it is taken. */
interface Entrance extends Source {
  name: string;
  options: AlertSource;
  bucket: Bucket;
  room: Room;
  lobby: Lobby;
}

const start = '/hooks/alerts/';
const usual = { perSecond: 2_000, atOnce: 10_000 };

/** Makes the route; it answers false for other paths. */
export function alertsRoute(
  parts: RouteParts,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean> {
  const { perSecond, atOnce } = parts.allowance ?? usual;
  const { make = makeSource } = parts;
  const entrances = new Map(
    Object.entries(parts.sources).map(([name, options]): [string, Entrance] => {
      const bucket = makeBucket(() => parts.clock.mono(), perSecond, atOnce);
      return [name, { ...make(options), name, options, bucket, room: makeRoom(), lobby: makeLobby() }];
    }),
  );
  return async (request, response, path) => {
    if (!path.startsWith(start)) return false;
    const say: Say = (status, words, headers = {}) => {
      response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers });
      response.end(`${words}\n`);
      return true;
    };
    const entrance = entrances.get(path.slice(start.length));
    if (entrance === undefined) return say(404, 'no such source');
    if (request.method !== 'POST' && request.method !== 'PUT')
      return say(405, 'POST or PUT', { allow: 'POST, PUT' });
    const proof = entrance.authentic({ headers: request.headers, now: parts.clock.now() });
    if (proof === false) return say(401, 'not authentic', { connection: 'close' });
    const read = () => parts.readBody(request);
    const held =
      proof === true
        ? await ofKnown(entrance, request, read)
        : await ofUnknown(entrance, request, read, proof);
    switch (held) {
      case 'too many':
        return busy(say, 1_000, { connection: 'close' });
      case 'too large':
        return say(413, 'more than 1 MiB', { connection: 'close' });
      case 'not authentic':
        return say(401, 'not authentic', { connection: 'close' });
      default:
    }
    try {
      const waitMs = entrance.bucket.waitMs();
      if (waitMs > 0) return busy(say, waitMs);
      entrance.bucket.spend();
      return await answer(parts, entrance, request, held.body, say);
    } finally {
      held.leave();
    }
  };
}

/** A body that is authentic, with the room that it has until `leave`; or why there is none. */
type Held = { body: Buffer; leave: () => void } | 'too many' | 'too large' | 'not authentic';

/** Reads what the headers have proven, once there is room for it. */
async function ofKnown(
  { room }: Entrance,
  request: IncomingMessage,
  read: () => Promise<Buffer | undefined>,
): Promise<Held> {
  const leave = room.take(announced(request));
  if (leave === undefined) return 'too many';
  try {
    const body = await read();
    if (body !== undefined) return { body, leave };
  } catch (cause) {
    leave();
    throw cause;
  }
  leave();
  return 'too large';
}

/** Reads what must still show who sent it, apart from what known senders hold. */
async function ofUnknown(
  { lobby, room }: Entrance,
  request: IncomingMessage,
  read: () => Promise<Buffer | undefined>,
  proof: BodyProof,
): Promise<Held> {
  const { putOut, leave } = lobby.enter(request);
  try {
    const body = await Promise.race([read(), putOut.then(() => 'too many' as const)]);
    if (body === 'too many') return body;
    if (body === undefined) return 'too large';
    if (!(await proof(body))) return 'not authentic';
    const taken = room.take(body.length);
    return taken === undefined ? 'too many' : { body, leave: taken };
  } finally {
    leave();
  }
}

/** 503, since that is what Alertmanager tries again; 429 means to it that the alert is refused. */
function busy(say: Say, waitMs: number, headers: Record<string, string> = {}): true {
  return say(503, 'too many at once', { 'retry-after': String(Math.ceil(waitMs / 1_000)), ...headers });
}

async function answer(
  parts: RouteParts,
  { name, options, read }: Entrance,
  { headers }: IncomingMessage,
  body: Buffer,
  say: Say,
): Promise<true> {
  const json = parseBody(body);
  if (!json.ok) return refuse(parts, name, json.mistake, say);
  const said = await read(json.value, headers);
  if (!said.ok) return refuse(parts, name, said.mistake, say);
  if (said.delivery === null) return say(202, 'nothing to store');
  const delivery: Delivery = { ...said.delivery, source: name };
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
}: CommonOptions): (labels: Readonly<Record<string, string>>) => string | null {
  const listed = Object.keys(services).length > 0;
  return (labels) => {
    const value = Object.hasOwn(labels, serviceLabel) ? labels[serviceLabel] : undefined;
    if (value === undefined) return null;
    if (listed) return Object.hasOwn(services, value) ? (services[value] ?? null) : null;
    return value;
  };
}
