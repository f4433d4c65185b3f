/**
 * A window around a switch in which nobody can write: its state in the record, and its end. Each router instance ends
 * it by itself within `deniedMs`, unless it is renewed. See docs/held-writes.md#a-read-only-window.
 */
import type { Actor } from './actor.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { addHistory, markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { isBadSettings } from './fault.ts';
import { fromNow } from './instant.ts';
import { line, typed } from './line.ts';
import type { Line } from './line.ts';
import { underWay } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import type { Loaded } from './store.ts';
import type { WriteDenial } from './write-hold.ts';
import { withTimeout } from './with-timeout.ts';

/** How long the router denies writes without a renewal, and how often it is renewed, ms. */
export const deniedMs = 25_000;
const renewMs = 5_000;
/** How long the router may take to answer, ms. */
const askedMs = 1_000;

/** Denies writes from now on. Resolves to why an instance does not; undefined: all do. */
export async function denyWrites(
  { clock }: Pick<Parts, 'clock'>,
  denial: WriteDenial,
  id: string,
): Promise<string | undefined> {
  try {
    const answers = await withTimeout(clock, askedMs, (signal) => denial.deny(id, deniedMs, signal));
    const open = answers.find(({ held }) => !held);
    return open && `${open.instance} does not deny writes: ${open.detail ?? 'it says so'}`;
  } catch {
    return 'the router did not deny writes in time';
  }
}

/** True where the window is over: its time is, or its switch ended without a release that is live. */
function isOver({ readOnly, state }: ServiceRecord, now: number): boolean {
  if (!readOnly) return false;
  return readOnly.until === null ? state !== 'promoting' && state !== 'reverting' : readOnly.until <= now;
}

/** Returns the window that holds now; undefined: there is none. */
export function readOnlyAt(record: ServiceRecord, now: number): ServiceRecord['readOnly'] {
  return isOver(record, now) ? undefined : record.readOnly;
}

/** Ends the window at the next look. */
export function endReadOnly({ record }: Draft): void {
  if (record.readOnly) Object.assign(record.readOnly, { until: fromNow(), renewAt: fromNow() });
}

/** What holds now, for people; a sentence. */
export function readOnlyLine(service: string, { until }: NonNullable<ServiceRecord['readOnly']>): Line {
  const end = until === null ? 'until the switch is done' : line`until ${{ at: until, show: 'time' }}`;
  return line`Read-only ${end}: writes get 503. ${typed(`read-write ${service}`)} ends it.`;
}

/**
 * Renews the window of a service at rest, or ends it, when it is time to. Resolves to true when something was saved.
 * `for-others`: its settings cannot be read here.
 */
export async function tendReadOnly(
  parts: Parts,
  { record, now }: Loaded & { record: ServiceRecord },
): Promise<boolean | 'for-others'> {
  const { readOnly, service } = record;
  const over = isOver(record, now);
  if (!readOnly || underWay(record) || (!over && readOnly.renewAt > now)) return false;
  let denial: WriteDenial | undefined;
  try {
    denial = parts.adapters(service, settingsOf(parts, record)).router.denial;
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
  if (!over) {
    const why = denial && (await denyWrites(parts, denial, readOnly.id));
    if (why !== undefined) parts.log.warn({ service, why }, 'Writes may not be denied');
    return renewIn(parts, record, now, Math.min(renewMs, (readOnly.until ?? now + renewMs) - now));
  }
  const open = denial && (await allowWrites(parts, denial, readOnly.id));
  if (open === false && now - (readOnly.until ?? readOnly.renewAt) < deniedMs)
    return renewIn(parts, record, now, renewMs);
  return save(parts, record, now, (draft) => {
    delete draft.record.readOnly;
    markCard(draft);
    const by: Actor = { kind: 'system', rule: 'read-only' };
    const text = line`${service} takes writes again.`;
    addHistory(draft, by, 'read-write-again', text);
    notify(draft, 'event', text);
  });
}

/** Notes when the router must be told again: whoever takes over sees it. */
function renewIn(parts: Parts, record: ServiceRecord, now: number, ms: number): Promise<boolean> {
  return save(parts, record, now, (draft) => {
    if (draft.record.readOnly) draft.record.readOnly.renewAt = fromNow(ms);
  });
}

/** Allows writes again. False: an instance does not say so. */
async function allowWrites(
  { clock }: Pick<Parts, 'clock'>,
  denial: WriteDenial,
  id: string,
): Promise<boolean> {
  try {
    const answers = await withTimeout(clock, askedMs, (signal) => denial.allow(id, signal));
    return answers.every(({ held }) => !held);
  } catch {
    return false;
  }
}
