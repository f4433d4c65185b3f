import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, userOf, mention } from '../draft.ts';
import type { Facts } from '../gates.ts';
import { line } from '../line.ts';
import type { Definition } from './verb.ts';

/** Answers an open request with no. */
export interface RejectCommand extends BaseCommand<'reject'> {
  reason?: string;
}

/** `reject <service> [reason]`. */
export const reject: Definition<RejectCommand, 'reason'> = {
  name: 'reject',
  usage: 'reject <service> [reason]',
  summary: 'Close the open request to promote; the release stays staged.',
  examples: ['reject checkout the migration is missing'],
  roles: ['approver'],
  argument: { field: 'reason', kind: 'reason' },
  options: {},
  change,
};

/** Decides `reject <service> [reason]`: closes the open request; the release stays staged. */
function change(facts: Facts, command: RejectCommand): Decision {
  const draft = draftOf(facts.record);
  const { record } = draft;
  const { request } = record;
  const release = record.releases[0];
  record.request = null;
  markCard(draft);
  const reason = command.reason === undefined ? '' : `: ${command.reason}`;
  if (request)
    notify(
      draft,
      'broadcast',
      line`${mention(request.requester)}: ${mention(command.actor)} rejected ${record.service} #${release?.number ?? 0}${reason}`,
      { to: userOf(request.requester) },
    );
  addHistory(draft, command.actor, 'reject', line`${record.service} #${release?.number ?? 0}${reason}`);
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`reject: the request on ${record.service} is closed; ${release?.version ?? 'the release'} stays staged.`,
  };
}
