import type { AddressInfo } from 'node:net';
import type { Captured, Ack, Kind, Retry } from './send-to-bot.ts';
import { makeCourier } from './send-to-bot.ts';
import type { Call, Desk, Settings, Violation } from './state.ts';
import { makeHooks } from './response-urls.ts';
import { makeIds } from './ids.ts';
import { isObject, textAt } from './json.ts';
import type { JsonObject } from './json.ts';
import type { Levers } from './levers.ts';
import { makeLevers } from './levers.ts';
import type { Message } from './messages.ts';
import { makeMessages } from './messages.ts';
import type { Person } from './person.ts';
import { makePerson } from './person.ts';
import type { Posted } from './post.ts';
import { makeBuckets } from './rate.ts';
import { endRetries } from './retries.ts';
import type { Look, Room } from './channel.ts';
import { lookAt, makeRoom } from './channel.ts';
import { closeServer, makeServer } from './server.ts';
import { signedHeaders } from './sign.ts';
import type { Sockets } from './sockets.ts';
import { makeSockets } from './sockets.ts';
import { makeTriggers } from './triggers.ts';
import { makeViews } from './views.ts';
import type { Truthy } from './waiting.ts';
import { makeWatch } from './waiting.ts';
import type { World } from './directory.ts';
import { peopled } from './directory.ts';

/** The options of a workspace; all have a default. */
export interface Options extends Partial<Settings> {
  /** The people and channels; default `peopled()`. */
  world?: World;
  /** The port to listen on; default any free one. */
  port?: number;
}

/** How long to wait, and which channel to print after a timeout (default: all with messages). */
export interface Patience {
  withinMs?: number;
  channel?: string;
  what?: string;
}

/** A pretend Slack workspace, listening on loopback. */
export interface Workspace {
  readonly origin: string;
  readonly world: World;
  readonly levers: Levers;
  readonly sockets: Pick<Sockets, 'count' | 'refresh' | 'drop'>;
  /** Every refused call and every broken rule of the project, oldest first. */
  readonly violations: Violation[];
  /** Every request sent to the bot, oldest first. */
  readonly captured: readonly Captured[];
  /** The environment that points the bot here. */
  env(mode: 'http' | 'socket'): Record<string, string>;
  /** Sets the addresses of the bot's `/slack/events`; several replicas alternate. None: Socket Mode. */
  delivers(...urls: string[]): void;
  person(name: string): Person;
  channel(name: string): Room;
  /** The bot's conversation with one person. */
  dm(name: string): Room;
  calls(method?: string): Call[];
  /** The messages that notified this person, by a mention, a group or a broadcast, or directly. */
  notifications(name: string): Message[];
  /** Every message of all channels, replies and ephemeral ones too, oldest first; not copies. */
  messages(): readonly Readonly<Message>[];
  /** Calls back after every change of messages and modals, until the returned function is called. */
  follow(fn: () => void): () => void;
  look(message: Pick<Message, 'text' | 'blocks'>): Look;
  transcript(channel: string): string;
  until<T>(look: () => T | Promise<T>, patience?: Patience): Promise<Truthy<T>>;
  /** Moves the workspace's clock: trigger ids, response_urls, rate limits. Signatures keep the real time. */
  passes(ms: number): void;
  /** Sends any request, as Slack sends one of its kind. */
  sends(kind: Kind, payload: JsonObject): Promise<Ack>;
  replay(captured: Captured, how?: { sign?: boolean; retry?: Retry }): Promise<Ack>;
  /** Sends any body with any headers to the bot's address; `signed` adds a valid signature of that instant. */
  raw(body: string, headers?: Record<string, string>, signed?: { atMs: number }): Promise<Posted>;
  /** Sends Slack's URL verification: true when the challenge came back. */
  verifiesUrl(): Promise<boolean>;
  close(): Promise<void>;
}

const DEFAULTS: Settings = {
  botToken: 'xoxb-playground',
  appToken: 'xapp-playground',
  signingSecret: 'playground-signing-secret',
  scopes: undefined,
  appScopes: ['connections:write'],
  commands: ['/release', '/stage', '/promote', '/revert'],
  shouldEscape: false,
  ackDeadlineMs: 3_000,
  eventRetryDelaysMs: [0, 60_000, 300_000],
  postRate: { perMinute: 60, burst: 5 },
};

