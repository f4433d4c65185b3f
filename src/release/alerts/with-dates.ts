import type { IncomingAlert, Member } from './alert.ts';
import { lastBegan } from './members.ts';

/** No clock that is set at all is this far ahead, ms. */
const farMs = 86_400_000;

/**
 * Returns an alert with plausible instants. A beginning that its sender does not know, or that lies far ahead,
 * becomes that of the known firing (`known`), else the reported end, else `now`; an end that lies far ahead is
 * dropped.
 */
export function withDates(alert: IncomingAlert, known: Member | undefined, now: number): IncomingAlert {
  const can = (at: number): boolean => at <= now + farMs;
  const { endedAt, ...rest } = alert;
  const ended = endedAt !== undefined && can(endedAt) ? endedAt : undefined;
  const firing = known?.status === 'firing' ? lastBegan(known) : undefined;
  const since = alert.since > 0 && can(alert.since) ? alert.since : (firing ?? ended ?? now);
  return { ...rest, since, ...(ended !== undefined && { endedAt: ended }) };
}
