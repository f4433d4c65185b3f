import { randomBytes } from 'node:crypto';
import { encode } from '../release/encode.ts';
import { offsetFromNow } from '../release/instant.ts';
import type { Instant } from '../release/instant.ts';
import { limits } from '../release/limits.ts';
import { laneOf } from '../release/outbox-lanes.ts';
import type { Change } from '../release/store.ts';

/**
 * Writes values for one call of a script. Each `fromNow(ms)` becomes the string `<nonce>+<ms>`, which the script
 * replaces by Redis' time. Each call has a new nonce, so no text from outside can contain it.
 */
export interface ArgumentList {
  nonce: string;
  json(value: unknown): string;
}

/** Returns an argument list with its own nonce. */
export function newArgumentList(): ArgumentList {
  const nonce = randomBytes(16).toString('hex');
  return { nonce, json: (value) => encode(value, (ms) => `${nonce}+${ms}`) };
}

/** Returns an instant as an argument: the number, or `+<ms>` after the script's now. */
export function instantArgument(instant: Instant): string {
  const ms = offsetFromNow(instant);
  return ms === undefined ? String(Math.round(instant)) : `+${Math.round(ms)}`;
}

/** Returns notices as arguments. */
export function noticeArguments(
  notices: readonly Change['notices'][number][],
  placer: ArgumentList,
  at: Instant,
): { channel: string; id: string; json: string; band: number }[] {
  return notices.map(({ channel, ...notice }) => ({
    channel,
    id: notice.id,
    json: placer.json({ ...notice, at }),
    band: laneOf(notice),
  }));
}

/** Added to the life of a mark, ms: a new master whose clock is ahead would forget marks too early. */
const aheadMs = 86_400_000;

/** Returns marks with their outcome as an argument; undefined when the request has none. */
export function markArgument(
  mark: Change['mark'],
  placer: ArgumentList,
): { keys: string[]; outcome: string; ms: number; confirms: true | undefined } | undefined {
  if (mark === undefined || mark.keys.length === 0) return undefined;
  const { keys, outcome, confirms } = mark;
  return { keys, outcome: placer.json(outcome), ms: limits.markMs + aheadMs, confirms };
}

/** Returns the name of a card's draw mark in its channel. */
export function drawField(service: string, release: string): string {
  return `${service} ${release}`;
}
