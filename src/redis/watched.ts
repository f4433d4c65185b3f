import { Redis } from 'ioredis';
import { systemClock } from '../release/clock.ts';
import { patience } from '../release/patience.ts';

/** A server that says nothing for this long while a command is out has gone, ms. */
const silenceMs = 2_000;

/**
 * A client that says so when its server falls silent. ioredis' own `socketTimeout` would also drop a good connection,
 * and every command on it, after this process stood still: its timer is due before what came meanwhile is read.
 */
export class WatchedRedis extends Redis {
  /** Called when the server has said nothing for a while although a command is out. */
  onSilence: (() => void) | undefined;
  #out = 0;
  #callOff: (() => void) | undefined;

  override sendCommand(...given: Parameters<Redis['sendCommand']>): unknown {
    const answer = super.sendCommand(...given) as Promise<unknown>;
    this.#out += 1;
    this.#callOff ??= this.#wait();
    const settled = (): void => {
      this.#out -= 1;
      this.#callOff?.();
      this.#callOff = this.#out > 0 ? this.#wait() : undefined;
    };
    answer.then(settled, settled);
    return answer;
  }

  #wait(): () => void {
    return patience(systemClock, silenceMs, () => {
      this.#callOff = undefined;
      this.onSilence?.();
    });
  }
}
