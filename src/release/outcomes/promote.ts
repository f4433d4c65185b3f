/** The ends of a promote: their changes to the record, and their messages. Pure. */
import type { Actor } from '../actor.ts';
import type { Color } from '../color.ts';
import { beginSync } from '../data-sync.ts';
import { closeSteps, markCard, failedStep, addHistory, showStep, notify, userOf, mention } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { heldWords } from '../held-writes.ts';
import { keepTurned, turnedWords, turnEnded } from '../turn-data.ts';
import type { Turned } from '../turn-data.ts';
import type { HeldWrites } from '../write-hold.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import { moveTo } from '../machine.ts';
import type { Router } from '../ports.ts';
import { endReadOnly, holdReadOnly } from '../read-only.ts';
import type { Code, Operation } from '../release.ts';
import type { Settings } from '../settings.ts';
import { formatDuration } from '../duration.ts';
import { keepPersist, keepStays, mayComeLate, named, watch } from './common.ts';

/** How long nobody can write after a switch, unless the settings say otherwise, ms. */
const readOnlyMs = 300_000;

/** What a router counts on the color just left, unless it says otherwise. */
const connections = ['older connection is', 'older connections are'] as const;

/**
 * Ends a promote that goes no further: back to `staged`; approvals stay while everything they cover is unchanged.
 * `undone`: the router was written to and pointed back; `late`: the colors of which a write may still be carried out.
 */
export function promoteEnded(
  draft: Draft,
  op: Operation,
  ending: { code: Code; cause: string; actor?: Actor | undefined },
  undone?: { late: Iterable<Color>; now: number },
): void {
  const { record } = draft;
  const release = record.releases[0];
  if (undone) showStep(draft, 'undo', 'done');
  closeSteps(draft, 'failed', ending.cause, failedStep(ending.code));
  moveTo(record, 'staged');
  record.op = null;
  // Nobody waits for a switch any more. The window of a release before goes on.
  if (record.readOnly?.until === null) endReadOnly(draft);
  if (undone) watch(record, op.target, undone.late, undone.now);
  if (release) {
    release.code = ending.code;
    release.cause = ending.cause;
  }
  markCard(draft);
  const by = ending.actor ?? op.actor;
  addHistory(draft, by, 'promote-ended', line`${named(draft)}: ${ending.cause}`, ending.code);
  const back = undone
    ? line` The router points to ${record.live} again.${mayComeLate(record, op.target, undone.now)}`
    : [];
  if (ending.code === 'cancelled')
    notify(draft, 'event', line`${mention(by)} cancelled the promote of ${named(draft)}.`);
  else
    notify(
      draft,
      'broadcast',
      line`${mention(op.actor)}: the promote of ${named(draft)} ended, ${{ code: ending.code }}: ${ending.cause}.${back} It stays staged.`,
      { to: userOf(op.actor) },
    );
}

/** Ends a promote: the router is verified on the new color, which becomes live and bakes. */
export function promoted(
  draft: Draft,
  op: Operation,
  settings: Settings,
  facts: {
    switchMs: number;
    probe?: string | undefined;
    persist: string | undefined;
    late: Iterable<Color>;
    now: number;
    /** How many requests and connections were still on the other color right after the switch. */
    left?: number | undefined;
    leftAre?: Router['leftAre'] | undefined;
    /** What stays there and cannot be counted. */
    keeps?: string | undefined;
    /** What waited in the router meanwhile. */
    held?: HeldWrites | undefined;
    turned?: Turned | undefined;
    /** When the router said that it denies writes; undefined: it was not asked to. */
    deniedAt?: number | undefined;
  },
): void {
  const { record } = draft;
  const release = record.releases[0];
  const old = record.live;
  const approvals = record.request?.approvals ?? [];
  turnEnded(draft, facts.turned);
  closeSteps(draft, 'done');
  record.live = op.target;
  record.epoch += 1;
  record.colors[op.target] = { role: 'live', version: op.version, since: fromNow() };
  record.colors[old] = { role: 'previous', version: record.colors[old].version, since: fromNow() };
  moveTo(record, 'baking');
  record.op = null;
  record.request = null;
  record.drift = null;
  record.follow = null;
  record.bake = {
    release: op.release,
    startedAt: fromNow(),
    until: fromNow(settings.promotion.bake),
    verdict: 'healthy',
    wayBack: 'alive',
    hooksDone: false,
  };
  if (facts.turned) beginSync(draft, old);
  else delete record.dataSync;
  holdReadOnly(draft, op.release, settings.cutover.readOnly?.after ?? readOnlyMs, facts.deniedAt);
  watch(record, old, facts.late, facts.now);
  keepPersist(draft, facts.persist);
  if (release) {
    release.promotedAt = fromNow();
    if (approvals.length > 0) release.approvedBy = approvals.map(({ actor }) => actor);
    release.switchMs = facts.switchMs;
    if (facts.held) release.writesHeld = { ...facts.held };
    else delete release.writesHeld;
    keepTurned(release, facts.turned);
    if (facts.probe !== undefined) release.probe = facts.probe;
    delete release.code;
    delete release.cause;
  }
  const older = record.releases.find(
    (each) => each !== release && each.color === old && ['live', 'baking'].includes(each.status),
  );
  if (older) {
    older.status = 'replaced';
    markCard(draft, older);
  }
  const held = `${facts.held ? `; ${heldWords(facts.held)}` : ''}${turnedWords(facts.turned)}`;
  markCard(draft);
  addHistory(
    draft,
    op.actor,
    'switch',
    line`${named(draft)}: traffic ${old} → ${op.target}, epoch ${record.epoch}, in ${formatDuration(facts.switchMs)}${held}`,
  );
  const { left = 0, leftAre = connections, keeps } = facts;
  const kept = keepStays(release, keeps, old);
  const stays =
    left === 0
      ? kept === undefined
        ? ''
        : ` ${kept}`
      : ` ${left} ${leftAre[left === 1 ? 0 : 1]} still on ${old}.`;
  notify(
    draft,
    'event',
    line`${named(draft)} is live: new requests go to ${op.target}, switched and verified in ${formatDuration(facts.switchMs)}${held}.${stays}`,
    { to: userOf(op.actor) },
  );
}
