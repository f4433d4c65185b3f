/** How reverts and restores end: what each end writes into the record, and what is said of it. Pure. */
import { actorId } from '../actor.ts';
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import { closeSteps, draw, failedStep, log, tell, tellActor, userOf, who } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import { leaves } from '../operation.ts';
import { lockAt, subjectOf } from '../release.ts';
import type { Code, Release, Revert, ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import { keepPersist, mayComeLate, seconds, watch } from './common.ts';
import { wayBack } from '../way-back.ts';

/** The router was verified on the color gone back to: recorded and locked in one save. */
export function reverted(
  draft: Draft,
  op: Revert,
  settings: Settings,
  facts: {
    switchMs: number;
    probe?: string | undefined;
    behind: string[];
    persist: string | undefined;
    /** What is to be said of a probe that was not heeded. */
    proof?: string | undefined;
    already: boolean;
    /** Colors of which a write may still be carried out. */
    late: Iterable<Color>;
    now: number;
  },
): void {
  const { record } = draft;
  const release = subjectOf(record);
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
  record.bake = null;
  record.request = null;
  record.drift = null;
  watch(record, left, facts.late, facts.now);
  record.follow = facts.behind.length > 0 ? { instances: facts.behind, at: fromNow(1_000) } : null;
  record.lastRevert = { actor: op.actor, at: fromNow(), version: leftVersion };
  keepPersist(draft, facts.persist);
  markReverted(draft, op, left, release, facts);
  // A lock past its end may still lie there: nobody looks at it while an operation is under way.
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
  const proof = facts.proof === undefined ? '' : ` ${facts.proof}`;
  const partly =
    facts.behind.length > 0 ? line` Not switched yet and still to follow: ${facts.behind.join(', ')}.` : [];
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
    line`${who(op.actor)} reverted ${record.service}: live is ${op.target} ${{ bold: op.version ?? 'unknown' }}, ${how}.${proof}${partly}${mayComeLate(record, left, facts.now)}${locked}${reason === undefined ? '' : ` Reason: ${reason}`}`,
    { to: userOf(op.actor), of: 'revert', ...(release ? {} : { release: null }) },
  );
  // Last: until here all that is said is of its release.
  record.op = null;
}

function markReverted(
  draft: Draft,
  op: Revert,
  left: 'blue' | 'green',
  release: Release | undefined,
  { switchMs, probe, already }: { switchMs: number; probe?: string | undefined; already: boolean },
): void {
  const { record } = draft;
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
    // That of its promote says nothing of where traffic goes now.
    if (probe === undefined) delete gone.probe;
    else gone.probe = probe;
    const reason = op.force ?? op.reason;
    if (reason === undefined) delete gone.cause;
    else gone.cause = reason;
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

/**
 * A revert that must not go on: everything is as before it. A promote it interrupted is taken up again. One that has
 * written to the router stays `stuck`, since nobody knows where that points.
 */
export function revertRefused(
  draft: Draft,
  op: Revert,
  refusal: { code: Code; cause: string },
  driver: string,
): void {
  const { record } = draft;
  const release = subjectOf(record);
  closeSteps(draft, 'failed', refusal.cause, failedStep(refusal.code));
  draw(draft);
  const { what, not, next, force } = refusedWords(record, op, refusal.code);
  log(draft, op.actor, 'refused', line`${what} of ${record.service}: ${refusal.cause}`, refusal.code);
  const before = op.interrupted;
  const hung = op.intentAt !== undefined || (op.was === 'stuck' && before === undefined);
  record.op = hung ? op : before ? { ...before, driver } : null;
  record.state = hung ? 'stuck' : op.was;
  if (release && hung && op.kind === 'revert') {
    release.status = 'stuck';
    release.code = refusal.code;
    release.cause = refusal.cause;
  } else if (release && release.status === 'reverting') {
    release.status =
      op.was === 'idle'
        ? 'live'
        : op.was === 'staged' || op.was === 'staging' || op.was === 'reverting'
          ? 'staged'
          : op.was;
  }
  const text = line`${{ code: refusal.code }}: ${not} ${op.target} ${op.version ?? ''}: ${refusal.cause}. Now: ${record.state}, live: ${record.live} ${record.colors[record.live].version ?? 'unknown'}. ${next}`;
  tellActor(draft, op.actor, text, { of: 'revert', ...(force && { buttons: 'force' }) });
  const top = { release: release?.id ?? null, of: 'revert' } as const;
  if (hung)
    tell(
      draft,
      'broadcast',
      line`${who(op.actor)}: the ${what} of ${record.service} is stuck still, ${{ code: refusal.code }}: ${refusal.cause}. Retry, revert or adopt.`,
      { buttons: 'stuck', to: userOf(op.actor), ...top },
    );
  else
    tell(
      draft,
      'event',
      line`The ${what} asked for by ${who(op.actor)} was refused, ${{ code: refusal.code }}: ${refusal.cause}.`,
      top,
    );
}

/** `force`: it may be forced. Force goes to the way back, which is not where a router is put back to. */
function refusedWords(
  record: ServiceRecord,
  { kind, target }: Revert,
  code: Code,
): { what: string; not: string; next: string; force: boolean } {
  const { service } = record;
  const bad = code === 'unhealthy' || code === 'version-mismatch' || code === 'router-not-ready';
  switch (kind) {
    case 'revert':
      return {
        what: 'revert',
        not: `${service} is not reverted to`,
        next: bad
          ? `Press Force… to go back all the same, or type revert ${service} --force <reason>.`
          : 'Try again when it answers.',
        force: bad,
      };
    case 'restore': {
      const leave = wayBack(record) ? `revert ${service} leaves ${target}, ` : '';
      return {
        what: 'put-back',
        not: `the router of ${service} is not put back to`,
        next: bad
          ? `Use retry ${service} when ${target} answers well again; ${leave}adopt ${service} accepts what the router says.`
          : 'Try again when it answers.',
        force: false,
      };
    }
    default:
      return kind satisfies never;
  }
}

/** The router points to the recorded live color again. Nothing else changes. */
export function restored(
  draft: Draft,
  op: Revert,
  { persist, proof, late, now }: Pick<Parameters<typeof reverted>[3], 'persist' | 'proof' | 'late' | 'now'>,
): void {
  const { record } = draft;
  closeSteps(draft, 'done');
  record.state = op.was;
  record.op = null;
  record.drift = null;
  watch(record, otherColor(op.target), late, now);
  keepPersist(draft, persist);
  draw(draft);
  log(draft, op.actor, 'restored', line`the router of ${record.service} points to ${op.target} again`);
  tell(
    draft,
    'broadcast',
    line`The router of ${record.service} points to ${op.target} again, put back by ${who(op.actor)}.${proof === undefined ? '' : ` ${proof}`}${mayComeLate(record, otherColor(op.target), now)}`,
    { to: userOf(op.actor), of: 'revert', ...(record.releases[0] ? {} : { release: null }) },
  );
}
