/** Takes a move without the record into it: history, notice, and the live color when the router confirms it. */
import { decide } from './decide.ts';
import { draftOf, markCard, addHistory, notify, mention } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Facts } from './gates.ts';
import { breakGlassHeadings } from './break-glass.ts';
import type { BreakGlassEntry } from './break-glass.ts';
import { noteLate, settlesMs } from './late-writes.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import { moveTo } from './machine.ts';
import type { Driver } from './operation.ts';
import { keepPersist } from './outcomes/common.ts';
import { oweTurn } from './owed-turn.ts';
import { reverted } from './outcomes/revert.ts';
import { markStuck } from './outcomes/stuck.ts';
import { underWay } from './release.ts';
import { answered } from './mention-again.ts';
import type { ServiceRecord } from './release.ts';
import type { RouterView } from './store.ts';
import { beginRevert } from './verbs/revert.ts';
import { wayBack } from './way-back.ts';

/** How many ids a record keeps. */
const most = 20;

/** The facts at the time of the import. */
export interface ImportFacts {
  /** Two equal answers of the router, a second apart, or its newest one. */
  router: Omit<RouterView, 'at'>;
  /** Instances that do not follow yet. */
  behind: string[];
  /** The result of bringing the router's start-up state to the target. */
  persist: string | undefined;
  facts: Pick<Facts, 'settings' | 'raw' | 'digest' | 'seal' | 'configured'>;
  driver: Driver;
  now: number;
}

/** Returns true when this entry was taken in before. */
export function isApplied(record: ServiceRecord, { id }: Pick<BreakGlassEntry, 'id'>): boolean {
  return record.brokenGlass?.includes(id) === true;
}

/**
 * Writes the move into the draft. The live color becomes what the router says, where that is what break-glass left:
 * as a revert when that is the way back, else as `adopt` does. An operation under way that would move the router away
 * from there ends here; one that moves it there too continues.
 */
export function applyBreakGlass(draft: Draft, glass: BreakGlassEntry, found: ImportFacts): void {
  const { heading } = found.router;
  const { live, op } = draft.record;
  // By the clock of its machine, which is close to the storage's clock.
  const sentUntil = Date.parse(glass.endedAt ?? glass.startedAt);
  const unsure = glass.status === 'failed' || glass.status === 'partly';
  const late = unsure && sentUntil + settlesMs(draft.record) > found.now;
  if (late) noteLate(draft.record, [glass.target], sentUntil);
  answered(draft.record, { verb: 'revert', actor: glass.actor });
  const become =
    heading === glass.target ? confirmMove(draft, glass, found) : keepRecord(draft, glass, found);
  const { record } = draft;
  record.brokenGlass = [...(record.brokenGlass ?? []), glass.id].slice(-most);
  const at = { at: Date.parse(glass.startedAt) };
  const before = breakGlassHeadings(glass.saw);
  const idle = movedNothing(glass);
  const went = (when: Line): Line =>
    idle
      ? line`the router of ${record.service} said ${before} already${when}, and was not moved`
      : line`the router of ${record.service} said ${before} and was pointed to ${glass.target}${when}`;
  const why = line`${glass.reason}${glass.force ? ' (health not checked)' : ''}`;
  addHistory(draft, glass.actor, 'break-glass', line`${went(line` ${at}`)}: ${why}; ${endOf(glass)}`);
  // A move that found everything done already, which the record knows by now, is no news for a channel.
  if (idle && heading === glass.target && record.live === live && record.op?.id === op?.id) return;
  notify(
    draft,
    'broadcast',
    line`${mention(glass.actor)} used break-glass ${at} while ${glass.unreadable === undefined ? 'Redis was unavailable' : 'the record could not be read'}: ${went([])}: ${why}. ${endOf(glass)}. The router says ${found.router.detail} now; ${become}`,
    record.releases[0] ? {} : { release: null },
  );
  markCard(draft);
}

/** Returns true for a move that found every router instance at its target and left it there. */
function movedNothing({ status, saw, target }: BreakGlassEntry): boolean {
  return status === 'done' && saw.every(({ heading }) => heading === target);
}

function endOf({ status, result = [], cause }: BreakGlassEntry): string {
  const why = cause === undefined ? '' : ` (${cause})`;
  switch (status) {
    case 'begun':
      return 'The result was not saved';
    case 'done':
      return `It was verified${why}`;
    case 'partly':
      return `Not all instances switched: ${breakGlassHeadings(result)}${why}`;
    case 'failed':
      return `It was not verified: ${breakGlassHeadings(result)}${why}`;
    default:
      return status satisfies never;
  }
}

/** The color to which the operation under way moves the router; undefined when it has written nothing yet. */
function goal({ op, live }: ServiceRecord): 'blue' | 'green' | undefined {
  if (op === null) return undefined;
  if (op.kind === 'revert' || op.kind === 'restore') return op.target;
  if (op.kind === 'stage' || op.intentAt === undefined) return undefined;
  return op.step === 'undo' ? live : op.target;
}

/** The router confirms what break-glass left: the record takes that over. */
function confirmMove(draft: Draft, glass: BreakGlassEntry, found: ImportFacts): Line {
  const { record } = draft;
  const { target } = glass;
  const goes = underWay(record) ? goal(record) : undefined;
  if (goes === target) return line`the ${record.op?.kind ?? ''} under way goes there too, and continues.`;
  const away = goes !== undefined;
  if (record.live === target && !away) return line`the record says the same.`;

  const back = wayBack(record);
  if (back?.color === target) {
    const text = glass.force ? { force: glass.reason } : { reason: glass.reason };
    beginRevert(draft, glass.actor, found.driver, text);
    const { op } = record;
    if (op?.kind !== 'revert') throw new Error('a way back that a revert does not find');
    const { behind, persist, now } = found;
    reverted(draft, op, found.facts.settings, { switchMs: 0, behind, persist, already: true, late: [], now });
    oweTurn(draft, true);
    return line`that is recorded as a revert.`;
  }
  adoptTarget(draft, glass, found);
  return line`that is recorded as the live color.`;
}

function adoptTarget(draft: Draft, glass: BreakGlassEntry, found: ImportFacts): void {
  const { record } = draftOf(draft.record);
  // Give up what is under way: for `adopt` it counts as stuck, or as drift of the router.
  if (record.state === 'promoting' || record.state === 'reverting') moveTo(record, 'stuck', null);
  record.drift ??= { saw: glass.target, at: found.now };
  const facts: Facts = {
    ...found.facts,
    record,
    now: found.now,
    roles: new Set(['admin']),
    rolesUnknown: false,
    approvers: [],
    router: found.router,
  };
  const command = { verb: 'adopt' as const, service: record.service, actor: glass.actor, marks: [] };
  const decision = decide(facts, command, '');
  if (decision.kind !== 'change') throw new Error(`it cannot be adopted: ${decision.kind}`);
  Object.assign(draft, decision.draft);
  keepPersist(draft, found.persist);
}

/** The router says something else: nothing is recorded, and Switchback does not move it. */
function keepRecord(draft: Draft, { target }: BreakGlassEntry, { router }: ImportFacts): Line {
  const { record } = draft;
  const { op } = record;
  if (router.heading !== 'blue' && router.heading !== 'green') {
    if (op && underWay(record) && (goal(record) ?? target) !== target) {
      markStuck(draft, op, `break-glass pointed the router to ${target}, and it does not name one color`);
      return line`the ${op.kind} that was under way stops here; a person must check.`;
    }
    record.reask = null;
    record.follow = null;
  }
  return line`the record says ${record.live}, and is not changed.`;
}
