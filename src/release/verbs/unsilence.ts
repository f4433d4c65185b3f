import { alertNameOf } from '../alerts/alert-name.ts';
import { isSilent } from '../alerts/context.ts';
import { mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import { aboutAlert } from './alert-verb.ts';
import type { AboutAlert, AlertDefinition } from './alert-verb.ts';

/** Ends a silence before its time; the channel then gets what was held back. */
export type UnsilenceCommand = AboutAlert<'unsilence'>;

/** `unsilence <alert>`. */
export const unsilence: AlertDefinition<UnsilenceCommand> = {
  ...aboutAlert,
  name: 'unsilence',
  usage: 'unsilence <alert>',
  summary: 'End the silence of an alert: it rings again.',
  examples: ['unsilence 3fa2c1'],
  options: {},
  decide(group, context, { actor }) {
    if (!isSilent(group, context))
      return refuse('nothing-to-do', line`It is not silenced.`, line`There is nothing to do.`);
    return {
      group: { ...group, silenced: null, remindedAt: context.now },
      told: line`${mention(actor)} ended the silence.`,
      answer: line`unsilence: ${alertNameOf(group)} is no longer silenced.`,
      how: ['silence ended'],
    };
  },
};
