/** Waits until replicas have what was written. See docs/design.md#redis. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../release/clock.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import { batchQuestions } from './batch-questions.ts';
import type { RedisConnection } from './connection.ts';
import type { WatchedRedis } from './silence-watchdog.ts';

/** How long the replicas have, ms. The caller may give up earlier. */
const replicaMs = 1_000;
/** How much longer the whole question may take, ms. */
const roundMs = 300;
/** How long the key of the witness is kept, ms. */
const keptMs = 10_000;

/**
 * Asks whether the replicas have what was written. `WAIT` blocks its connection, and covers everything that any
 * client wrote before the last write of the client that sends it. So a second connection, the witness, makes a small
 * write and waits, and the connection for commands carries on.
 */
export interface ReplicaWaits {
  /**
   * Resolves to true when more than half of the live replicas have, within `ms`, all that `connection` wrote before.
   */
  confirmed(ms: number): Promise<boolean>;
  close(): void;
}

/** Opens the witness of a connection, and opens it again each time the connection comes up. */
export function openWaits(connection: RedisConnection, keyStart: string): ReplicaWaits {
  const key = `${keyStart}wait:${randomUUID()}`;
  const ended = new AbortController();
  let witness: WatchedRedis | undefined;

  const round = async (need: number): Promise<boolean> => {
    if (witness === undefined) return false;
    const nonce = randomUUID();
    await connection.redis.set(key, nonce, 'PX', keptMs);
    // A witness that reads this nonce also covers all writes before it. WAIT counts from the witness's own write.
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
    // A witness that was cut off is connected again: its failure says nothing about the replicas.
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

/** Resolves to false also when the work fails, or takes longer than `ms`. */
function within(ms: number, work: () => Promise<boolean>): Promise<boolean> {
  return new Promise((resolve) => {
    const callOff = stallTolerantTimer(systemClock, ms, () => resolve(false));
    work()
      .then(resolve, () => resolve(false))
      .finally(callOff);
  });
}
