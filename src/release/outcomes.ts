/** How operations end: what each end writes into the record, and what is said of it. Pure. */
import { otherColor } from './color.ts';
import { closeSteps, draw, log, tell, userOf, who } from './draft.ts';
import type { Draft } from './draft.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Actor, Code, Operation, Release, Revert } from './release.ts';
import type { Settings } from './settings.ts';
import { leaves } from './operation.ts';

/** After a switch or undo the router is asked again; going back to the color just left is mended within 5 s (SPEC 3.2). */
function lookAgain(left: 'blue' | 'green'): NonNullable<Draft['record']['reask']> {
  return { left, at: [fromNow(1_000), fromNow(5_000), fromNow(30_000)], putBackUntil: fromNow(5_500) };
}

function named(draft: Draft): Line {
  const release = draft.record.releases[0];
  return line`${draft.record.service} #${release?.number ?? 0} ${{ bold: release?.version ?? 'unknown' }}`;
}

function seconds(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** The staged version is there, checked. */
export function staged(draft: Draft, op: Operation): void {
  const { record } = draft;
  const release = record.releases[0];
  const before = record.colors[op.target];
  closeSteps(draft, 'done');
  record.colors[op.target] = {
    role: 'staged',
    version: op.version,
    since: fromNow(),
    ...(before.role === 'previous' && before.version === op.version && { wasPrevious: true }),
  };
  record.state = 'staged';
  record.op = null;
  record.request = null;
  if (release) release.status = 'staged';
  draw(draft);
  log(draft, op.actor, 'staged', line`${named(draft)} on ${op.target}`);
  tell(draft, 'event', line`${named(draft)} is staged on ${op.target}.`);
}

/** A stage that did not succeed. `still`: the idle color still reports the previous version. `seen`: what it reports. */
export function stageEnded(draft: Draft, op: Operation, still: boolean, seen: string | undefined): void {
  const { record } = draft;
  const release = record.releases[0];
  const ending = op.ending ?? { code: 'interrupted' as const, cause: 'interrupted' };
  closeSteps(draft, 'failed', ending.cause);
  if (!still) record.colors[op.target] = { role: 'failed', version: seen ?? op.version, since: fromNow() };
  record.state = 'idle';
  record.op = null;
  if (release) {
    release.status = ending.code === 'cancelled' ? 'dropped' : 'failed';
    release.code = ending.code;
    release.cause = ending.cause;
  }
  draw(draft);
  const by = ending.actor ?? op.actor;
  log(draft, by, 'stage-ended', line`${named(draft)}: ${ending.cause}`, ending.code);
  if (ending.code === 'cancelled')
    tell(draft, 'event', line`${who(by)} cancelled the stage of ${named(draft)}.`);
  else
    tell(
      draft,
      'broadcast',
      line`${who(op.actor)}: staging ${named(draft)} failed, ${{ code: ending.code }}: ${ending.cause}`,
      { to: userOf(op.actor) },
    );
}

/** A promote that goes no further: back to `staged`; approvals stay while all that they cover is unchanged. */
export function promoteEnded(
  draft: Draft,
  op: Operation,
  ending: { code: Code; cause: string; actor?: Actor | undefined },
  undone: boolean,
): void {
  const { record } = draft;
  const release = record.releases[0];
  closeSteps(draft, 'failed', ending.cause);
  record.state = 'staged';
  record.op = null;
  if (undone) record.reask = lookAgain(op.target);
  if (release) {
    release.status = 'staged';
    release.code = ending.code;
    release.cause = ending.cause;
  }
  draw(draft);
  const by = ending.actor ?? op.actor;
  log(draft, by, 'promote-ended', line`${named(draft)}: ${ending.cause}`, ending.code);
  const back = undone ? line` The router points to ${record.live} again.` : [];
  if (ending.code === 'cancelled')
    tell(draft, 'event', line`${who(by)} cancelled the promote of ${named(draft)}.`);
  else
    tell(
      draft,
      'broadcast',
      line`${who(op.actor)}: the promote of ${named(draft)} ended, ${{ code: ending.code }}: ${ending.cause}.${back} It stays staged.`,
      { to: userOf(op.actor) },
    );
}

/** The router was verified on the new color: it is live, and bakes. */
export function promoted(
  draft: Draft,
  op: Operation,
  settings: Settings,
  facts: { switchMs: number; probe?: string | undefined; persist: string | undefined },
): void {
  const { record } = draft;
  const release = record.releases[0];
  const left = record.live;
  closeSteps(draft, 'done');
  record.live = op.target;
  record.epoch += 1;
  record.colors[op.target] = { role: 'live', version: op.version, since: fromNow() };
  record.colors[left] = { role: 'previous', version: record.colors[left].version, since: fromNow() };
  record.state = 'baking';
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
  record.reask = lookAgain(left);
  keepPersist(draft, facts.persist);
  if (release) {
    release.status = 'baking';
    release.promotedAt = fromNow();
    release.switchMs = facts.switchMs;
    if (facts.probe !== undefined) release.probe = facts.probe;
    delete release.code;
    delete release.cause;
  }
  const older = record.releases.find(
    (each) => each !== release && each.color === left && ['live', 'baking'].includes(each.status),
  );
  if (older) {
    older.status = 'replaced';
    draw(draft, older);
  }
  draw(draft);
  log(
    draft,
    op.actor,
    'switch',
    line`${named(draft)}: traffic ${left} → ${op.target}, epoch ${record.epoch}, in ${seconds(facts.switchMs)}`,
  );
  tell(
    draft,
    'event',
    line`${named(draft)} is live: all traffic goes to ${op.target}, switched and verified in ${seconds(facts.switchMs)}.`,
  );
}

/** The router was verified on the color gone back to: recorded and locked in one save. */
export function reverted(
  draft: Draft,
  op: Revert,
  settings: Settings,
  facts: { switchMs: number; behind: string[]; persist: string | undefined; already: boolean },
): void {
  const { record } = draft;
  const release = record.releases[0];
  const left = leaves(record, op);
  const moved = record.live !== op.target;
  const reason = op.force ?? op.reason;
  closeSteps(draft, 'done');
  const leftVersion = op.interrupted?.version ?? record.colors[left].version;
  if (moved) record.epoch += 1;
  record.live = op.target;
  record.colors[op.target] = {
    role: 'live',
    version: op.version,
    since: moved ? fromNow() : record.colors[op.target].since,
  };
  record.colors[left] = { role: 'reverted', version: leftVersion, since: fromNow() };
  record.state = 'idle';
  record.op = null;
  record.bake = null;
  record.request = null;
  record.drift = null;
  record.reask = lookAgain(left);
  record.follow = facts.behind.length > 0 ? { instances: facts.behind, at: fromNow(1_000) } : null;
  record.lastRevert = { actor: op.actor, at: fromNow(), version: leftVersion };
  keepPersist(draft, facts.persist);
  markReverted(draft, op, left, release);
  if (settings.revert.lockAfterRevert && (record.lock === null || record.lock.holder.kind === 'system')) {
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
      actor: op.actor.kind === 'slack' ? op.actor.user : op.actor.kind,
      reason: reason ?? '',
    };
  }
  const partly =
    facts.behind.length > 0 ? line` Not answering and still to follow: ${facts.behind.join(', ')}.` : [];
  const how = facts.already
    ? line`the router pointed there already`
    : line`switched and verified in ${seconds(facts.switchMs)}`;
  log(
    draft,
    op.actor,
    'reverted',
    line`${record.service}: live ${op.target} ${op.version ?? 'unknown'}, epoch ${record.epoch}${reason === undefined ? '' : `: ${reason}`}`,
  );
  const locked = record.lock?.holder.kind === 'system' ? line` Locked until an operator unlocks it.` : [];
  tell(
    draft,
    'broadcast',
    line`${who(op.actor)} reverted ${record.service}: live is ${op.target} ${{ bold: op.version ?? 'unknown' }}, ${how}.${partly}${locked}${reason === undefined ? '' : ` Reason: ${reason}`}`,
    release ? {} : { release: null },
  );
}

