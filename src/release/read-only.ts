/**
 * A window around a switch in which nobody can write: its state in the record, and its end. Each router instance ends
 * it by itself within `deniedMs`, unless it is renewed. See docs/held-writes.md#a-read-only-window.
 */
import { isUntouched } from './abandoned.ts';
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

/** How long the router denies writes without a renewal, at least and at most, and how often it is renewed, ms. */
export const deniedMs = 20_000;
const mostDeniedMs = 1.5 * deniedMs;
export const renewMs = 5_000;
/** How long the router may take to answer, ms. */
const askedMs = 1_000;
/** How long it is tried to deny writes, ms, and the pause between two tries. */
const triedMs = 2_000;
const pauseMs = 200;

type Window = NonNullable<ServiceRecord['readOnly']>;

/** What became of a question to deny writes. `forMs`: for how long every instance has denied them, ms, if known. */
interface Denied {
  failed?: string;
  forMs?: number;
}

/** Denies writes from now on, on every instance; tried again for `forTriedMs`. `failed`: why an instance does not. */
export async function denyWrites(
  { clock }: Pick<Parts, 'clock'>,
  denial: WriteDenial,
  id: string,
  forTriedMs = triedMs,
): Promise<Denied> {
  const until = clock.mono() + forTriedMs;
  for (;;) {
    const said = await denyOnce(clock, denial, id);
    if (said.failed === undefined || clock.mono() + pauseMs >= until) return said;
    await clock.sleep(pauseMs);
  }
}

async function denyOnce(clock: Parts['clock'], denial: WriteDenial, id: string): Promise<Denied> {
  try {
    const answers = await withTimeout(clock, askedMs, (signal) => denial.deny(id, deniedMs, signal));
    const open = answers.find(({ held }) => !held);
    if (open)
      return { failed: `${open.instance} does not deny writes${open.detail ? `: ${open.detail}` : ''}` };
    const known = answers.flatMap(({ forMs }) => forMs ?? []);
    return known.length === 0 ? {} : { forMs: Math.min(...known) };
  } catch {
    return { failed: 'the router did not deny writes in time' };
  }
}

/** When the window was renewed last, by the store's clock. */
function renewedAt({ renewAt }: Window): number {
  return renewAt - renewMs;
}

/** True once the router may have ended the window by itself. An answer takes a second at most. */
export function isLapsed(window: Window, now: number): boolean {
  return now >= renewedAt(window) + deniedMs - askedMs;
}

/** True where the router began to deny writes only after the last renewal: it was reloaded in between. */
export function isBroken(window: Window, askedAt: number, { forMs }: Denied): boolean {
  return forMs !== undefined && askedAt - forMs > renewedAt(window);
}

/** Returns the window that holds now; undefined: there is none, or nobody knows that it still holds. */
export function readOnlyAt({ readOnly, state }: ServiceRecord, now: number): Window | undefined {
  if (!readOnly || isLapsed(readOnly, now)) return undefined;
  const holds =
    readOnly.until === null ? state === 'promoting' || state === 'reverting' : readOnly.until > now;
  return holds ? readOnly : undefined;
}

/** True where the record has a window that is renewed, for what is drawn without a clock. */
export function isReadOnly({ readOnly, state }: ServiceRecord): boolean {
  return readOnly?.until != null && readOnly.until > readOnly.renewAt && state !== 'staging';
}

/** The window in which a promote waits for its switch, or goes on to it; undefined: it has none yet. */
export function windowBefore({ readOnly, op, state }: ServiceRecord): Window | undefined {
  const waits = state === 'promoting' && op !== null && isUntouched(op);
  return waits && readOnly?.until === null && readOnly.release === op.release ? readOnly : undefined;
}

/** True where a promote that is not switched yet has begun to deny writes. */
export function waitsForSwitch(record: ServiceRecord): boolean {
  return windowBefore(record) !== undefined;
}

