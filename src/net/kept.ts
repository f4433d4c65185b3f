/** Keeps connections open between questions: a TLS handshake costs more than an answer. */
import { Pool } from 'undici';
import { call, connectorOf, maxHeaderBytes } from './call.ts';
import type { CallAnswer, Call, CallConnection } from './call.ts';

/** Most connections to one place at a time; further questions wait. */
const connections = 4;
/** How long an unused connection stays open, in ms; most servers and balancers keep it longer. */
const idleMs = 20_000;
const connectMs = 5_000;

/**
 * Makes a `call` over open connections to the same place with the same TLS. Only for repeatable requests: the server
 * may have closed an idle connection, so a question without a quick answer is asked once more over a new one. A
 * connection is dropped after a failed question.
 */
export function keepConnections(): (it: Call) => Promise<CallAnswer> {
  let kept: { key: string; pool: Pool } | undefined;
  const drop = (pool: Pool | undefined): void => {
    if (pool === undefined || kept?.pool !== pool) return;
    kept = undefined;
    void pool.close().catch(() => {});
  };
  const poolFor = (it: Call): Pool => {
    const { origin } = new URL(it.url);
    const key = JSON.stringify([origin, it.tls ?? {}]);
    if (kept?.key === key) return kept.pool;
    drop(kept?.pool);
    const unending = new AbortController().signal;
    const connect = connectorOf({ ...it, deadlineMs: connectMs, signal: unending }, new URL(origin));
    const pool = new Pool(origin, {
      connections,
      connect,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
    });
    // Without a listener a late socket error would end the process.
    pool.on('connectionError', () => {});
    kept = { key, pool };
    return pool;
  };
  return async (it) => {
    const began = performance.now();
    const pool = poolFor(it);
    const { origin } = new URL(it.url);
    const through: CallConnection = {
      request: (options) => pool.request({ ...options, origin }),
      sent: () => true,
      // An unread answer would block the connection for the next call.
      end: (rest) => void rest?.destroy(),
    };
    const answer = await call({ ...it, through });
    if (answer.answered) return answer;
    drop(pool);
    const left = it.deadlineMs - (performance.now() - began);
    if (it.signal.aborted || left < it.deadlineMs / 2) return answer;
    return call({ ...it, deadlineMs: left });
  };
}
