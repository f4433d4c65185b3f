/** What notices ask people to do. When that is done, or no longer possible, the notice is drawn without buttons. */
import type { Actor } from './actor.ts';
import { countdownOf } from './auto-revert/rule.ts';
import { isKnown } from './action-item.ts';
import { versionDriftOf } from './drift.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { ActionItem, ServiceRecord } from './release.ts';
import type { Change } from './store.ts';
import { ringAgainMs } from './unanswered.ts';
import { isWayBackDead, stillUnreverted } from './way-back.ts';
import { mention, mentionAll } from './mention.ts';

/** The name that stands for the service in draw marks of such notices; the notice's id stands for the release. */
export const noticeCards = '@notices';

/** How many items a record keeps: open ones, and ended ones whose notice may not be sent or drawn yet. */
const mostKept = 20;

type Asking = Pick<Change, 'history'> & { record: ServiceRecord };

/** The subject prefix of an item about the version of the live color; older versions have no separate kind for it. */
const ofVersion = 'version ';

function versionSubject(record: ServiceRecord): string | undefined {
  const drift = versionDriftOf(record);
  return drift && `${ofVersion}${drift.saw}`;
}

function isOfVersion({ subject }: ActionItem): boolean {
  return subject?.startsWith(ofVersion) === true;
}

/** The subject prefix of an item about a revert that could not be carried out; it has no kind of its own either. */
const ofRevert = 'revert ';

function revertSubject(record: ServiceRecord): string | undefined {
  const refused = stillUnreverted(record);
  return refused && `${ofRevert}${refused.id}`;
}

function isOfRevert({ subject }: ActionItem): boolean {
  return subject?.startsWith(ofRevert) === true;
}

/** The subject prefix of an item about a way back that is down. It uses a kind that can wait. */
const ofBack = 'back ';

function backSubject(record: ServiceRecord): string | undefined {
  // The verdict says how the live color is.
  return isWayBackDead(record) ? `${ofBack}${record.bake?.release} ${record.bake?.verdict}` : undefined;
}

function isOfBack({ subject }: ActionItem): boolean {
  return subject?.startsWith(ofBack) === true;
}

/** Returns true when the later item replaces the earlier one. */
function sameSort(one: ActionItem, two: ActionItem): boolean {
  return (
    one.kind === two.kind && [isOfVersion, isOfRevert, isOfBack].every((sort) => sort(one) === sort(two))
  );
}

/**
 * Adds an item for this notice. `version`: about the version of the live color; `again`: about a revert that could
 * not be carried out; `back`: about a way back that is down.
 */
export function openActionItem(
  { record }: Asking,
  id: string,
  kind: ActionItem['kind'],
  {
    version,
    again,
    back,
  }: { version?: true | undefined; again?: true | undefined; back?: true | undefined } = {},
): void {
  const special = again ? revertSubject : version ? versionSubject : back ? backSubject : undefined;
  const subject = special === undefined ? subjectOf(kind, record) : special(record);
  const shows = showsOf(kind, record);
  const ask: ActionItem = { id, kind, ...(subject !== undefined && { subject }), ...(shows && { shows }) };
  // Other versions, requests and locks can wait.
  const urgent = kind === 'unhealthy' || kind === 'stuck' || (kind === 'drift' && version === undefined);
  if (urgent) ask.ringAt = fromNow(ringAgainMs);
  record.asks = [...(record.asks ?? []), ask];
}

/** Returns the open items, as far as this version knows their kind. */
export function openActionItems({ asks = [] }: Pick<ServiceRecord, 'asks'>): ActionItem[] {
  return asks.filter((ask) => ask.ended === undefined && isKnown(ask));
}

/** Ends the items that no longer apply to the record. Returns the ids of the notices to draw again. */
export function closeActionItems({ record, history }: Asking): string[] {
  const { asks } = record;
  if (asks === undefined) return [];
  const redrawn: string[] = [];
  const approved = history.some(({ what }) => what === 'approve');
  const next = asks.map((ask, i): ActionItem => {
    if (ask.ended !== undefined || !isKnown(ask)) return ask;
    const again = asks.slice(i + 1).some((later) => sameSort(later, ask));
    if (!again && isOpen(ask, record)) {
      // Its Approve button shows how many more approvals are needed.
      if (approved && ask.kind === 'request') redrawn.push(ask.id);
      const shows = showsOf(ask.kind, record);
      if (shows === ask.shows) return ask;
      redrawn.push(ask.id);
      return { ...ask, shows };
    }
    redrawn.push(ask.id);
    const words = again ? line`A newer message replaced this one` : endOf(ask, record, history);
    const why =
      ask.kind === 'countdown' && !again ? history.find(({ what }) => what === 'called-off') : undefined;
    return { ...ask, ended: line`${words}, ${{ at: fromNow() }}.${why ? line` ${why.text}` : []}` };
  });
  record.asks = next.slice(-mostKept);
  return redrawn;
}

