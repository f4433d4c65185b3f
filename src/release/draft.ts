/** Drafts of changes to a record. See docs/design.md#one-save. */
import type { Actor } from './actor.ts';
import { nextLookMs } from './data-sync-schema.ts';
import { closeActionItems, noticeCards, openActionItem, openActionItems } from './action-items.ts';
import type { Line } from './line.ts';
import type { Instant } from './instant.ts';
import { fromNow, offsetFromNow } from './instant.ts';
import type { ActionItem, Code, Release, ServiceRecord } from './release.ts';
import { newestRelease, subjectOf, underWay } from './release.ts';
import type { Change, Notice } from './store.ts';
import { userOf } from './mention.ts';

export { userOf, mention, mentionAll } from './mention.ts';

/**
 * A change before its save: a copy of the record to alter, with the history entries, notices and draw marks that one
 * save stores together.
 */
export interface Draft {
  record: ServiceRecord;
  history: Change['history'];
  /** `channel`: where a private notice goes; the others go to the service's channel. */
  notices: (Omit<Notice, 'at'> & { channel?: string })[];
  /** Ids of the releases whose cards must be drawn again. */
  draw: Set<string>;
  /** Cards of other things that must be drawn again: see `Change.draw`. */
  drawOthers: Change['draw'];
}

/** Returns a draft of the service's next record. */
export function draftOf(record: ServiceRecord): Draft {
  // A record is plain JSON, and `structuredClone` takes several times as long. Settings are replaced whole, never
  // altered.
  const { settings, ...rest } = record;
  return {
    record: { ...(JSON.parse(JSON.stringify(rest)) as typeof rest), settings } as ServiceRecord,
    history: [],
    notices: [],
    draw: new Set(),
    drawOthers: [],
  };
}

/** Adds a history entry. */
export function addHistory(draft: Draft, actor: Actor, what: string, text: Line, code?: Code): void {
  const release = subjectOf(draft.record)?.id;
  draft.history.push({ actor, what, text, ...(code && { code }), ...(release && { release }) });
}

/** Adds a notice in the thread of the record's current release, or of `release` when given (null: top level). */
export function notify(
  draft: Draft,
  kind: Notice['kind'],
  text: Line,
  extra: Pick<Notice, 'buttons' | 'of' | 'version' | 'failover' | 'calls' | 'again' | 'unanswered'> & {
    release?: string | null;
    to?: string | undefined;
    /** Its message has a chart of both colors' failures since the switch. */
    chart?: true;
    /** It has no buttons. It is edited when the way back answers again, or is gone. */
    back?: true;
  } = {},
): void {
  const newest = newestRelease(draft.record)?.id ?? null;
  const id = crypto.randomUUID();
  const asks: ActionItem['kind'] | undefined = extra.back
    ? 'lock'
    : extra.buttons === 'force'
      ? undefined
      : extra.buttons;
  if (asks !== undefined) openActionItem(draft, id, asks, extra);
  const release = extra.release === undefined ? (subjectOf(draft.record)?.id ?? null) : extra.release;
  draft.notices.push({
    id,
    service: draft.record.service,
    release,
    kind,
    text,
    ...(extra.to && { to: extra.to }),
    ...(extra.of && { of: extra.of }),
    ...(extra.version && { version: extra.version }),
    ...(extra.failover && { failover: extra.failover }),
    ...(extra.calls && { calls: extra.calls }),
    ...(extra.unanswered && { unanswered: extra.unanswered }),
    ...(extra.again && { again: extra.again }),
    ...(extra.chart && { chart: draft.record.epoch }),
    ...(asks !== undefined && { asks }),
    ...(extra.buttons && { buttons: extra.buttons, about: { release: newest, epoch: draft.record.epoch } }),
  });
}

/** Adds a private notice for the actor, in the place where they acted. Adds none unless a Slack user acted. */
export function notifyActor(
  draft: Draft,
  actor: Actor,
  text: Line,
  extra: Pick<Notice, 'buttons' | 'of'> = {},
): void {
  const to = userOf(actor);
  if (to === undefined) return;
  notify(draft, 'private', text, { to, ...extra });
  const told = draft.notices.at(-1);
  if (told) Object.assign(told, answerPlace(actor));
}