/** Opens a workspace. Close it at the end, after the bot. */
export async function openWorkspace({
  world = peopled(),
  port = 0,
  ...given
}: Options = {}): Promise<Workspace> {
  const settings: Settings = { ...DEFAULTS, ...given };
  let skewMs = 0;
  let listening = 0;
  const now = () => Date.now() + skewMs;
  const origin = () => `http://127.0.0.1:${listening}`;
  const ids = makeIds(now);
  const watch = makeWatch();
  const { levers, state } = makeLevers(now);
  const desk: Desk = {
    settings,
    world,
    ids,
    messages: makeMessages(ids, watch.changed),
    views: makeViews(ids, watch.changed),
    triggers: makeTriggers(ids, now),
    hooks: makeHooks(ids, now),
    buckets: makeBuckets(now),
    levers: state,
    violations: [],
    calls: [],
    now,
    changed: watch.changed,
    origin,
    socketUrl: () => sockets.url(),
  };
  const server = makeServer(desk);
  const sockets = makeSockets(server, ids, origin, state, watch.changed);
  const courier = makeCourier(settings, ids, sockets, state);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  listening = (server.address() as AddressInfo).port;

  const transcripts = (channel?: string) => {
    const busy = new Set(desk.messages.all().map((message) => message.channel));
    const shown = channel === undefined ? [...busy] : [world.channel(channel).id];
    return (
      shown.map((id) => makeRoom(desk, world.channel(id)).transcript()).join('\n\n') ||
      '(no messages anywhere)'
    );
  };
  const told = (message: Message, id: string) =>
    message.user !== id &&
    (world.channels.get(message.channel)?.im === id ||
      message.notified.some(
        (mention) =>
          mention.id === id ||
          mention.kind === 'broadcast' ||
          (mention.kind === 'group' && world.groups.get(mention.id)?.users.includes(id)),
      ));

  return {
    origin: origin(),
    world,
    levers,
    sockets,
    violations: desk.violations,
    captured: courier.captured,
    env: (mode) => ({
      SLACK_BOT_TOKEN: settings.botToken,
      SLACK_API_URL: `${origin()}/api/`,
      ...(mode === 'http'
        ? { SLACK_SIGNING_SECRET: settings.signingSecret }
        : { SLACK_APP_TOKEN: settings.appToken }),
    }),
    delivers: (...urls) => void (courier.urls = urls),
    person: (name) => makePerson(desk, courier, world.user(name)),
    channel: (name) => makeRoom(desk, world.channel(name)),
    dm: (name) => makeRoom(desk, world.openIm(world.user(name).id)),
    calls: (method) => desk.calls.filter((call) => (method ?? call.method) === call.method),
    notifications: (name) =>
      desk.messages
        .all()
        .filter((message) => told(message, world.user(name).id))
        .map((message) => structuredClone(message)),
    messages: () => desk.messages.all(),
    follow: (fn) => watch.follow(fn),
    look: (message) => lookAt(desk, message),
    transcript: (channel) => makeRoom(desk, world.channel(channel)).transcript(),
    until: (look, { withinMs = 60_000, channel, what = '' } = {}) =>
      watch.until(look, withinMs, () => `${what}\n${transcripts(channel)}`.trim()),
    passes: (ms) => void (skewMs += ms),
    sends: (kind, payload) => courier.deliver(kind, payload),
    replay: (captured, how) => courier.replay(captured, how),
    raw: (body, headers = {}, signed) =>
      courier.raw(
        { ...headers, ...(signed ? signedHeaders(settings.signingSecret, body, signed.atMs) : {}) },
        body,
      ),
    async verifiesUrl() {
      const challenge = ids.secret();
      const ack = await courier.deliver('events_api', {
        token: 'verification-token',
        challenge,
        type: 'url_verification',
      });
      return ack.ok && (isObject(ack.body) ? textAt(ack.body, 'challenge') : ack.body) === challenge;
    },
    async close() {
      endRetries(desk);
      watch.close();
      await sockets.close();
      courier.close();
      await closeServer(server);
    },
  };
}
