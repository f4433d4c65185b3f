import type { Freeze } from './settings.ts';
import { firstAt, lastBefore, wallOf } from './wall-clock.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** How far ahead freezes are searched. */
const horizonMs = 60 * dayMs;
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

/** A time from `start` up to, but without, `end`; ms since 1970. */
interface Span {
  start: number;
  end: number;
}

/**
 * Returns the freeze that holds at the instant `at` (ms since 1970), if any. `until` is when the service is free
 * again: freezes that overlap or follow each other without a gap count as one. The search covers 60 days. `reason` is
 * that of the freeze that lasts longest from `at`.
 */
export function freezeAt(
  freezes: readonly Freeze[],
  at: number,
): { reason: string; until: number } | undefined {
  const first = longest(freezes, at);
  if (first === undefined) return undefined;
  let until = first.end;
  while (until < at + horizonMs) {
    const next = longest(freezes, until);
    if (next === undefined) break;
    until = next.end;
  }
  return { reason: first.freeze.reason, until };
}

/** Returns when the next freeze begins, strictly after `at` (ms since 1970); undefined: none within 60 days. */
export function nextFreeze(freezes: readonly Freeze[], at: number): number | undefined {
  const starts = freezes
    // Two weeks hold every weekday twice: one occurrence may fall into the hour that a clock skips.
    .flatMap((freeze) => spans(freeze, at, 15))
    .map((span) => span.start)
    .filter((start) => start > at && start <= at + horizonMs);
  return starts.length === 0 ? undefined : Math.min(...starts);
}

function longest(freezes: readonly Freeze[], at: number): { freeze: Freeze; end: number } | undefined {
  let found: { freeze: Freeze; end: number } | undefined;
  for (const freeze of freezes) {
    for (const { start, end } of spans(freeze, at, 1)) {
      if (start <= at && at < end && (found === undefined || end > found.end)) found = { freeze, end };
    }
  }
  return found;
}

/** Returns the times of a freeze that begin on the days around `at`, up to `days` days later, without empty ones. */
function spans(freeze: Freeze, at: number, days: number): Span[] {
  const found: Span[] = [];
  const add = (from: number, to: number) => {
    const span = { start: firstAt(freeze.zone, from), end: lastBefore(freeze.zone, to) };
    if (span.start < span.end) found.push(span);
  };
  if ('start' in freeze) {
    add(Date.parse(`${freeze.start}:00Z`), Date.parse(`${freeze.end}:00Z`));
    return found;
  }
  const from = minutesOf(freeze.from) * minuteMs;
  const to = minutesOf(freeze.to) * minuteMs;
  const today = Math.floor(wallOf(freeze.zone, at) / dayMs) * dayMs;
  for (let number = -2; number <= days; number += 1) {
    const midnight = today + number * dayMs;
    const name = dayNames[new Date(midnight).getUTCDay()];
    if (name === undefined || !freeze.days.includes(name)) continue;
    add(midnight + from, midnight + to + (to <= from ? dayMs : 0));
  }
  return found;
}

/** Returns the minutes since midnight of `HH:MM`; `24:00` is the end of the day. */
function minutesOf(clock: string): number {
  const [hours = 0, minutes = 0] = clock.split(':').map(Number);
  return hours * 60 + minutes;
}
