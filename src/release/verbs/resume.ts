import { autoRevertIn } from '../auto-revert/countdown.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { addHistory, draftOf, markCard, mention, notify } from '../draft.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line } from '../line.ts';
import type { Definition } from './verb.ts';

/** Ends a hold early. */
export type ResumeCommand = BaseCommand<'resume'>;

/** `resume <service>`. */
export const resume: Definition<ResumeCommand> = {
  name: 'resume',
  usage: 'resume <service>',
  summary: 'End a hold: the automatic revert counts down again if its cause is still there.',
  examples: ['resume checkout'],
  roles: ['operator'],
  options: {},
  unconfigured: true,
  acts: () => true,
  change,
};

/** Decides `resume <service>`: the watch of the service sees at its next look that the hold is over. */
function change({ record }: Facts, { actor }: ResumeCommand): Decision {
  const draft = draftOf(record);
  const { service } = record;
  const held = autoRevertIn(draft).countdown?.hold;
  if (held) held.until = fromNow();
  markCard(draft);
  addHistory(draft, actor, 'resume', line`${service}`);
  notify(draft, 'event', line`${mention(actor)} ended the hold of ${service}.`);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`resume: the hold of ${service} is over. The automatic revert counts down again if its cause is still there.`,
  };
}
