/**
 * The route `POST` and `PUT /hooks/alerts/<source>`: checks the head, the token, then the body; stores the alerts and
 * answers. See docs/design.md#alerts.
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from '../release/alerts/alert.ts';
import type { Take } from '../release/alerts/take.ts';
import { unreadableOf } from '../release/alerts/notices.ts';
import { Fault } from '../release/fault.ts';
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';
import type { Lobby } from '../net/lobby.ts';
import { announcedBytes, answerTo as respond, longestBody } from '../net/request-body.ts';
import { responseOf, makeNote } from './responses.ts';
import type { DeliveryAnswer, NoteParts } from './responses.ts';
import { parseBody } from './parse-body.ts';
import { namedOf, serviceOf, unknownNames } from './naming.ts';
import { otherBody } from './other-body.ts';
import { shownPath, sourceIn } from './path.ts';
import { receive } from './receive.ts';
import { longestKnown, makeBodyBudget } from './body-budget.ts';
import type { BodyBudget } from './body-budget.ts';
import { singleHeader, secondsOff, isRecent } from './signatures.ts';
import { spelt } from './source.ts';
import type { ReadBody, Source } from './source.ts';
import { inSteps } from './steps.ts';
import { setApart } from './set-apart.ts';
import type { Oddity, Senders } from './senders.ts';
import { makeSource } from './sources/index.ts';
import type { AlertSource } from './sources/index.ts';
import { unpack } from './unpack.ts';
import { wholeOf } from './whole.ts';

/** What the route needs. */
export interface RouteParts extends NoteParts {
  sources: Readonly<Record<string, AlertSource>>;
  /** Makes the source for these options (default `makeSource`). */
  make?: (options: AlertSource) => Source;
  /** True for a source that only another replica's configuration names. */
  isElsewhere?: (source: string) => boolean;
  take: Take;
  /** True for the name of a known service. */
  isService?: (name: string) => boolean;
  /** Remembers what senders do, and notifies people. */
  hears?: Omit<Senders, 'watch'>;
  /** Buffer for bodies whose signature is not verified yet. */
  lobby: Lobby;
  observe: NoteParts['observe'] & {
    alert(kind: string, status: string, count?: number): void;
    odd?(source: string, what: Oddity): void;
  };
  clock: { now(): number; mono(): number };
  /** Limit of deliveries from one source: an average per second, and a burst (2,000 and 10,000). */
  allowance?: { perSecond: number; atOnce: number };
}

/** One source, with its limits. */
interface Entrance extends Source {
  name: string;
  options: AlertSource;
  bucket: Bucket;
  room: BodyBudget;
}

/** What one route works with. */
interface Parts extends RouteParts {
  largeInTurn: ReturnType<typeof makeTurns>;
}

/**
 * Size of a large body, in bytes: reading several at once would delay people's commands, so they are read one after the
 * other, with pauses for other work.
 */
const large = 65_536;
const usual = { perSecond: 2_000, atOnce: 10_000 };

/** Makes the route; it returns false for other paths. */
export function alertsRoute(
  parts: RouteParts,
): (request: IncomingMessage, response: ServerResponse, path: string) => Promise<boolean> {
  const { perSecond, atOnce } = parts.allowance ?? usual;
  const { make = makeSource } = parts;
  const entrances = new Map(
    Object.entries(parts.sources).map(([name, options]): [string, Entrance] => {
      const bucket = makeBucket(() => parts.clock.mono(), perSecond, atOnce);
      return [name, { ...make(options), name, options, bucket, room: makeBodyBudget() }];
    }),
  );
  const note = makeNote(parts);
  const largeInTurn = makeTurns();
  return async (request, response, path) => {
    const name = sourceIn(path);
    if (name === undefined) return false;
    const entrance = entrances.get(name);
    const answer: DeliveryAnswer =
      entrance === undefined
        ? parts.isElsewhere?.(name) === true
          ? { kind: 'source-elsewhere', headers: after(1_000) }
          : { kind: 'no-such-source', words: `no such source: ${shownPath(path)} was read` }
        : await answerTo(request, entrance, { ...parts, largeInTurn });
    note(entrance?.name ?? null, answer);
    parts.hears?.answered(entrance?.name ?? null, answer, path);
    const { status, text } = responseOf(answer);
    const headers = { 'content-type': 'text/plain; charset=utf-8', ...answer.headers };
    respond(request, response, status, { text, headers });
    return true;
  };
}

async function answerTo(request: IncomingMessage, entrance: Entrance, parts: Parts): Promise<DeliveryAnswer> {
  const { method, headers } = request;
  if (method !== 'POST' && method !== 'PUT') return { kind: 'wrong-method', headers: { allow: 'POST, PUT' } };
  const now = parts.clock.now();
  const proof = entrance.authentic({ headers, now });
  if (proof === false) return { kind: 'not-authentic', facts: clockFacts(entrance, headers, now) };
  const held = await receive({ room: entrance.room, lobby: parts.lobby }, request, proof);
  if (held === 'too-large') return tooLarge(proof === true, announcedBytes(request));
  if (typeof held === 'string') return { kind: held, headers: held === 'busy' ? after(1_000) : {} };
  try {
    const waitMs = entrance.bucket.waitMs();
    if (waitMs > 0) return { kind: 'busy', headers: after(waitMs) };
    entrance.bucket.spend();
    return await takeUnpacked(parts, entrance, request, held.body);
  } finally {
    held.leave();
  }
}

