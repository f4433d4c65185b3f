/** Changes of drafts about an automatic revert. */
import type { Actor } from '../actor.ts';
import { addHistory, markCard, notify, userOf } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { line, order } from '../line.ts';
import type { Line } from '../line.ts';
import { forOwner } from '../mention.ts';
import { noWayBackOf, noWayBackWords } from '../no-way-back.ts';
import { autoRevertOf } from './rule.ts';
import { pauseMs } from './state.ts';
import type { AutoRevert, Cause, Countdown } from './state.ts';
import { calledOffWords, causeWords, impossibleWords, refusedWords, startWords } from './words.ts';

/** The actor of everything that happens by itself here. */
export const autoReverter = { kind: 'system', rule: 'auto-revert' } as const satisfies Actor;

/** Returns what the draft's record keeps about the present release, to alter. */
export function autoRevertIn({ record }: Draft): AutoRevert {
  record.autoRevert = autoRevertOf(record) ?? {
    epoch: record.epoch,
    release: record.releases[0]?.id ?? '',
    holds: 0,
    countdown: null,
  };
  return record.autoRevert;
}

/** Begins a countdown of `afterMs`, in place of one that is there, and mentions people. */
export function startCountdown(
  draft: Draft,
  {
    causes,
    afterMs,
    again,
    uncompared,
  }: { causes: Cause[]; afterMs: number; again?: Countdown['again']; uncompared: boolean },
): void {
  const { record } = draft;
  const owner = record.releases[0]?.promotedBy;
  const countdown: Countdown = {
    id: crypto.randomUUID(),
    startedAt: fromNow(),
    endsAt: fromNow(afterMs),
    causes,
    ...(again && { again }),
    ...(uncompared && { uncompared }),
    ...(afterMs <= 30_000 && { shown: afterMs <= 10_000 ? 10 : 30 }),
  };
  autoRevertIn(draft).countdown = countdown;
  const text = startWords(record, countdown);
  markCard(draft);
  notify(draft, 'broadcast', line`${text}${forOwner(record)}`, {
    buttons: 'countdown',
    to: owner && userOf(owner),
    calls: 'operator',
    of: 'revert',
  });
  addHistory(draft, autoReverter, 'countdown', text);
}

/** Ends the countdown, and says why. For a while no other one begins. */
export function callOff(draft: Draft, actor: Actor, why: Line): void {
  const own = autoRevertIn(draft);
  own.countdown = null;
  own.notBefore = fromNow(pauseMs);
  markCard(draft);
  notify(draft, 'event', calledOffWords(draft.record, why));
  addHistory(draft, actor, 'called-off', why);
}

/** Says, once and loudly, that nothing is reverted by itself, because the way back does not answer, or must not be used. */
export function sayImpossible(draft: Draft, causes: readonly Cause[]): void {
  const { record } = draft;
  const own = autoRevertIn(draft);
  const owner = record.releases[0]?.promotedBy;
  own.countdown = null;
  own.toldDead = true;
  const stands = noWayBackOf(record);
  markCard(draft);
  notify(draft, 'broadcast', impossibleWords(record, causes), {
    to: owner && userOf(owner),
    calls: 'operator',
    of: 'revert',
  });
  addHistory(
    draft,
    autoReverter,
    'called-off',
    line`${stands ? order(noWayBackWords(stands)) : 'The way back does not answer.'} ${causeWords(causes)}`,
  );
}

/** Says, loudly, that an automatic revert was refused. Nothing is reverted by itself any more. */
export function sayRefused(draft: Draft, why: Line): void {
  const own = autoRevertIn(draft);
  const owner = draft.record.releases[0]?.promotedBy;
  own.countdown = null;
  own.over = 'refused';
  markCard(draft);
  notify(draft, 'broadcast', refusedWords(draft.record, why), {
    to: owner && userOf(owner),
    calls: 'operator',
    of: 'revert',
  });
  addHistory(draft, autoReverter, 'called-off', why);
}
