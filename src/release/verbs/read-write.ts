import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { addHistory, draftOf, markCard, mention, notify } from '../draft.ts';
import type { Facts } from '../gates.ts';
import { line } from '../line.ts';
import { endReadOnly, waitsForSwitch } from '../read-only.ts';
import type { Definition } from './verb.ts';

/** Ends a read-only window. */
export type ReadWriteCommand = BaseCommand<'read-write'>;

/** `read-write <service>`. */
export const readWrite: Definition<ReadWriteCommand> = {
  name: 'read-write',
  usage: 'read-write <service>',
  summary: 'End the read-only window of a switch: writes go on. Before the switch, the promote stops.',
  examples: ['read-write checkout'],
  roles: ['operator'],
  options: {},
  unconfigured: true,
  change,
};

/** Decides `read-write <service>`: the router gets it at once, or when the switch is done. */
function change({ record }: Facts, { actor }: ReadWriteCommand): Decision {
  const draft = draftOf(record);
  const { service } = record;
  const { op } = draft.record;
  const waits = op !== null && waitsForSwitch(record);
  // Its window ends with it.
  if (waits) op.ending ??= { code: 'cancelled', cause: 'its read-only window was ended', actor };
  else endReadOnly(draft);
  markCard(draft);
  addHistory(draft, actor, 'read-write', line`${service}`);
  notify(draft, 'event', line`${mention(actor)} ended the read-only window of ${service}.`);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: waits
      ? line`read-write: ${service} takes writes again in a moment; its promote is being stopped.`
      : line`read-write: ${service} takes writes again in a moment; a revert may lose them from now on.`,
  };
}
