import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line, typed } from '../line.ts';
import { lockMs, longestLockMs, mayTouch, remindIn } from './lock.ts';
import type { Refusal } from '../refusals.ts';
import type { Definition } from './verb.ts';

/** Lets a lock last longer. */
export type ExtendCommand = BaseCommand<'extend'>;

/** The button on the reminder that a lock ends. */
export const extend: Definition<ExtendCommand> = {
  name: 'extend',
  summary: 'Lock a service for another eight hours.',
  examples: [],
  roles: ['operator'],
  alsoAsks: ['admin'],
  options: {},
  gates,
  change,
};

function gates(facts: Facts, command: ExtendCommand): (Refusal | undefined)[] {
  return [mayTouch(facts, command, 'not-allowed')];
}

/** Decides the `lock.extend` button: the holder's lock lasts another eight hours, at most seven days in all. */
function change(facts: Facts, command: ExtendCommand): Decision {
  const draft = draftOf(facts.record);
  const held = draft.record.lock;
  if (!held || held.until === null)
    return { kind: 'joined', text: line`extend: the lock of ${facts.record.service} has no end.` };
  const leftMs = Math.min(lockMs, held.since + longestLockMs - facts.now);
  if (leftMs <= held.until - facts.now) {
    return {
      kind: 'refused',
      refusal: refuse(
        'nothing-to-do',
        line`A lock lasts at most seven days, and this one ends ${{ at: held.until }}.`,
        line`Lock again with ${typed(`lock ${facts.record.service} <reason>`)}.`,
      ),
    };
  }
  held.until = fromNow(leftMs);
  held.remindAt = remindIn(leftMs);
  markCard(draft);
  addHistory(draft, command.actor, 'extend', line`the lock of ${facts.record.service}`);
  notify(
    draft,
    'event',
    line`${mention(command.actor)} extended the lock of ${facts.record.service} until ${{ at: held.until }}.`,
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`extend: ${facts.record.service} is locked until ${{ at: held.until }}.`,
  };
}
