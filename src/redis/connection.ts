import type { Logger } from 'pino';
import { systemClock } from '../release/clock.ts';
import type { Fault } from '../release/fault.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { tlsOptions } from './access.ts';
import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { apartMs, ClockEstimate } from './clock-estimate.ts';
import { connectorTo } from './connector.ts';
import { greet } from './handshake.ts';
import type { ServerRefusal } from './handshake.ts';
import { prefixOf } from './keys.ts';
import { KnownReplicas } from './known-replicas.ts';
import { locator } from './discovery.ts';
import type { Locate, HostPort } from './connector.ts';
import { lookAgain } from './other-port.ts';
import { deniedCommand, messageOf, connectTrouble } from './reply-error.ts';
import { relocate } from './relocate.ts';
import { namesOf } from './setup-error.ts';
import type { RedisTrouble } from './setup-error.ts';
import { slewMs } from './scripts/time-line.ts';
import { keepTimeLine, offWords } from './time-line.ts';
import { explainTrouble } from './trouble.ts';
import { WatchedRedis } from './silence-watchdog.ts';

/** One connection that reconnects whenever it is lost, with an estimate of the server's clock. */
export interface RedisConnection {
  readonly redis: WatchedRedis;
  readonly clock: ClockEstimate;
  up(): boolean;
  /** Why the connection is down, as the last error said (`connectTrouble`); undefined before the first error. */
  trouble(): string | undefined;
  /** The trouble in words; see `OpenRedis.explain`. */
  explain(cause?: Fault): RedisTrouble;
  /** The commands that this user may not run, while that keeps the connection down. */
  lacks(): readonly string[];
  /** A number that rises each time the connection comes up. */
  generation(): number;
  /** The number of live replicas of the server, see `KnownReplicas`; undefined where nothing reports it. */
  replicas(): number | undefined;
  /** When the connection last came up with a different server, or a restarted one, ms of the monotonic clock. */
  changedAt(): number | undefined;
  /** Marks that something is under way: for 15 s a change of server is looked for more often. */
  underWay(): void;
  /**
   * Resolves to true once it is up; to false at the monotonic instant `untilMono`, or at once after a long outage.
   */
  whenUp(untilMono: number): Promise<boolean>;
  /** Opens one more connection to the current server. Commands wait until it is up. */
  second(name: string): WatchedRedis;
  /** Closes the connection and looks for the server again. */
  reconnect(): void;
  /** Call it when the server's clock was set: the connection is down until the server was greeted again. */
  greetAgain(): void;
  watch(fn: (up: boolean) => void): () => void;
  close(): void;
}

/** After this long without a connection, commands fail at once, ms. */
const timeoutMs = 2000;
/** How often a port that answers nothing is asked which protocol it speaks, ms. */
const lookEveryMs = 5000;
/** How soon a server is asked again that loads its data or denies this user a command, ms. */
const greetAgainMs = { LOADING: 200, NOPERM: 1000, 'is-sentinel': 1000 };

