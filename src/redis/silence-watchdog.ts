import type { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { quietLogin } from './quiet-login.ts';

/** A server that says nothing for this long while a command is out has gone, ms. */
const silenceMs = 2_000;

/**
 * A client that says so when its server falls silent, and that writes what is sent in one turn of the event loop at
 * once. ioredis' own `socketTimeout` would also drop a good connection, and every command on it, after this process
 * stood still: its timer is due before what came meanwhile is read.
 */
export class WatchedRedis extends Redis {
  /** Called when the server has said nothing for a while although a command is out. */
  onSilence: (() => void) | undefined;
  /** A server wanted no password where one was given. */
  uselessPassword = false;
  #out = 0;
  #heardAt = 0;
  #callOff: (() => void) | undefined;
  #corked: Writable | undefined;

  constructor(options: Omit<RedisOptions, 'replyMapping'>) {
    super(options);
    quietLogin(this, () => {
      this.uselessPassword = true;
    });
  }

  override sendCommand(...given: Parameters<Redis['sendCommand']>): unknown {
    this.#gather();
    const answer = super.sendCommand(...given) as Promise<unknown>;
    if (this.#out === 0) this.#heardAt = systemClock.mono();
    this.#out += 1;
    if (this.#callOff === undefined) this.#wait(silenceMs);
    const settled = (): void => {
      this.#out -= 1;
      this.#heardAt = systemClock.mono();
    };
    answer.then(settled, settled);
    return answer;
  }

  override disconnect(...given: Parameters<Redis['disconnect']>): void {
    this.#callOff?.();
    this.#callOff = undefined;
    super.disconnect(...given);
  }

  /** One call of the system for all commands of a turn: each costs about as much as everything else of a read. */
  #gather(): void {
    const stream = this.stream as Writable | undefined;
    if (stream === undefined || stream === this.#corked) return;
    this.#corked = stream;
    stream.cork();
    setImmediate(() => {
      stream.uncork();
      if (this.#corked === stream) this.#corked = undefined;
    });
  }

  #wait(ms: number): void {
    this.#callOff = stallTolerantTimer(systemClock, ms, () => {
      this.#callOff = undefined;
      if (this.#out === 0) return;
      const leftMs = this.#heardAt + silenceMs - systemClock.mono();
      if (leftMs > 0) this.#wait(leftMs);
      else this.onSilence?.();
    });
  }
}
