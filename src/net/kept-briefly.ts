/** Keeps one connection open for a few seconds, for questions that must be true of now. */
import { Client } from 'undici';
import { call, connectorOf, maxHeaderBytes } from './call.ts';
import type { Call, CallAnswer, CallConnection } from './call.ts';

/** After a kept connection broke, each question has a connection of its own for so long, ms. */
const apartMs = 60_000;
/** Most bytes that nobody reads of an answer, for which the connection is still kept. */
const unreadBytes = 64 * 1024;
const connectMs = 10_000;

/**
 * Makes a `call` to one place, without a body, over a connection that is kept for at most `forMs` after it was opened.
 * `everyMs`: from one question to the next. A question has a connection of its own while the kept one is in use.
 *
 * The server may close a kept connection just when a question is sent. So a question that finds it broken is asked
 * once more over a new one, if at least half of its time is left. Then none is kept for a minute: of the failures of a
 * server that breaks connections, at most one a minute stays unseen.
 */
export function keepBriefly({
  forMs,
  everyMs,
}: {
  forMs: number;
  everyMs: number;
}): (it: Call) => Promise<CallAnswer> {
  let kept: ReturnType<typeof openKept> | undefined;
  let keptFrom = Number.NEGATIVE_INFINITY;
  const drop = (): void => {
    kept?.drop();
    kept = undefined;
  };
  return async (it) => {
    const began = performance.now();
    // Nobody waits for an answer that does not end.
    if (kept?.isUnread() === true) drop();
    if (began < keptFrom || 2 * everyMs > forMs || kept?.isBusy() === true) return call(it);
    kept ??= openKept(it, forMs);
    const connection = kept.take(began + everyMs);
    const answer = await call({ ...it, through: connection });
    if (answer.answered) return answer;
    drop();
    if (!connection.wasUsed() || it.signal.aborted) return answer;
    const left = it.deadlineMs - (performance.now() - began);
    if (left < it.deadlineMs / 2) return answer;
    keptFrom = began + apartMs;
    return call({ ...it, deadlineMs: left });
  };
}

/** A place with at most one connection. It is opened when it is needed. */
function openKept(it: Call, forMs: number) {
  const { origin } = new URL(it.url);
  const unending = new AbortController().signal;
  const connect = connectorOf({ ...it, deadlineMs: connectMs, signal: unending }, new URL(origin));
  let openedAt: number | undefined;
  let answers = 0;
  let busy = false;
  let unread = false;
  const client = new Client(origin, {
    connect(options, callback) {
      connect(options, (error, socket) => {
        [openedAt, answers] = [performance.now(), 0];
        if (error) callback(error, null);
        else callback(null, socket);
      });
    },
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: forMs,
    keepAliveMaxTimeout: forMs,
  });
  // Without a listener a late socket error would end the process.
  client.on('connectionError', () => {});
  return {
    isBusy: () => busy,
    /** The answer was given, and its rest has not come yet. */
    isUnread: () => unread,
    /** `nextAt`: when the next question comes. `wasUsed`: the connection had given an answer before this one. */
    take(nextAt: number): CallConnection & { wasUsed(): boolean } {
      busy = true;
      let used = false;
      const free = (): void => {
        [busy, unread] = [false, false];
      };
      // The server hears with the last question that no other follows.
      const reset = nextAt - (openedAt ?? nextAt) > forMs;
      if (reset) openedAt = undefined;
      return {
        request: (options) => client.request({ ...options, reset }),
        sent: () => true,
        end(rest) {
          used = answers > 0;
          answers += 1;
          if (rest === undefined || rest.readableEnded) return free();
          unread = true;
          void rest.dump({ limit: unreadBytes }).then(free, free);
        },
        wasUsed: () => used,
      };
    },
    drop: () => void client.destroy().catch(() => {}),
  };
}
