import { Fault } from '../release/fault.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Asked, Loaded, Wish } from '../release/store.ts';

/** Reads one service's part of an answer: record, token, until, renewedAt, wish, asked, hasHistory. */
export function readLoaded(
  service: string,
  part: unknown,
  now: number,
  read: (service: string, json: string) => ServiceRecord,
): Loaded {
  const json = recordOf(part);
  return { record: json === null ? null : read(service, json), ...readBeside(part, now) };
}

/** As `readLoaded`, but a record that cannot be read is said to be `bad` instead of thrown. */
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
    return { record: null, bad: fault.message, ...readBeside(part, now) };
  }
}

function recordOf(part: unknown): string | null {
  const [record] = part as (string | null)[];
  return record ?? null;
}

function readBeside(part: unknown, now: number): Omit<Loaded, 'record'> {
  const [, token, until, renewedAt, wish, asked, history] = part as (string | number | null)[];
  const end = Number(until);
  return {
    now,
    lease: typeof token === 'string' && token !== '' && end > now ? { token, until: end } : null,
    renewedAt: typeof renewedAt === 'string' ? Number(renewedAt) : null,
    wish: typeof wish === 'string' ? (JSON.parse(wish) as Wish) : null,
    asked: typeof asked === 'string' ? (JSON.parse(asked) as Asked) : null,
    hasHistory: history === 1,
    rate: 0,
  };
}