/** How much time is left, what it waits for, and who holds it: no other change of the record is worth an edit. */
function showsOf(kind: ActionItem['kind'], record: ServiceRecord): string | undefined {
  const countdown = kind === 'countdown' ? countdownOf(record) : undefined;
  if (countdown === undefined) return undefined;
  const { shown, waitsFor, hold } = countdown;
  return JSON.stringify([shown, waitsFor, hold && [hold.actor, hold.reason]]);
}

/** Returns what distinguishes an item from a later one of its kind. */
function subjectOf(
  kind: ActionItem['kind'],
  { request, drift, op, bake, lock, autoRevert }: ServiceRecord,
): string | undefined {
  switch (kind) {
    case 'request':
      return request?.id;
    case 'drift':
      return drift?.saw;
    case 'stuck':
      return op?.id;
    case 'unhealthy':
      return bake?.release;
    case 'countdown':
      return autoRevert?.countdown?.id;
    case 'lock':
      return lock?.until === undefined ? undefined : String(lock.until);
    default:
      return kind satisfies never;
  }
}

function isOpen(ask: ActionItem, record: ServiceRecord): boolean {
  const { kind, subject } = ask;
  const { state, request, bake } = record;
  if (isOfVersion(ask)) return versionSubject(record) === subject;
  if (isOfRevert(ask)) return state === 'reverting' || revertSubject(record) === subject;
  if (isOfBack(ask)) return state === 'reverting' || backSubject(record) === subject;
  switch (kind) {
    case 'request':
      return request?.status === 'open' && request.id === subject;
    // The command that was pressed is under way until the service rests again; it may be refused, or get stuck again.
    case 'stuck':
      return state === 'stuck' || state === 'promoting' || state === 'reverting';
    case 'unhealthy':
      return state === 'reverting' || (bake?.release === subject && bake?.verdict === 'unhealthy');
    case 'countdown':
      return countdownOf(record)?.id === subject;
    case 'drift':
    case 'lock':
      return subjectOf(kind, record) === subject;
    default:
      return kind satisfies never;
  }
}

function endOfCountdown({ op }: ServiceRecord, history: Change['history']): Line {
  if (history.some(({ what }) => what === 'called-off')) return line`Called off`;
  return op?.kind === 'revert' ? line`${mention(op.actor)} started the revert` : line`No longer open`;
}

/** How an item ended, by the word (`what`) of the history entry that ended it. */
const ends: Readonly<Record<string, (actor: Line, kind: ActionItem['kind']) => Line | undefined>> = {
  restored: (actor) => line`Done: ${actor} put it back`,
  reverted: (actor) => line`Done: ${actor} reverted`,
  adopt: (actor) => line`Done: ${actor} adopted what the router says`,
  reject: (actor) => line`Rejected by ${actor}`,
  cancel: (actor) => line`Cancelled by ${actor}`,
  'request-expired': () => line`It expired`,
  settled: (actor, kind) => (kind === 'unhealthy' ? line`Done: ${actor} settled it` : undefined),
  switch: (_, kind) => (kind === 'stuck' ? line`Done: the promote succeeded` : undefined),
  'promote-ended': (_, kind) => (kind === 'stuck' ? line`Done: the promote was undone` : undefined),
  extend: (actor) => line`Done: ${actor} extended it`,
  unlock: (actor) => line`Done: ${actor} unlocked`,
  'lock-ended': () => line`It ended`,
};

function endOf(ask: ActionItem, record: ServiceRecord, history: Change['history']): Line {
  const { kind, subject } = ask;
  if (isOfVersion(ask)) {
    const adopted = history.find(({ what }) => what === 'adopt');
    return adopted ? line`Done: ${mention(adopted.actor)} adopted it` : line`No longer true`;
  }
  if (isOfBack(ask) && record.bake !== null) {
    if (!isWayBackDead(record)) return line`It answers again`;
    return record.bake.verdict === 'healthy' ? line`No longer true` : line`A newer message replaced this one`;
  }
  if (kind === 'countdown') return endOfCountdown(record, history);
  const { request } = record;
  const promoted = history.find(({ what }) => what === 'promote');
  if (kind === 'request' && request?.id === subject && promoted !== undefined)
    return line`Approved by ${mentionAll(request?.approvals.map(({ actor }): Actor => actor) ?? [])}`;
  for (const { what, actor } of history) {
    const words = Object.hasOwn(ends, what) ? ends[what]?.(mention(actor), kind) : undefined;
    if (words !== undefined) return words;
  }
  switch (kind) {
    case 'request':
    case 'stuck':
    case 'lock':
      return line`No longer open`;
    case 'drift':
      return record.drift === null
        ? line`Done: router and record agree again`
        : line`The router says something else now`;
    case 'unhealthy':
      if (isOfRevert(ask)) return line`No longer open`;
      return record.bake?.verdict === 'healthy' ? line`It is healthy again` : line`No longer open`;
    default:
      return kind satisfies never;
  }
}