function markReverted(draft: Draft, op: Revert, left: 'blue' | 'green', release: Release | undefined): void {
  const { record } = draft;
  const gone =
    release?.color === left && release.status !== 'dropped'
      ? release
      : record.releases.find((each) => each.color === left && ['live', 'baking'].includes(each.status));
  if (gone) {
    gone.status = 'reverted';
    gone.revertedBy = op.actor;
    gone.revertedAt = fromNow();
    gone.cause = op.force ?? op.reason ?? 'reverted';
    draw(draft, gone);
  }
  const back = record.releases.find(
    (each) => each.color === op.target && each.version === op.version && each.status === 'replaced',
  );
  if (back) {
    back.status = 'live';
    draw(draft, back);
  }
  draw(draft);
}

/** A revert that must not go on: everything is as before it. A promote it interrupted is taken up again. */
export function revertRefused(
  draft: Draft,
  op: Revert,
  refusal: { code: Code; cause: string },
  driver: string,
): void {
  const { record } = draft;
  const release = record.releases[0];
  closeSteps(draft, 'failed', refusal.cause);
  const before = op.interrupted;
  const stuckRevert = op.was === 'stuck' && before === undefined;
  record.op = before ? { ...before, driver } : stuckRevert ? op : null;
  record.state = op.was;
  if (release && release.status === 'reverting') {
    release.status =
      op.was === 'idle'
        ? 'live'
        : op.was === 'staged' || op.was === 'staging' || op.was === 'reverting'
          ? 'staged'
          : op.was;
  }
  draw(draft);
  log(draft, op.actor, 'refused', line`revert of ${record.service}: ${refusal.cause}`, refusal.code);
  const forceable = refusal.code === 'unhealthy' || refusal.code === 'version-mismatch';
  const next = forceable
    ? line` Use revert ${record.service} --force <reason> to go back all the same.`
    : line` Try again when it answers.`;
  const text = line`${{ code: refusal.code }}: ${record.service} is not reverted to ${op.target} ${op.version ?? ''}: ${refusal.cause}. Now: ${record.state}, live: ${record.live} ${record.colors[record.live].version ?? 'unknown'}.${next}`;
  const to = userOf(op.actor);
  if (to !== undefined) tell(draft, 'private', text, { to, ...(forceable && { buttons: 'force' }) });
  tell(
    draft,
    'event',
    line`The revert asked for by ${who(op.actor)} was refused, ${{ code: refusal.code }}: ${refusal.cause}.`,
    release ? {} : { release: null },
  );
}

