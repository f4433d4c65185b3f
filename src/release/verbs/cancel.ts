import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import type { Facts } from '../gates.ts';
import { line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { outcomeOf } from '../state-gate.ts';
import { dropStaged } from './stage.ts';
import type { Definition } from './verb.ts';

/** Drops the first that there is. */
export type CancelCommand = BaseCommand<'cancel'>;

/** `cancel <service>`. */
export const cancel: Definition<CancelCommand> = {
  name: 'cancel',
  usage: 'cancel <service>',
  summary: 'Drop what is under way and has not switched; else the open request; else the staged release.',
  examples: ['cancel checkout'],
  roles: ['operator'],
  options: {},
  acts: ({ op }) => op?.kind === 'promote',
  change,
};

/** Decides `cancel <service>`: drops the first of: an operation before its intent, the request, the staged release. */
function change(facts: Facts, command: CancelCommand): Decision {
  const { record } = facts;
  const { op, request } = record;
  if (op?.ending) return { kind: 'joined', text: line`cancel: ${record.service} is being stopped already.` };

  const draft = draftOf(record);
  const release = draft.record.releases[0];
  const number = release?.number ?? 0;
  if (op && draft.record.op) {
    draft.record.op.ending = { code: 'cancelled', cause: 'cancelled', actor: command.actor };
    markCard(draft);
    addHistory(draft, command.actor, 'cancel', line`the ${op.kind} of ${record.service} #${number}`);
    return {
      kind: 'change',
      draft,
      drives: false,
      text: line`cancel: the ${op.kind} of ${record.service} #${number} is being stopped.`,
    };
  }
  if (request && outcomeOf(facts, command) === 'stays') {
    draft.record.request = null;
    notify(
      draft,
      'event',
      line`${mention(command.actor)} cancelled the request of ${mention(request.requester)}; ${release?.version ?? 'the release'} stays staged.`,
    );
    markCard(draft);
    addHistory(draft, command.actor, 'cancel', line`the open request on ${record.service} #${number}`);
    return {
      kind: 'change',
      draft,
      drives: false,
      text: line`cancel: the open request on ${record.service} #${number} is closed; it stays staged.`,
    };
  }
  dropStaged(draft, command.actor, 'cancelled', 'cancelled');
  moveTo(draft.record, 'idle');
  notify(draft, 'event', line`${mention(command.actor)} dropped ${record.service} #${number}.`);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`cancel: ${record.service} #${number} ${release?.version ?? ''} is dropped.`,
  };
}
