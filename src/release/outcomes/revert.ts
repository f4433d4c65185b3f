/** The ends of reverts and restores: their changes to the record, and their messages. Pure. */
import { actorId } from '../actor.ts';
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import { closeSteps, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { heldWords } from '../held-writes.ts';
import { keepTurned, turnedWords, turnEnded } from '../turn-data.ts';
import type { Turned } from '../turn-data.ts';
import type { HeldWrites } from '../write-hold.ts';
import { fromNow } from '../instant.ts';
import { asSentence, line } from '../line.ts';
import type { Line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { colorLeft } from '../operation.ts';
import { endReadOnly } from '../read-only.ts';
import { lockAt, subjectOf } from '../release.ts';
import type { Release, Revert, ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import { refusedBecause } from '../way-back.ts';
import { formatDuration } from '../duration.ts';
import { forOwner } from '../mention.ts';
import { keepPersist, keepStays, mayComeLate, watch } from './common.ts';

/** The revert is verified: records it and locks the service in one save. See docs/design.md#revert-works. */
export function reverted(
  draft: Draft,
  op: Revert,
  settings: Settings,
  facts: {
    switchMs: number;
    probe?: string | undefined;
    behind: string[];
    persist: string | undefined;
    /** What waited in the router meanwhile. */
    held?: HeldWrites | undefined;
    turned?: Turned | undefined;
    /** Why a probe result was ignored. */
    proof?: string | undefined;
    already: boolean;
    /** What stays on the old color, in its router's words. */
    keeps?: string | undefined;
    /** The colors of which a write may still be carried out. */
    late: Iterable<Color>;
    now: number;
  },
): void {
  const { record } = draft;
  const release = subjectOf(record);
  const left = colorLeft(record, op);
  const moved = record.live !== op.target;
  const given = op.force ?? op.reason;
  // Nobody gave a reason: use what the checks said.
  const reason = given ?? (record.bake?.verdict === 'unhealthy' ? record.bake.cause : undefined);
  turnEnded(draft, facts.turned);
  closeSteps(draft, 'done');
  const doubt = doubtOf(record, op);
  const leftVersion = op.interrupted?.version ?? record.colors[left].version;
  if (moved) record.epoch += 1;
  record.live = op.target;
  record.colors[op.target] = {
    role: 'live',
    version: op.version,
    since: moved ? fromNow() : record.colors[op.target].since,
  };
  record.colors[left] = { role: 'reverted', version: leftVersion, since: fromNow() };
  moveTo(record, 'idle');
  record.bake = null;
  record.request = null;
  record.drift = null;
  watch(record, left, facts.late, facts.now);
  record.follow = facts.behind.length > 0 ? { instances: facts.behind, at: fromNow(1_000) } : null;
  record.lastRevert = { actor: op.actor, at: fromNow(), version: leftVersion };
  keepPersist(draft, facts.persist);
  endReadOnly(draft);
  delete record.dataSync;
  record.unreverted = null;
  record.awaits = null;
  // Instances that pointed there already switched at some other time.
  const keeps = facts.already ? undefined : facts.keeps;
  const gone = markReverted(draft, op, left, release, { ...facts, reason });
  const stays = keepStays(gone, keeps, left);
  // An expired lock may still be in the record: nothing checks it while an operation is under way.
  const kept = lockAt(record, facts.now);
  if (settings.revert.lockAfterRevert && (kept === undefined || kept.holder.kind === 'system')) {
    const why =
      reason === undefined ? `reverted from ${leftVersion ?? 'an unknown version'}` : `reverted: ${reason}`;
    record.lock = {
      holder: { kind: 'system', rule: 'lock-after-revert' },
      reason: why,
      since: fromNow(),
      until: null,
      remindAt: null,
    };
  }
  if (settings.hooks.some((hook) => hook['at'] === 'after-revert')) {
    record.afterRevert = {
      release: op.release,
      from: left,
      actor: actorId(op.actor),
      reason: reason ?? '',
    };
  }
  const proof = [facts.proof, stays].flatMap((each) => (each === undefined ? [] : ` ${each}`)).join('');
  const partly = facts.behind.length > 0 ? line` Not switched yet: ${facts.behind.join(', ')}.` : [];
  const held = `${facts.held ? `; ${heldWords(facts.held)}` : ''}${turnedWords(facts.turned)}`;
  addHistory(
    draft,
    op.actor,
    'reverted',
    line`${record.service}: live ${op.target} ${op.version ?? 'unknown'}, epoch ${record.epoch}${held}${reason === undefined ? '' : `: ${reason}`}`,
  );
  const locked =
    record.lock?.holder.kind === 'system' ? line` Locked: no release until an operator unlocks it.` : [];
  // Nobody pressed: the people who saw the countdown want to know that it worked.
  const automatic = op.actor.kind === 'system';
  notify(
    draft,
    'broadcast',
    line`${mention(op.actor)} reverted ${record.service}: live is ${op.target} ${{ bold: op.version ?? 'unknown' }}, ${howWords(op, { ...facts, held }, doubt)}${proof}${partly}${mayComeLate(record, left, facts.now)}${locked}${reason === undefined ? '' : ` Reason: ${reason}`}${automatic ? forOwner(record) : []}`,
    {
      to: userOf(op.actor),
      of: 'revert',
      ...(automatic && { calls: 'operator' }),
      ...(release ? {} : { release: null }),
    },
  );
  // Last: everything above is about its release.
  record.op = null;
}

/** What is known against the color reverted to, as a sentence: why a revert was refused, or what the bake saw. */
function doubtOf({ unreverted, bake }: ServiceRecord, { target, version }: Revert): string | undefined {
  const of =
    unreverted?.color === target && unreverted.code !== 'router-unreachable' ? unreverted : undefined;
  // What had to be repaired says nothing about the color.
  const known = of !== undefined && of.repair === undefined ? of : undefined;
  const cause = known?.cause ?? (bake?.wayBack === 'dead' ? bake.wayBackCause : undefined);
  const what = refusedBecause({ color: target, code: known?.code ?? 'unhealthy' }, version);
  return cause === undefined ? undefined : `${what}: ${asSentence(cause)}`;
}

/** Says how traffic went back, and what confirms it. */
function howWords(
  { force }: Revert,
  {
    already,
    probe,
    switchMs,
    held,
  }: { already: boolean; probe?: string | undefined; switchMs: number; held: string },
  doubt: string | undefined,
): Line {
  const verified = probe === undefined ? '' : ' and verified';
  const took = already
    ? 'the router pointed there already'
    : `switched${verified} in ${formatDuration(switchMs)}${verified === '' && force === undefined ? ', the router confirms' : ''}`;
  if (force === undefined) return line`${took}${held}.`;
  const before = doubt === undefined ? '' : ` Before that ${doubt}`;
  return line`${took}${held}. ${{ bold: 'Not verified' }}: forced.${before}`;
}

/** Returns the reverted release; undefined: the record no longer has it. */
function markReverted(
  draft: Draft,
  op: Revert,
  left: 'blue' | 'green',
  release: Release | undefined,
  facts: {
    switchMs: number;
    probe?: string | undefined;
    held?: HeldWrites | undefined;
    turned?: Turned | undefined;
    already: boolean;
    reason: string | undefined;
  },
): Release | undefined {
  const { record } = draft;
  const { switchMs, probe, held, already, reason } = facts;
  const gone =
    release?.color === left && release.status !== 'dropped'
      ? release
      : record.releases.find((each) => each.color === left && ['live', 'baking'].includes(each.status));
  if (gone) {
    gone.status = 'reverted';
    gone.revertedBy = op.actor;
    gone.revertedAt = fromNow();
    if (already) delete gone.revertMs;
    else gone.revertMs = switchMs;
    if (held) gone.writesHeld = { ...held };
    else delete gone.writesHeld;
    keepTurned(gone, facts.turned);
    // The probe of its promote says nothing about the traffic now.
    if (probe === undefined) delete gone.probe;
    else gone.probe = probe;
    if (op.force === undefined) delete gone.forced;
    else gone.forced = true;
    if (reason === undefined) delete gone.cause;
    else gone.cause = reason;
    markCard(draft, gone);
  }
  const back = record.releases.find(
    (each) => each.color === op.target && each.version === op.version && each.status === 'replaced',
  );
  if (back) {
    back.status = 'live';
    markCard(draft, back);
  }
  markCard(draft);
  return gone;
}

/** Ends a restore: the router points to the recorded live color again. Nothing else changes. */
export function restored(
  draft: Draft,
  op: Revert,
  {
    persist,
    proof,
    keeps,
    late,
    turned,
    now,
  }: Pick<Parameters<typeof reverted>[3], 'persist' | 'proof' | 'keeps' | 'late' | 'turned' | 'now'>,
): void {
  const { record } = draft;
  turnEnded(draft, turned);
  closeSteps(draft, 'done');
  moveTo(record, op.was, null);
  record.op = null;
  record.drift = null;
  watch(record, otherColor(op.target), late, now);
  keepPersist(draft, persist);
  markCard(draft);
  const stays = keeps?.replaceAll('{old}', otherColor(op.target));
  const more = [proof, stays].flatMap((each) => (each === undefined ? [] : ` ${each}`)).join('');
  if (op.actor.kind === 'system') {
    const text = line`The databases of ${record.service} are turned: those of ${op.target} take the writes.`;
    addHistory(draft, op.actor, 'restored', text);
    notify(draft, 'event', text, record.releases[0] ? {} : { release: null });
    return;
  }
  addHistory(draft, op.actor, 'restored', line`the router of ${record.service} points to ${op.target} again`);
  notify(
    draft,
    'broadcast',
    line`The router of ${record.service} points to ${op.target} again, put back by ${mention(op.actor)}.${more}${mayComeLate(record, otherColor(op.target), now)}`,
    { to: userOf(op.actor), of: 'revert', ...(record.releases[0] ? {} : { release: null }) },
  );
}