/** Returns where an actor gets answers, as far as that is known. */
export function answerPlace(actor: Actor): { channel?: string; thread?: string } {
  if (actor.kind !== 'slack' || actor.channel === undefined) return {};
  const { channel, thread } = actor;
  return { channel, ...(thread !== undefined && { thread }) };
}

/**
 * Marks the card of `release` to be drawn again; without `release`, those of the record's current release and of the
 * newest one, which has the buttons.
 */
export function markCard(draft: Draft, release?: Release): void {
  const { record } = draft;
  for (const each of release ? [release] : [subjectOf(record), newestRelease(record)])
    if (each) draft.draw.add(each.id);
}

/**
 * Shows a step of the record's current release on its card: started, or ended with `detail`. `url`: where people can
 * watch it; it stays when the step ends.
 */
export function showStep(
  draft: Draft,
  name: string,
  status: 'doing' | 'done' | 'failed',
  detail?: string,
  url?: string,
): void {
  const release = subjectOf(draft.record);
  if (!release) return;
  const open = release.steps.findIndex((step) => step.name === name && step.status === 'doing');
  const link = url ?? release.steps[open]?.url;
  const shown = {
    name,
    status,
    at: fromNow(),
    ...(detail !== undefined && { detail: detail.slice(0, 300) }),
    ...(link !== undefined && { url: link }),
  };
  if (open >= 0) release.steps[open] = shown;
  else release.steps.push(shown);
  markCard(draft);
  if (status === 'doing' || name.startsWith('switch')) return;
  const { op } = draft.record;
  const how = `${name} ${status}${detail === undefined ? '' : `: ${detail.slice(0, 300)}`}`;
  addHistory(draft, op?.actor ?? { kind: 'system', rule: 'step' }, 'step', [how]);
}

/**
 * Ends every step that is still shown as under way; under `name` where the failure was not that of the step itself.
 */
export function closeSteps(draft: Draft, status: 'done' | 'failed', detail?: string, name?: string): void {
  const release = subjectOf(draft.record);
  for (const step of release?.steps ?? []) {
    if (step.status !== 'doing') continue;
    step.name = name ?? step.name;
    showStep(draft, step.name, status, detail);
  }
}

/** Returns the card's name for a step that ended with this code: colors and router are asked at the same time. */
export function failedStep(code: Code): string | undefined {
  if (code === 'not-in-sync') return 'data';
  return code === 'router-not-ready' ? 'router' : undefined;
}

function soonest(now: number, instants: (Instant | null | undefined)[]): Instant | null {
  const at = (instant: Instant): number => {
    const offset = offsetFromNow(instant);
    return offset === undefined ? instant : now + offset;
  };
  let first: Instant | null = null;
  for (const instant of instants) {
    if (instant === null || instant === undefined) continue;
    if (first === null || at(instant) < at(first)) first = instant;
  }
  return first;
}

/** Returns when this record must be looked at next, for the due name of the service and that of its bake. */
function dueOf(record: ServiceRecord, now: number): Change['due'] {
  const bake = record.state === 'baking' ? fromNow() : null;
  if (underWay(record)) return { service: fromNow(), bake };
  const service = soonest(now, [
    record.request?.status === 'open' ? record.request.expiresAt : null,
    record.lock?.until,
    record.lock?.remindAt,
    ...openActionItems(record).map(({ ringAt }) => ringAt),
    record.reask?.at[0],
    record.follow?.at,
    record.persist?.at,
    record.readOnly?.until === null ? fromNow() : record.readOnly?.renewAt,
    record.awaits?.at,
    record.op === null ? record.turn?.at : null,
    record.dataSync ? fromNow(nextLookMs(record.dataSync)) : null,
    record.afterRevert ? fromNow() : null,
  ]);
  return { service, bake };
}

/** Returns the draft as one save. Cards and notices go to `channel`, private ones to where their person acted. */
export function changeOf(
  draft: Draft,
  expect: number,
  now: number,
  channel: string,
  rest: Omit<Partial<Change>, 'record' | 'expect'> = {},
): Change {
  const ended = closeActionItems(draft).map((id) => ({ channel, release: id, service: noticeCards }));
  return {
    service: draft.record.service,
    expect,
    record: draft.record,
    history: draft.history,
    notices: draft.notices.map((notice) => ({ ...notice, channel: notice.channel ?? channel })),
    draw: [...[...draft.draw].map((release) => ({ channel, release })), ...ended, ...draft.drawOthers],
    due: dueOf(draft.record, now),
    ...rest,
  };
}
