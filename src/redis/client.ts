import type { Logger } from 'pino';
import { systemClock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import type { RedisAccess } from './access.ts';
import type { RedisAddress } from './address.ts';
import { apartMs } from './clock-estimate.ts';
import { openConnection } from './connection.ts';
import { commandFault, isDenied, isElsewhere, isUnknownScript } from './reply-error.ts';
import type { Trouble } from './setup-error.ts';
import type { Script } from './scripts/script.ts';
import { slewMs } from './scripts/time-line.ts';
import { openWaits } from './replica-wait.ts';

/** An answer of a script: its word, and what follows the word. */
export interface Reply {
  now: number;
  word: string;
  /** Of the connection that it came by: rises with each new one. */
  generation: number;
  rest: unknown[];
}

/** The one way to Redis: runs scripts, and never later than anybody waits for them. */
export interface RedisClient {
  /**
   * Runs a script once. Throws `Fault('storage-unavailable')`, `unclear` when it may have been carried out. A write
   * that begins after the caller has given up, or when the clock was set, does nothing; the answer `late` reaches a caller
   * only when Redis' clock was set meanwhile.
   */
  run(script: Script, args: Record<string, unknown>): Promise<Reply>;
  /**
   * True when more than half of the live replicas have everything this link wrote before, within `ms`; false at once for
   * a while after they had not (`openWaits`). False too when the connection is not the one any more that carried the write, whose
   * reply says `generation`. Holds no other command up.
   */
  replicated(generation: number, ms: number): Promise<boolean>;
  /** Of the connection that is there now; see `Reply`. */
  generation(): number;
  /** Live replicas of the server; undefined where nobody names them. */
  replicas(): number | undefined;
  /** Redis' own `INFO`; undefined where this user may not run it. */
  info(): Promise<string | undefined>;
  /** Redis' own `CLIENT LIST`; undefined where this user may not run it. */
  clients(): Promise<string | undefined>;
  /** True when commands can be sent now. */
  ready(): boolean;
  /** Why they cannot, as far as an error said (`troubleOf`). */
  trouble(): string | undefined;
  /** The same in words; see `OpenRedis.explain`. */
  explain(cause?: Fault): Trouble;
  /** The commands that this user may not run, while nothing can be sent for that. */
  lacks(): readonly string[];
  /** When it came to another server than before, ms of the monotonic clock; undefined: never. */
  changedAt(): number | undefined;
  /** A server wanted no password where one was given. */
  uselessPassword(): boolean;
  /** Calls back on every change of `ready`, until the returned function is called. */
  watch(fn: (ready: boolean) => void): () => void;
  close(): void;
}

const writeMs = 1500;
const readMs = 1000;
/** How long a command waits for a connection that is being made; it is not sent, nor queued, before that. */
const connectMs = 700;
/** A timer may fire this much early. */
const timerMs = 2;

/** Connects, and keeps connected until `close`. Returns at once; see `watch`. */
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
      // The script did not run; the same instant bounds its second sending.
      if (isUnknownScript(error)) return redis.eval(script.lua, 1, ...given);
      throw error;
    });
    const reply = (await before(endAt, script.writes, answer)) as unknown[];
    const heard = [Number(reply[0]), sentAt, performance.now()] as const;
    if (Math.abs(clock.off(...heard)) <= apartMs) clock.add(...heard);
    else {
      connection.greetAgain();
      // What was read may be older or newer than it seems, and is read again.
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
        // It did nothing, while somebody still waits: the clock was set, and is known better now, or this process stood
        // still before it could send.
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
        // Its permissions were taken away meanwhile: nothing more is sent before it has them again.
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
