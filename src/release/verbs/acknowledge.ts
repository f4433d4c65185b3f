import { isUnacknowledged, withAcknowledged } from '../alerts/announced.ts';
import { alertNameOf } from '../alerts/alert-name.ts';
import { mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import { aboutAlert } from './alert-verb.ts';
import type { AboutAlert, AlertDefinition } from './alert-verb.ts';

/** Says that a person takes care of an alert. */
export type AcknowledgeCommand = AboutAlert<'acknowledge'>;

/** `acknowledge <alert>`. */
export const acknowledge: AlertDefinition<AcknowledgeCommand> = {
  ...aboutAlert,
  name: 'acknowledge',
  usage: 'acknowledge <alert>',
  summary: 'Say that you take care of an alert.',
  examples: ['acknowledge 3fa2c1', 'acknowledge checkout', 'acknowledge checkout HighErrorRate'],
  options: {},
  decide(group, { now }, { actor }) {
    const { acknowledged } = group;
    if (acknowledged !== null && !isUnacknowledged(group))
      return refuse(
        'nothing-to-do',
        line`It was already acknowledged by ${mention(acknowledged.actor)} ${{ at: acknowledged.at }}.`,
        line`Silence it if it disturbs you.`,
      );
    return {
      group: {
        ...withAcknowledged(group, { now }),
        acknowledged: { actor, at: now },
        remindedAt: null,
        ringAt: null,
      },
      told: line`${mention(actor)} acknowledged it.`,
      answer: line`acknowledge: ${alertNameOf(group)} is yours; ${group.dropped ? 'there are no reminders, because its service or source is no longer configured' : 'you are reminded while it fires'}.`,
      how: ['acknowledged'],
    };
  },
};
