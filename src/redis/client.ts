import type { Logger } from 'pino';
import { systemClock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { apartMs } from './clock-estimate.ts';
import { openConnection } from './connection.ts';
import { commandFault, isDenied, isElsewhere, isUnknownScript } from './reply-error.ts';
import type { RedisTrouble } from './setup-error.ts';
import type { Script } from './scripts/script.ts';
import { slewMs } from './scripts/time-line.ts';
import { openWaits } from './replica-wait.ts';

/** The answer of a script: its first word, and what follows it. */
export interface ScriptReply {
  now: number;
  word: string;
  /** The connection that the answer came by; the number rises with each new connection. */
  generation: number;
  rest: unknown[];
}

/** The one way to Redis. It runs scripts, and never later than the caller waits for them. */
export interface RedisClient {
  /**
   * Runs a script once. Throws `Fault('storage-unavailable')`, with `unclear` when the script may have run. A write
   * that begins after the caller has given up does nothing, and so does one that begins after the clock was set. The
   * caller sees the answer `late` only when Redis' clock was set meanwhile.
   */
  run(script: Script, args: Record<string, unknown>): Promise<ScriptReply>;
  /**
   * Resolves to true when more than half of the live replicas have, within `ms`, everything that this client wrote
   * before. Resolves to false at once for a while after they did not (`openWaits`). Also false when the connection
   * that carried the write, `generation` in its reply, is gone. Other commands do not wait for it.
   */
  replicated(generation: number, ms: number): Promise<boolean>;
  /** The number of the current connection; see `ScriptReply`. */
  generation(): number;
  /** The number of live replicas of the server; undefined where nothing reports it. */
  replicas(): number | undefined;
  /** The server's `INFO`; undefined where this user may not run it. */
  info(): Promise<string | undefined>;
  /** The server's `CLIENT LIST`; undefined where this user may not run it. */
  clients(): Promise<string | undefined>;
  /** Returns true when commands can be sent now. */
  ready(): boolean;
  /** Why commands cannot be sent, as far as an error said (`troubleOf`). */
  trouble(): string | undefined;
  /** The trouble in words; see `OpenRedis.explain`. */
  explain(cause?: Fault): RedisTrouble;
  /** The commands that this user may not run, while that prevents all sending. */
  lacks(): readonly string[];
  /** When the client last connected to a different server, ms of the monotonic clock; undefined: never. */
  changedAt(): number | undefined;
  /** Returns true when a password was given to a server that requires none. */
  uselessPassword(): boolean;
  /** Calls back on every change of `ready`, until the returned function is called. */
  watch(fn: (ready: boolean) => void): () => void;
  close(): void;
}

const writeMs = 1500;
const readMs = 1000;
/** How long a command waits for a connection that is being made, ms. Before that it is neither sent nor queued. */
const connectMs = 700;
/** A timer may fire this much early, ms. */
const timerMs = 2;

/** Connects, and stays connected until `close`. Returns at once; see `watch`. */
export function openClient(
  address: RedisAddress,
  options: { keyStart: string; access: RedisAccess; log: Logger; name: string },
): RedisClient {
  const connection = openConnection(address, options);
  const { redis, clock } = connection;
  const waits = address.kind === 'single' ? undefined : openWaits(connection, options.keyStart);

  const before = async <T>(endAt: number, unclear: boolean, answer: Promise<T>): Promise<T> => {
    let callOff = (): void => {};
    const late = new Promise<never>((_resolve, reject) => {
      callOff = stallTolerantTimer(systemClock, endAt - performance.now(), () =>
        reject(new Fault('storage-unavailable', 'Redis did not answer in time.', { unclear })),
      );
    });
    try {
      return await Promise.race([answer, late]);
    } finally {
      callOff();
    }
  };

  const send = async (script: Script, json: string, endAt: number): Promise<unknown[]> => {
    const sentAt = performance.now();
    const within = (mono: number): string => (script.writes ? String(clock.notAfter(mono)) : '');
    const given = [options.keyStart, within(endAt - timerMs - slewMs), json, within(sentAt - apartMs)];
    const answer = redis.evalsha(script.sha, 1, ...given).catch((error: unknown) => {
      // The script did not run; the same instant limits the second attempt.
      if (isUnknownScript(error)) return redis.eval(script.lua, 1, ...given);
      throw error;
    });
    const reply = (await before(endAt, script.writes, answer)) as unknown[];
    const heard = [Number(reply[0]), sentAt, performance.now()] as const;
    if (Math.abs(clock.off(...heard)) <= apartMs) clock.add(...heard);
    else {
      connection.greetAgain();
      // What was read may be older or newer than it seems: read it again.
      if (!script.writes) reply[1] = 'late';
    }
    return reply;
  };

  const run: RedisClient['run'] = async (script, args) => {
    const leftMs = script.writes ? writeMs : readMs;
    let endAt = performance.now() + leftMs;
    const json = JSON.stringify(args);
    if (script.matters) connection.underWay();
    for (let attempt = 1; ; attempt += 1) {
      const waitUntil = attempt === 1 ? performance.now() + connectMs : endAt;
      if (!(await connection.whenUp(Math.min(waitUntil, endAt)))) {
        throw notUp();
      }
      const generation = connection.generation();
      try {
        const [now, word, ...rest] = await send(script, json, endAt);
        // The script did nothing, but the caller still waits. Either the clock was set, and its new value is known by
        // now, or this process stood still before it could send.
        if (word === 'late' && attempt === 1) {
          endAt = performance.now() + leftMs;
          continue;
        }
        return { now: Number(now), word: String(word), generation, rest };
      } catch (error) {
        if (isElsewhere(error)) {
          connection.reconnect();
          if (attempt === 1) continue;
        }
        // The user lost a permission meanwhile: nothing more is sent until the user has it again.
        if (isDenied(error)) connection.reconnect();
        throw commandFault(error, script.writes);
      }
    }
  };

  const notUp = (): Fault => {
    const word = connection.trouble();
    if (word !== 'NOPERM' && word !== 'READONLY')
      return new Fault(
        'storage-unavailable',
        `Redis cannot be reached${word === undefined ? '' : `: it ${connection.explain().found}`}.`,
      );
    return new Fault('storage-unavailable', `Redis takes no writes (${word})`, { refuses: word });
  };

  return {
    run,
    async replicated(generation, ms) {
      if (generation !== connection.generation() || waits === undefined) return false;
      return (await waits.confirmed(ms)) && generation === connection.generation();
    },
    generation: () => connection.generation(),
    replicas: () => connection.replicas(),
    async info() {
      const endAt = performance.now() + readMs;
      if (!(await connection.whenUp(endAt))) throw notUp();
      return before(endAt, false, redis.info()).catch((error: unknown) => {
        if (isDenied(error)) return undefined;
        throw commandFault(error, false);
      });
    },
    async clients() {
      const endAt = performance.now() + readMs;
      const listed = redis.client('LIST').catch(() => undefined);
      return (await before(endAt, false, listed)) as string | undefined;
    },
    ready: () => connection.up(),
    trouble: () => connection.trouble(),
    explain: (cause) => connection.explain(cause),
    lacks: () => connection.lacks(),
    changedAt: () => connection.changedAt(),
    uselessPassword: () => redis.uselessPassword,
    watch: (fn) => connection.watch(fn),
    close() {
      waits?.close();
      connection.close();
    },
  };
}
