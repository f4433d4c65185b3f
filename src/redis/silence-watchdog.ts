import type { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { quietLogin } from './quiet-login.ts';

/** A server that is silent for this long while a command is out counts as gone, ms. */
const silenceMs = 2_000;

/**
 * A client that reports when its server falls silent, and that sends all commands of one turn of the event loop in
 * one write. ioredis' own `socketTimeout` would also drop a good connection, and every command on it, after this
 * process stood still: its timer fires before the data that arrived meanwhile is read.
 */
export class WatchedRedis extends Redis {
  /** Called when the server has been silent for too long while a command is out. */
  onSilence: (() => void) | undefined;
  /** True when a password was given to a server that requires none. */
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

  /** Makes one system call for all commands of a turn: each call costs about as much as the rest of a read. */
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
