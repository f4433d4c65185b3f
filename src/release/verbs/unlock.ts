import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import { lockedBy, refuse } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { asSentence, line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Refusal } from '../refusals.ts';
import { lockAt } from '../release.ts';
import { mayTouch, tellHolder } from './lock.ts';
import type { Definition } from './verb.ts';

/** Ends a lock. */
export interface UnlockCommand extends BaseCommand<'unlock'> {
  /** Unlock only a lock with this reason. */
  only?: string;
}

/** `unlock <service>`. */
export const unlock: Definition<UnlockCommand> = {
  name: 'unlock',
  usage: 'unlock <service>',
  summary: 'Allow releases of a service again.',
  examples: ['unlock checkout', 'unlock checkout --only "database migration"'],
  roles: ['operator'],
  alsoAsks: ['admin'],
  options: {
    only: {
      kind: 'reason',
      says: 'only when it is locked for this reason: for the last step of a pipeline',
      only: 'terminal',
    },
  },
  unconfigured: true,
  gates,
  change,
};

/** Refuses the clean-up of one run the lock of another. */
function ofThisReason(facts: Facts, { only }: { only?: string }): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (!lock || only === undefined || lock.reason === only) return undefined;
  return refuse(
    'not-allowed',
    lockedBy(facts, lock),
    line`It stays locked: the reason of its lock is not ${{ code: only }}.`,
  );
}

function gates(facts: Facts, command: UnlockCommand): (Refusal | undefined)[] {
  return [mayTouch(facts, command, 'not-allowed'), ofThisReason(facts, command)];
}

/** Decides `unlock <service>`: for the holder or an admin; for all who may lock, if Switchback locked it. */
function change(facts: Facts, command: UnlockCommand): Decision {
  const draft = draftOf(facts.record);
  const lock = lockAt(facts.record, facts.now);
  const was: Line = lock ? line`locked by ${mention(lock.holder)}: ${lock.reason}` : [];
  const freed: Line = lock ? line` It was locked by ${mention(lock.holder)}: ${asSentence(lock.reason)}` : [];
  tellHolder(facts, command, draft, 'ended');
  draft.record.lock = null;
  markCard(draft);
  addHistory(draft, command.actor, 'unlock', line`${facts.record.service}, ${was}`);
  notify(draft, 'event', line`${mention(command.actor)} unlocked ${facts.record.service} (${was}).`);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`unlock: ${facts.record.service} is unlocked: releases can go on.${freed}`,
  };
}
