/**
 * Work that this process cannot do, because its file or environment lacks something: other replicas may be able to.
 */
import type { Parts } from './parts.ts';
import { readableSettings, settingsOf } from './parts.ts';
import { isBadSettings } from './fault.ts';
import type { Configured } from './command.ts';
import type { ServiceRecord } from './release.ts';

/** How long other replicas get to take up what cannot be read here, ms: each looks for due work once a second. */
export const othersMs = 3_000;
/** What no replica took up for this long, none can, ms: a rolling restart is over by then. */
export const nobodyMs = 120_000;
/** If something was not due here for this long, another replica took it up, ms. */
const pauseMs = 15_000;

/**
 * Returns for how long (ms) no replica has taken up `what`, which is due now and cannot be done here. When `state`
 * differs from the last one, another replica worked on it.
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
 * Returns the settings for work on a service at rest: those stored with it. Where they cannot be read here and no
 * other replica did the work, those configured here; undefined: there are none. `for-others`: other replicas get
 * time for it first.
 */
export function settingsOrLeave(parts: Parts, record: ServiceRecord): Configured | 'for-others' | undefined {
  try {
    return settingsOf(parts, record);
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    const ms = leftFor(parts, `rest:${record.service}`, String(record.revision));
    const configured = readableSettings(parts, record);
    return ms < (configured ? othersMs : nobodyMs) ? 'for-others' : configured;
  }
}
