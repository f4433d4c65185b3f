/** Waits until replicas have what was written. See docs/design.md#redis. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { batchQuestions } from './batch-questions.ts';
import type { Connection } from './connection.ts';
import type { WatchedRedis } from './silence-watchdog.ts';

/** How long replicas have, ms. Who asks may give up before. */
const replicaMs = 1_000;
/** How long the whole of it may take on top of that, ms. */
const roundMs = 300;
/** How long the key of a witness is kept, ms. */
const keptMs = 10_000;

/**
 * Asks whether replicas have what was written. `WAIT` holds its connection up, and covers everything that was written
 * before the last write of the client that sends it, by whomever: so a second connection, the witness, writes a little
 * and waits, and the one that carries commands goes on.
 */
export interface Waits {
  /** True when more than half of the live replicas have everything that `connection` wrote before the call, within `ms`. */
  confirmed(ms: number): Promise<boolean>;
  close(): void;
}

/** Opens the witness of a connection, again each time that comes up. */
export function openWaits(connection: Connection, keyStart: string): Waits {
  const key = `${keyStart}wait:${randomUUID()}`;
  const ended = new AbortController();
  let witness: WatchedRedis | undefined;

  const round = async (need: number): Promise<boolean> => {
    if (witness === undefined) return false;
    const nonce = randomUUID();
    await connection.redis.set(key, nonce, 'PX', keptMs);
    // Who reads what was written after the writes in question has them too. The write of its own is what WAIT counts from.
    const [read, , count] = await Promise.all([
      witness.get(key),
      witness.set(key, nonce, 'PX', keptMs),
      witness.wait(need, replicaMs),
    ]);
    return read === nonce && count >= need;
  };
  const ask = async (): Promise<boolean> => {
    const known = connection.replicas();
    if (known === 0) return false;
    const generation = connection.generation();
    const need = Math.floor((known ?? 1) / 2) + 1;
    // A witness that was cut off is connected again; that is no word about the replicas.
    const said = await within(replicaMs + roundMs, () => round(need).catch(() => round(need)));
    return said && generation === connection.generation();
  };
  const together = batchQuestions(ask, systemClock, ended.signal);

  const stop = connection.watch((up) => {
    witness?.disconnect();
    witness = up ? connection.second('switchback-waits') : undefined;
    together.forget();
  });
  return {
    confirmed: (ms) => within(ms, () => together.ask()),
    close() {
      ended.abort();
      stop();
      witness?.disconnect();
      witness = undefined;
    },
  };
}

/** False too when it fails, or takes longer than `ms`. */
function within(ms: number, work: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = stallTolerantTimer(systemClock, ms, () => resolve(false));
    work()
      .then(resolve, () => resolve(false))
      .finally(callOff);
  });
}