/** The router points to the recorded live color again. Nothing else changes. */
export function restored(draft: Draft, op: Revert, persist: string | undefined): void {
  const { record } = draft;
  closeSteps(draft, 'done');
  record.state = op.was;
  record.op = null;
  record.drift = null;
  record.reask = lookAgain(otherColor(op.target));
  keepPersist(draft, persist);
  draw(draft);
  log(draft, op.actor, 'restored', line`the router of ${record.service} points to ${op.target} again`);
  tell(
    draft,
    'broadcast',
    line`The router of ${record.service} points to ${op.target} again, put back by ${who(op.actor)}.`,
    record.releases[0] ? {} : { release: null },
  );
}

/** Neither done nor undone: a person must look. The operation stays in the record for `retry`. */
export function hangs(draft: Draft, op: Operation, cause: string): void {
  const { record } = draft;
  const release = record.releases[0];
  closeSteps(draft, 'failed', cause);
  record.state = 'stuck';
  if (release && op.kind !== 'restore') {
    release.status = 'stuck';
    release.code = op.ending?.code ?? 'verify-failed';
    release.cause = cause;
  }
  draw(draft);
  log(draft, op.actor, 'stuck', line`the ${op.kind} of ${record.service}: ${cause}`, 'verify-failed');
  tell(
    draft,
    'broadcast',
    line`${who(op.actor)}: the ${op.kind} of ${record.service} is stuck, ${{ code: op.ending?.code ?? 'verify-failed' }}: ${cause}. Retry, revert or adopt.`,
    {
      buttons: 'stuck',
      to: userOf(op.actor),
      ...(!release && { release: null }),
    },
  );
}

/** Remembers, and says, that the router's start-up state could not be written. */
export function keepPersist(draft: Draft, error: string | undefined): void {
  const { record } = draft;
  if (error === undefined) {
    record.persist = null;
    return;
  }
  if (record.persist === null) {
    tell(
      draft,
      'event',
      line`The router's map file could not be written (${error}): a reload would go back to ${otherColor(record.live)}. Tried again every 10 s.`,
      record.releases[0] ? {} : { release: null },
    );
  }
  record.persist = { cause: error, at: fromNow(10_000) };
}