/** How far off a signature's time is, where only that refuses it: a clock may be wrong. */
function clockFacts({ signed }: Source, headers: IncomingHttpHeaders, now: number): object {
  const timestamp = signed && singleHeader(headers[signed.timestamp]);
  const off = secondsOff(timestamp, now);
  return off === undefined || isRecent(timestamp, now) ? {} : { clockOffSeconds: Math.round(off) };
}

/** Identifies a delivery by its signature, where that covers the time: the same one again is a replay. */
function markOf({ name, signed }: Entrance, headers: IncomingHttpHeaders): string | undefined {
  if (signed === undefined || headers[signed.timestamp] === undefined) return undefined;
  const signature = singleHeader(headers[signed.signature]);
  return signature === undefined ? undefined : idOf([name, signature]);
}

function after(waitMs: number): Record<string, string> {
  return { 'retry-after': String(Math.ceil(waitMs / 1_000)) };
}

/** The answer to a body that is too large. `bytes`: the announced size, if any. */
function tooLarge(isKnown: boolean, bytes?: number): DeliveryAnswer {
  const most = isKnown ? longestKnown : longestBody;
  return {
    kind: 'too-large',
    words: `more than ${most / 1024 / 1024} MiB`,
    ...(bytes && { facts: { bytes } }),
  };
}

async function takeUnpacked(
  parts: Parts,
  entrance: Entrance,
  request: IncomingMessage,
  packed: Buffer,
): Promise<DeliveryAnswer> {
  const unpacked = await unpack(packed, request.headers['content-encoding'], entrance.room);
  if (unpacked === 'busy') return { kind: 'busy', headers: after(1_000) };
  if (unpacked === 'too-large') return tooLarge(true);
  if ('mistake' in unpacked) return unreadable(unpacked.mistake);
  try {
    return await take(parts, entrance, request, unpacked.body);
  } finally {
    unpacked.leave();
  }
}

async function take(
  parts: Parts,
  entrance: Entrance,
  { headers }: IncomingMessage,
  body: Buffer,
): Promise<DeliveryAnswer> {
  const { name, options } = entrance;
  const said =
    body.length > large
      ? await parts.largeInTurn(() => read(entrance, headers, body, setImmediate))
      : await read(entrance, headers, body);
  if (!said.ok) return unreadable(said.mistake);
  if (said.delivery === null) return { kind: 'nothing-to-store' };
  const { alerts, tested } = setApart(said.delivery, options);
  if (tested) parts.hears?.tested(name);
  const { unreadable: unread } = said.delivery;
  // No message exists that could show the error.
  if (alerts.length === 0)
    return unread !== undefined && unread.count !== unread.undated
      ? unreadable(spelt(unread.mistake))
      : { kind: 'nothing-to-store' };
  const mark = markOf(entrance, headers);
  const delivery: Delivery = {
    ...said.delivery,
    alerts,
    whole: wholeOf(alerts),
    source: name,
    ...(mark !== undefined && { mark }),
  };
  try {
    await parts.take(
      delivery,
      (service, named) => idOf([name, delivery.group, service, ...(named === null ? [] : [named])]),
      serviceOf(options),
      namedOf(options),
    );
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return { kind: 'not-stored', headers: after(1_000), facts: { err: cause } };
  }
  for (const { status } of delivery.alerts) parts.observe.alert(options.kind, status);
  tellOdd(parts, entrance, delivery);
  return stored(parts, options.kind, delivery);
}

/** Reports unknown severity words and service names, and unreadable times. */
function tellOdd(
  { hears, isService, observe }: Parts,
  { name, options }: Entrance,
  { alerts, unreadable: unread }: Delivery,
): void {
  const services = unknownNames(options, alerts, isService);
  const severities = new Set(alerts.flatMap(({ word }) => (word === undefined ? [] : [word])));
  for (const [what, words] of [
    ['service', services],
    ['severity', severities],
    ['time', new Set(unread?.undated === undefined ? [] : [''])],
  ] as const) {
    if (words.size === 0) continue;
    observe.odd?.(name, what);
    hears?.odd(name, what, words);
  }
}

/** Counts unreadable alerts, and answers the sender with their number and the first error. */
function stored({ observe }: Parts, kind: string, { unreadable }: Delivery): DeliveryAnswer {
  if (unreadable === undefined) return { kind: 'stored' };
  const { count, undated = 0, mistake } = unreadable;
  const of = spelt(mistake);
  const words = `stored; ${unreadableOf(unreadable, of)}`;
  if (count === undated) return { kind: 'stored', words };
  observe.alert(kind, 'unreadable', count - undated);
  return { kind: 'stored-in-part', words, facts: { leftOut: count - undated, mistake: of } };
}

/** Reads a body. `between`: awaited after each of two steps that take long for a large body. */
async function read(
  entrance: Entrance,
  headers: IncomingHttpHeaders,
  body: Buffer,
  between: () => Promise<unknown> = async () => {},
): Promise<ReadBody> {
  const json = parseBody(body);
  const { kind } = entrance.options;
  if (!json.ok) return { ok: false, mistake: otherBody(json.value, kind) ?? json.mistake };
  await between();
  const reading = entrance.read(json.value, headers);
  const said = await ('next' in reading ? inSteps(reading) : reading);
  await between();
  return said.ok ? said : { ok: false, mistake: otherBody(json.value, kind) ?? said.mistake };
}

/** Makes a queue that runs one piece of work after the other. */
function makeTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => {});
    return mine;
  };
}

function unreadable(mistake: string): DeliveryAnswer {
  return { kind: 'unreadable', words: mistake, facts: { mistake } };
}

/** The id of a group, or of a delivery, in keys and buttons. */
function idOf(names: (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 24);
}
