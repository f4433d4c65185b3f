import { alertNameOf } from '../alerts/alert-name.ts';
import { closedAt } from '../alerts/unconfigured.ts';
import { mention } from '../draft.ts';
import { line } from '../line.ts';
import { aboutAlert } from './alert-verb.ts';
import type { AboutAlert, AlertDefinition } from './alert-verb.ts';

/** Closes an alert by hand: one that would fire forever here, because its end is not reported. */
export type CloseCommand = AboutAlert<'close'>;

/** The button *Close*. A later report of the alert opens it again, as a new firing. */
export const close: AlertDefinition<CloseCommand> = {
  ...aboutAlert,
  name: 'close',
  summary: 'Close an alert that is over when no resolved message comes.',
  examples: [],
  options: {},
  decide: (group, { now }, { actor }) => ({
    group: { ...closedAt(group, now), closed: { actor, at: now } },
    told: line`${mention(actor)} closed it without a resolved message. It opens again if it is reported again.`,
    answer: line`close: ${alertNameOf(group)} is closed; it opens again if it is reported again.`,
    how: ['closed'],
  }),
};
