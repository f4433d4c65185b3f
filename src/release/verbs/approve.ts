/** Approve. See docs/design.md#approvals. */
import { notFiring } from '../alert-gate.ts';
import { overridesOf } from '../command.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, userOf, mention, mentionAll } from '../draft.ts';
import type { Draft } from '../draft.ts';
import {
  changedSince,
  coversNow,
  requireKnownPerson,
  notFrozen,
  notLocked,
  notTold,
  refuse,
  samePerson,
} from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { notDiffering } from '../mirror/diff-gate.ts';
import type { Driver } from '../operation.ts';
import { keepSettings } from '../parts.ts';
import type { Refusal } from '../refusals.ts';
import { outcomeOf, stateGate } from '../state-gate.ts';
import { beginPromote } from './promote.ts';
import type { Definition } from './verb.ts';

/** Answers an open request with yes. */
export type ApproveCommand = BaseCommand<'approve'>;

/** `approve <service>`. */
export const approve: Definition<ApproveCommand> = {
  name: 'approve',
  usage: 'approve <service>',
  summary: 'Approve the open request to promote; the last approval needed starts the promote.',
  examples: ['approve checkout'],
  note: 'The file must say who you are in Slack (people:). The person who asked for the promote cannot approve it.',
  roles: ['approver'],
  options: {},
  begins: 'promote',
  needs: ['firing', 'diff', 'requester'],
  gates,
  onRefusal,
  change,
};

/** Names the approvers without the person who asks; the members of a group are not known here. */
function askAnother({ approvers }: Facts, { actor }: BaseCommand): Line {
  const me = userOf(actor);
  const others = approvers.filter(
    (part) => part !== ', ' && (typeof part === 'string' || !('user' in part) || part.user !== me),
  );
  if (others.length === 0) return line`Ask an admin, or have somebody else listed as approver.`;
  return line`Ask ${others.flatMap((part, i): Line => (i === 0 ? [part] : [', ', part]))}.`;
}

function another(facts: Facts, command: BaseCommand): Refusal | undefined {
  const { request } = facts.record;
  if (!request || request.status !== 'open') return undefined;
  if (samePerson(request.requester, command.actor) && !facts.settings.promotion.selfApproval) {
    return refuse(
      'self-approval',
      line`You asked for this promote, so somebody else must approve it.`,
      askAnother(facts, command),
    );
  }
  if (request.approvals.some((each) => samePerson(each.actor, command.actor))) {
    return refuse(
      'nothing-to-do',
      line`You already approved this; each person counts once.`,
      line`It has ${request.approvals.length} of ${request.needed} approvals.`,
    );
  }
  return undefined;
}

/** Refuses the last approval when the requester, in whose name it starts the promote, may not promote any more. */
function requesterStill({ record, requester }: Facts): Refusal | undefined {
  const { request, service } = record;
  if (!requester || request?.status !== 'open') return undefined;
  const wanted = request.duringFreeze === undefined ? 'operator' : 'admin';
  if (requester.roles.has(wanted) || requester.roles.has('admin')) return undefined;
  const role = wanted === 'admin' ? 'admin' : 'operator (or admin)';
  return requester.rolesUnknown
    ? notTold(
        line`whether ${mention(request.requester)}, who asked for this promote, still may`,
        requester.rolesUnread,
      )
    : refuse(
        'not-allowed',
        line`${mention(request.requester)} asked for this promote, and no longer has the role ${role}.`,
        line`Somebody who has it must ask again: ${typed(`cancel ${service}`)} closes this request, then ${typed(`promote ${service}`)}.`,
      );
}

/** Returns what has changed of what the open request covers, in words. */
function changedOf(facts: Facts): string {
  const { request } = facts.record;
  const covers = coversNow(facts);
  return request && covers ? changedSince(request, covers).join(', ') : '';
}

function gates(facts: Facts, command: ApproveCommand): (Refusal | undefined)[] {
  const { request, service } = facts.record;
  const isOpen = stateGate(facts, command) === undefined;
  const changed = isOpen ? changedOf(facts) : '';
  return [
    requireKnownPerson(facts, command.actor),
    another(facts, command),
    isOpen ? requesterStill(facts) : undefined,
    notLocked(facts),
    notFrozen(facts, request?.duringFreeze),
    notFiring({ firing: facts.firing, service }, request ?? {}),
    notDiffering({ diff: facts.diff, settings: facts.settings, service }, request ?? {}),
    changed === ''
      ? undefined
      : refuse(
          'release-changed',
          line`What the request covers has changed: ${changed}. Its approvals no longer count.`,
          line`Ask for the promote again.`,
        ),
  ];
}

/** Closes the request when it covers something else now. */
function onRefusal(facts: Facts, _command: ApproveCommand, { code }: Refusal): Draft | undefined {
  const { request, service } = facts.record;
  if (code !== 'release-changed' || !request) return undefined;
  const draft = draftOf(facts.record);
  draft.record.request = null;
  markCard(draft);
  const people = mentionAll([request.requester, ...request.approvals.map((each) => each.actor)]);
  notify(
    draft,
    'broadcast',
    line`${people}: the request to promote ${service} is closed, and its approvals no longer count: ${changedOf(facts)} changed (release-changed).`,
  );
  return draft;
}

/** Decides `approve <service>`: the last approval needed starts the promote, with the requester as its actor. */
function change(facts: Facts, command: ApproveCommand, driver: Driver): Decision {
  const draft = draftOf(facts.record);
  const { record } = draft;
  const asked = record.request;
  const release = record.releases[0];
  if (!asked || !release)
    return {
      kind: 'refused',
      refusal: refuse('nothing-to-do', line`No request is open.`, line`Somebody must promote first.`),
    };
  asked.approvals.push({ actor: command.actor, at: fromNow() });
  addHistory(
    draft,
    command.actor,
    'approve',
    line`${record.service} #${release.number} ${release.version}: ${asked.approvals.length} of ${asked.needed}`,
  );
  markCard(draft);
  notify(
    draft,
    'event',
    line`${mention(command.actor)} approved (${asked.approvals.length} of ${asked.needed}).`,
    {
      to: userOf(asked.requester),
      of: 'approval',
    },
  );
  if (outcomeOf(facts, command) === 'stays') {
    return {
      kind: 'change',
      draft,
      drives: false,
      text: line`approve: ${record.service} #${release.number} has ${asked.approvals.length} of ${asked.needed} approvals.`,
    };
  }
  asked.status = 'granted';
  keepSettings(record, facts);
  beginPromote(draft, asked.requester, driver, overridesOf(asked));
  return {
    kind: 'change',
    draft,
    drives: true,
    text: line`approve: ${record.service} #${release.number} ${release.version} is being promoted.`,
  };
}