/** Opens the connection. It counts as up once the handshake, the role and the server's clock are known. */
export function openConnection(
  address: RedisAddress,
  { keyStart, access, log, name }: { keyStart: string; access: RedisAccess; log: Logger; name: string },
): RedisConnection {
  const clock = new ClockEstimate();
  const ask = locator(address, keyStart, access);
  const known = new KnownReplicas();
  let alone = false;
  const locate: Locate = async () => {
    const found = await ask();
    known.add(found.replicas, performance.now());
    const none = known.most(performance.now()) === 0;
    if (none !== alone && none)
      log.warn(
        'Redis: no live replica; stage and promote are refused, and everything else is stored on one server only',
      );
    else if (none !== alone) log.info('Redis: there is a live replica again');
    alone = none;
    return found;
  };
  const watchers = new Set<(up: boolean) => void>();
  let isUp = false;
  let closed = false;
  /** The connection is being dropped: once, however many replies point to another server. */
  let leaving = false;
  let generation = 0;
  let lostAt = performance.now();
  let lastError = '';
  let trouble: string | undefined;
  let names: readonly string[] = [];
  let lacks: readonly string[] = [];
  let greeting: NodeJS.Timeout | undefined;
  let place: HostPort | undefined;
  let server = '';
  let changedAt: number | undefined;
  /** What was added to the server's clock when the connection last came up, ms. */
  let shifted = 0;

  const tls = tlsOptions(address.tls, access);

  const redis = new WatchedRedis({
    Connector: connectorTo(locate, tls, (found) => {
      place = found;
    }),
    ...(tls && { tls }),
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    db: address.db,
    protocol: 2,
    connectionName: name.replaceAll(/[^\w.:-]/g, '-'),
    disableClientInfo: true,
    // Nothing waits in the client and nothing is sent twice: a refused command must never run later.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableReadyCheck: false,
    retryStrategy: (times) => Math.min(50 * times, 500),
    connectTimeout: 1500,
    disconnectTimeout: 50,
    keepAlive: 5000,
  });

  const tell = (up: boolean): void => {
    if (isUp === up) return;
    isUp = up;
    if (up) generation += 1;
    else lostAt = performance.now();
    for (const watcher of watchers) watcher(up);
  };
  const reconnect = (): void => {
    tell(false);
    // While ioredis still looks for the server there is nothing to drop, and a disconnect would stop it for good.
    if (leaving || (redis.status !== 'ready' && redis.status !== 'connect')) return;
    leaving = true;
    redis.disconnect(true);
  };

  const explain = (cause?: Fault): RedisTrouble =>
    explainTrouble(
      cause?.refuses ?? trouble,
      { address, access, prefix: prefixOf(keyStart), lacks, names },
      cause === undefined ? undefined : `cannot be asked: ${cause.message.replace(/\.$/, '')}`,
    );

  redis.onSilence = reconnect;
  const failed = (error: unknown): void => {
    const message = messageOf(error);
    trouble = connectTrouble(error);
    names = namesOf(error);
    if (!closed && message !== lastError) log.warn({ cause: message, ...explain() }, 'Redis: no connection');
    lastError = message;
  };
  let looked: { for: string; result: Promise<unknown>; at: number } | undefined;
  redis.on('error', (error) => {
    if (isUp || place === undefined) return failed(error);
    const message = messageOf(error);
    if (looked?.for !== message || performance.now() - looked.at > lookEveryMs)
      looked = {
        for: message,
        at: performance.now(),
        result: lookAgain(error, place, tls !== undefined),
      };
    void looked.result.then((found) => {
      if (!isUp) failed(found);
    });
  });
  const refused = ({ word, lacks: missing }: ServerRefusal): void => {
    trouble = word;
    lacks = missing;
    const words =
      word === 'NOPERM'
        ? `Redis: this user may not use ${missing.join(' ')}; the bot does nothing until it may (docs/setup.md lists what its user needs)`
        : 'Redis: no connection';
    const about = { cause: word, ...(missing.length > 0 && { lacks: missing }), ...explain() };
    if (lastError !== word) log.error(about, words);
    lastError = word;
    if (word === 'READONLY') reconnect();
    else greeting = setTimeout(begin, greetAgainMs[word]);
  };
  const ready = (shift: number): void => {
    if (closed || redis.status !== 'ready') return;
    lastError = '';
    trouble = undefined;
    lacks = [];
    log.info({ server: `${place?.host}:${place?.port}` }, 'Redis: connected');
    const off = offWords(-shift);
    if (off !== undefined && Math.abs(shift - shifted) > apartMs)
      log.warn(
        { shiftMs: shift },
        `Redis: the clock of this server is ${off} the one before; the old time is kept, and moves ${slewMs} ms closer each second`,
      );
    shifted = shift;
    tell(true);
  };
  const begin = (): void => {
    greet(redis, keyStart)
      .then((said) => {
        if (closed || redis.status !== 'ready') return;
        if ('word' in said) return refused(said);
        const before = server;
        server = `${place?.host}:${place?.port} ${said.run}`;
        const another = before !== '' && before !== server;
        if (another) changedAt = performance.now();
        return keepTimeLine(redis, keyStart, clock, said.time, another).then(ready);
      })
      .catch((error: unknown) => {
        if (closed || redis.status !== 'ready') return;
        const denied = deniedCommand(error);
        if (denied !== undefined) return refused({ word: 'NOPERM', lacks: [denied || 'time'] });
        failed(error);
        reconnect();
      });
  };
  redis.on('ready', begin);
  redis.on('close', () => {
    leaving = false;
    if (isUp && !closed) log.warn('Redis: connection lost');
    clearTimeout(greeting);
    tell(false);
  });
  redis.on('end', () => {
    if (closed) return;
    setTimeout(() => {
      if (!closed && redis.status === 'end') redis.connect().catch(() => undefined);
    }, 250);
  });

  const relocating = relocate(address, access, async () => {
    if (!isUp) return;
    const at = generation;
    const found = await locate();
    const same = found.host === place?.host && found.port === place.port;
    if (same || !isUp || at !== generation) return;
    log.warn({ server: `${found.host}:${found.port}` }, 'Redis: another server is the master now');
    reconnect();
  });

  const watch: RedisConnection['watch'] = (fn) => {
    watchers.add(fn);
    return () => watchers.delete(fn);
  };
  return {
    redis,
    clock,
    up: () => isUp,
    trouble: () => trouble,
    explain,
    lacks: () => lacks,
    generation: () => generation,
    replicas: () => known.most(performance.now()),
    changedAt: () => changedAt,
    underWay: () => relocating.underWay(),
    whenUp(untilMono) {
      const now = performance.now();
      if (isUp || closed || now - lostAt > timeoutMs) return Promise.resolve(isUp && !closed);
      return new Promise((resolve) => {
        const end = (up: boolean): void => {
          callOff();
          stop();
          resolve(up);
        };
        const callOff = stallTolerantTimer(systemClock, untilMono - now, () => end(false));
        const stop = watch((up) => up && end(true));
      });
    },
    second(connectionName) {
      const { host, port } = place as HostPort;
      const Connector = connectorTo(
        () => Promise.resolve({ host, port }),
        tls,
        () => undefined,
      );
      const { replyMapping: _, ...options } = redis.options;
      const other = new WatchedRedis({ ...options, Connector, connectionName, enableOfflineQueue: true });
      other.on('error', () => undefined);
      other.onSilence = () => other.status === 'ready' && other.disconnect(true);
      return other;
    },
    reconnect,
    greetAgain() {
      if (!isUp) return;
      tell(false);
      begin();
    },
    watch,
    close() {
      closed = true;
      relocating.close();
      clearTimeout(greeting);
      tell(false);
      redis.disconnect();
    },
  };
}