/** Begins the window of a switch, with its intent or before it: the router gets it next. */
export function beginReadOnly({ record }: Draft, release: string): void {
  record.readOnly = {
    id: crypto.randomUUID(),
    release,
    since: fromNow(),
    until: null,
    renewAt: fromNow(renewMs),
  };
}

/**
 * Holds the window of a release for `ms` after its switch, unless a person ended it. `deniedAt`: when the router said
 * that it denies writes; undefined: it does not any more.
 */
export function holdReadOnly(draft: Draft, release: string, ms: number, deniedAt: number | undefined): void {
  const { record } = draft;
  // The router ends by itself what belongs to another release.
  if (record.readOnly && record.readOnly.release !== release) delete record.readOnly;
  if (record.readOnly?.until !== null) return;
  if (deniedAt === undefined) return interruptReadOnly(draft);
  record.readOnly.until = fromNow(ms);
  record.readOnly.renewAt = deniedAt + renewMs;
  delete record.readOnly.switchAt;
}

/** Ends the window at the next look. */
export function endReadOnly({ record }: Draft): void {
  if (record.readOnly) Object.assign(record.readOnly, { until: fromNow(), renewAt: fromNow() });
}

const by: Actor = { kind: 'system', rule: 'read-only' };

/** Ends a window in which somebody may have written. */
function interruptReadOnly(draft: Draft): void {
  endReadOnly(draft);
  markCard(draft);
  const text = line`The read-only window of ${draft.record.service} was interrupted, so a revert may lose writes.`;
  addHistory(draft, by, 'read-only-interrupted', text);
  notify(draft, 'event', text);
}

/** What holds now, for people; a sentence. */
export function readOnlyLine(service: string, { until, switchAt }: Window): Line {
  if (until === null && switchAt !== undefined)
    return line`Read-only: writes get 503. The switch comes at ${{ at: switchAt, show: 'time' }}. ${typed(`read-write ${service}`)} stops it.`;
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
  if (!readOnly || underWay(record)) return false;
  // Its switch ended without a release that is live.
  if (readOnly.until === null) return save(parts, record, now, endReadOnly);
  const open = readOnly.until > now;
  if (open && isLapsed(readOnly, now)) return save(parts, record, now, interruptReadOnly);
  if (readOnly.renewAt > now) return false;
  let denial: WriteDenial | undefined;
  try {
    denial = parts.adapters(service, settingsOf(parts, record)).router.denial;
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
  if (open) return renew(parts, { record, now, readOnly }, denial);
  const allowed = denial && (await allowWrites(parts, denial, readOnly.id));
  // The router ends it by itself.
  if (allowed !== true && now - readOnly.until < mostDeniedMs) return renewIn(parts, record, now, renewMs);
  return save(parts, record, now, (draft) => {
    delete draft.record.readOnly;
    markCard(draft);
    const text = line`${service} takes writes again.`;
    addHistory(draft, by, 'read-write-again', text);
    notify(draft, 'event', text);
  });
}

/** Renews an open window. Where the router does not deny writes, or did not all the time, the window is over. */
async function renew(
  parts: Parts,
  { record, now, readOnly }: { record: ServiceRecord; now: number; readOnly: Window },
  denial: WriteDenial | undefined,
): Promise<boolean> {
  const said = denial ? await denyWrites(parts, denial, readOnly.id) : { failed: 'it is not set up to' };
  if (said.failed === undefined && !isBroken(readOnly, now, said))
    return renewIn(parts, record, now, Math.min(renewMs, (readOnly.until ?? now) - now));
  const why = said.failed ?? 'the router was reloaded';
  parts.log.warn({ service: record.service, why }, 'A read-only window was interrupted');
  return save(parts, record, now, interruptReadOnly);
}

/** Saves when the next renewal is due, counted from when the router was asked: another replica sees it. */
function renewIn(parts: Parts, record: ServiceRecord, now: number, ms: number): Promise<boolean> {
  return save(parts, record, now, (draft) => {
    if (draft.record.readOnly) draft.record.readOnly.renewAt = now + ms;
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
