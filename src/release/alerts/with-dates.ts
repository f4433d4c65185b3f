import type { Incoming, Member } from './alert.ts';
import { lastBegan } from './members.ts';

/** No clock that is set at all is so far ahead, ms. */
const farMs = 86_400_000;

/**
 * An alert with instants that can be. A beginning that its sender does not know, or that lies far ahead, is that of the
 * firing that is known (`known`), else the end that it tells, else `now`; an end that lies far ahead is none.
 */
export function withDates(alert: Incoming, known: Member | undefined, now: number): Incoming {
  const can = (at: number): boolean => at <= now + farMs;
  const { endedAt, ...rest } = alert;
  const ended = endedAt !== undefined && can(endedAt) ? endedAt : undefined;
  const firing = known?.status === 'firing' ? lastBegan(known) : undefined;
  const since = alert.since > 0 && can(alert.since) ? alert.since : (firing ?? ended ?? now);
  return { ...rest, since, ...(ended !== undefined && { endedAt: ended }) };
}
