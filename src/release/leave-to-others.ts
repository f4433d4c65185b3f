/** Work that this process cannot do, since its file or its environment lacks what it takes: others may be able to. */
import type { Parts } from './parts.ts';
import { readableSettings, settingsOf } from './parts.ts';
import { isBadSettings } from './fault.ts';
import type { Configured } from './command.ts';
import type { ServiceRecord } from './release.ts';

/** Others get this long to take up what cannot be read here, ms: each looks at what is due once a second. */
export const othersMs = 3_000;
/** What nobody took up for so long nobody can, ms: replicas of a rolling restart are of one mind by then. */
export const nobodyMs = 120_000;
/** What this process did not find due for so long somebody else had, ms. */
const pauseMs = 15_000;

/** What was left to others by this process, and is due again and again: since when, as it was then. */
export type Leaving = Map<string, { since: number; seen: number; state: string }>;

/**
 * For how long (ms) nobody took up `what`, which this process found due just now and cannot do. `state`: somebody else
 * was at work on it when that is another than before.
 */
export function leftFor(
  { remembered: { leaving }, clock }: Pick<Parts, 'remembered' | 'clock'>,
  what: string,
  state = '',
): number {
  const now = clock.mono();
  const before = leaving.get(what);
  const same = before?.state === state && now - before.seen < pauseMs;
  const since = same ? before.since : now;
  for (const [name, { seen }] of leaving) if (now - seen >= pauseMs) leaving.delete(name);
  leaving.set(what, { since, seen: now, state });
  return now - since;
}

/**
 * The settings for work on a service at rest: those stored with it; where they cannot be read here, and no other replica
 * did the work, those configured here; undefined: nobody has any. `left`: others are to have time for it first.
 */
export function settingsOrLeave(parts: Parts, record: ServiceRecord): Configured | 'left' | undefined {
  try {
    return settingsOf(parts, record);
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    const ms = leftFor(parts, `rest:${record.service}`, String(record.revision));
    const configured = readableSettings(parts, record);
    return ms < (configured ? othersMs : nobodyMs) ? 'left' : configured;
  }
}
