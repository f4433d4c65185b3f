import { actorId } from '../actor.ts';
import { alertNameOf } from '../alerts/alert-name.ts';
import { mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import { ringAgainMs } from '../unanswered.ts';
import { aboutAlert } from './alert-verb.ts';
import type { AboutAlert, AlertDefinition } from './alert-verb.ts';

/** Takes an acknowledgement back. */
export type UnacknowledgeCommand = AboutAlert<'unacknowledge'>;

/** `unacknowledge <alert>`. */
export const unacknowledge: AlertDefinition<UnacknowledgeCommand> = {
  ...aboutAlert,
  name: 'unacknowledge',
  usage: 'unacknowledge <alert>',
  summary: 'Take an acknowledgement back: then nobody is working on the alert.',
  examples: ['unacknowledge 3fa2c1'],
  options: {},
  decide(group, { now }, { actor }) {
    const { acknowledged } = group;
    if (acknowledged === null)
      return refuse('nothing-to-do', line`Nobody has acknowledged it.`, line`There is nothing to do.`);
    const own = actorId(actor) === actorId(acknowledged.actor);
    return {
      group: {
        ...group,
        acknowledged: null,
        remindedAt: null,
        reminders: null,
        ringAt: now + ringAgainMs,
        rung: 0,
      },
      told: own
        ? line`${mention(actor)} took the acknowledgement back: nobody is working on it now.`
        : line`${mention(actor)} took the acknowledgement of ${mention(acknowledged.actor)} back: nobody is working on it now.`,
      answer: line`unacknowledge: nobody is working on ${alertNameOf(group)} now.`,
      how: ['acknowledgement taken back'],
    };
  },
};
