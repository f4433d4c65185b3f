import { Fault } from '../release/fault.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { RouterView, Loaded, PendingRevert } from '../release/store.ts';
import { readQueue } from './queue.ts';

/** Reads one service's part of an answer: record, token, until, renewedAt, pendingRevert, asked, hasHistory, line. */
export function readLoaded(
  service: string,
  part: unknown,
  now: number,
  read: (service: string, json: string) => ServiceRecord,
): Loaded {
  const json = recordOf(part);
  const pendingRevert = readPendingRevert(service, part);
  return { record: json === null ? null : read(service, json), ...readContext(part, now), pendingRevert };
}

/** Reads like `readLoaded`, but returns an unreadable record as `bad` instead of throwing. */
export function readLoadedOrBad(
  service: string,
  part: unknown,
  now: number,
  read: (service: string, json: string) => ServiceRecord,
): Loaded {
  try {
    return readLoaded(service, part, now, read);
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return { record: null, bad: fault.message, ...readContext(part, now), pendingRevert: null };
  }
}

function recordOf(part: unknown): string | null {
  const [record] = part as (string | null)[];
  return record ?? null;
}

/** Reads the pending revert. One that cannot be read stops work on the service, as an unreadable record does. */
function readPendingRevert(service: string, part: unknown): PendingRevert | null {
  const [, , , , pendingRevert] = part as (string | number | null)[];
  if (typeof pendingRevert !== 'string') return null;
  try {
    return JSON.parse(pendingRevert) as PendingRevert;
  } catch (cause) {
    throw new Fault('bad-record', `The waiting revert of ${service} is not JSON.`, { cause });
  }
}

/**
 * Reads the last answer of the router. One that cannot be read is dropped: the next look at the router replaces it.
 */
function readAsked(json: unknown): RouterView | null {
  try {
    const read: unknown = typeof json === 'string' ? JSON.parse(json) : null;
    const isAsked = typeof read === 'object' && read !== null && 'heading' in read && 'at' in read;
    return isAsked ? (read as RouterView) : null;
  } catch {
    return null;
  }
}

function readContext(part: unknown, now: number): Omit<Loaded, 'record' | 'pendingRevert'> {
  const [, token, until, renewedAt, , asked, history, queue] = part as (string | number | null)[];
  const end = Number(until);
  return {
    now,
    lease: typeof token === 'string' && token !== '' && end > now ? { token, until: end } : null,
    renewedAt: typeof renewedAt === 'string' ? Number(renewedAt) : null,
    asked: readAsked(asked),
    hasHistory: history === 1,
    ...readQueue(queue, now),
    rate: 0,
  };
}
