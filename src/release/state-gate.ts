/** Looks up in `machine.ts` what a command comes to in the state of its service, and words the refusals. Pure. */
import { countdownOf } from './auto-revert/rule.ts';
import { isUntouched } from './abandoned.ts';
import type { Actor } from './actor.ts';
import { mention } from './draft.ts';
import { versionDriftOf } from './drift.ts';
import { approvalsHold, refuse, stuckWays, waysOut } from './gates.ts';
import type { Facts } from './gates.ts';
import { line, typed } from './line.ts';
import type { Line } from './line.ts';
import { rules } from './machine.ts';
import type { Cell, Condition, RuleOutcome, StateCode, RuledVerb } from './machine.ts';
import type { Refusal } from './refusals.ts';
import { lockAt } from './release.ts';
import { readOnlyAt, waitsForSwitch } from './read-only.ts';
import { nothingToRevertTo } from './revert-target-gate.ts';
import { wayBack } from './way-back.ts';

/** The part of a command that its outcome depends on. */
interface Asking {
  verb: RuledVerb;
  actor: Actor;
}

const expired = ({ record: { request }, now }: Facts): boolean =>
  request !== null && (request.status === 'expired' || request.expiresAt <= now);

const holds: Record<Condition, (facts: Facts, asking: Asking) => boolean> = {
  'there is a way back': ({ record }) => wayBack(record) !== undefined,
  'a revert is under way': ({ record }) => record.op?.kind === 'revert',
  'no request is open': (facts) => facts.record.request?.status !== 'open' || expired(facts),
  'the request expired': expired,
  'approvals are missing': (facts, { verb, actor }) => {
    const { approvals } = facts.settings.promotion;
    const { request } = facts.record;
    if (verb === 'approve') return request !== null && request.approvals.length + 1 < request.needed;
    return approvals > 0 && !approvalsHold(facts, actor);
  },
  'its intent is not saved': ({ record: { op } }) => op !== null && isUntouched(op),
  'it is not locked': ({ record, now }) => lockAt(record, now) === undefined,
  'no process works on it': ({ unheldMs }) => unheldMs !== undefined,
  'writes are denied': ({ record, now }) => readOnlyAt(record, now) !== undefined,
  'writes are denied before its switch': ({ record }) => waitsForSwitch(record),
  'a countdown runs': ({ record }) => countdownOf(record) !== undefined,
  'a countdown is held': ({ record }) => countdownOf(record)?.hold !== undefined,
  'a promote is stuck': ({ record }) => record.op?.kind === 'promote',
  'the live color reports another version': (facts) => reportedVersion(facts) !== undefined,
  // Drift that is not recorded yet counts too: then the router was asked.
  'the router agrees with the record': ({ record: { drift, live }, router }) =>
    drift === null && (router === undefined || router.heading === live),
  'the router does not answer': ({ record, router }) =>
    record.drift === null && router?.heading === 'unreachable',
};

/** Returns the other version that the live color reports, when router and record agree on the color. */
export function reportedVersion({ record, router, reported }: Facts): string | undefined {
  if (record.drift || router?.heading !== record.live) return undefined;
  if (reported !== undefined) return reported ?? undefined;
  return versionDriftOf(record)?.saw;
}

/** Returns what the table says: the next state, `stays`, or the code of the refusal. */
export function outcomeOf(facts: Facts, asking: Asking): RuleOutcome {
  const cell: Cell = rules[asking.verb][facts.record.state];
  if (typeof cell === 'string') return cell;
  const { otherwise, ...outcomes } = cell;
  const held = (Object.keys(outcomes) as Condition[]).find((condition) => holds[condition](facts, asking));
  return (held && outcomes[held]) ?? otherwise;
}

/** Refuses what the state of the service does not allow. */
export function stateGate(facts: Facts, asking: Asking): Refusal | undefined {
  const outcome = outcomeOf(facts, asking);
  return isAccepted(outcome) ? undefined : sentences[outcome](facts, asking);
}

function isAccepted(outcome: RuleOutcome): outcome is Exclude<RuleOutcome, StateCode> {
  return outcome === 'stays' || outcome.startsWith('→');
}

const sentences: Record<StateCode, (facts: Facts, asking: Asking) => Refusal> = {
  'nothing-to-do': (facts, { verb }) => refuse('nothing-to-do', ...nothingFor(facts, verb)),
  'nothing-to-revert-to': ({ record }) => nothingToRevertTo(record),
  'nothing-staged': nothingStaged,
  'operation-in-progress': (facts, { verb }) =>
    refuse('operation-in-progress', ...(verb === 'cancel' ? tooLateToCancel(facts) : underWayWords(facts))),
  stuck: ({ record: { service, releases } }, { verb }) =>
    refuse(
      'stuck',
      verb === 'cancel'
        ? line`${service} is stuck.`
        : line`${service} #${releases[0]?.number ?? 0} is stuck between its colors.`,
      stuckWays(service),
    ),
  'router-unreachable': ({ router }) => unreachable(router),
  'approval-expired': (facts) => refuse('approval-expired', ...expiredWords(facts)),
};

/** Returns the refusal of a promote while nothing is staged. */
export function nothingStaged({ record: { service } }: Facts): Refusal {
  return refuse(
    'nothing-staged',
    line`Nothing is staged on ${service}.`,
    line`Stage a version first: ${typed(`stage ${service} <version>`)}.`,
  );
}

/** Returns the refusal when no instance answers. */
export function unreachable(router: Facts['router']): Refusal {
  return refuse(
    'router-unreachable',
    line`No instance of the router answers: ${router?.detail ?? 'not asked'}.`,
    line`Try again when it does.`,
  );
}

type Words = [why: Line, next: Line];

function expiredWords({ record: { request } }: Facts): Words {
  const expires: Line = request
    ? line` of ${mention(request.requester)} expired ${{ at: request.expiresAt }}`
    : [];
  return [line`The request${expires}.`, line`Ask for the promote again.`];
}

function tooLateToCancel({ record: { service, state } }: Facts): Words {
  return [
    line`${service} is ${state}: the router may already be switched.`,
    line`${typed(`revert ${service}`)} goes back.`,
  ];
}

/** Says what is under way, and what a person can do. A running bot takes what no process works on over in seconds. */
function underWayWords({ record, leftAt, now }: Facts): Words {
  const { service, state, op, bake } = record;
  const number = record.releases[0]?.number ?? 0;
  if (state === 'baking') {
    const end: Line = bake?.verdict === 'healthy' ? line` (${{ at: bake.until }}, if it stays healthy)` : [];
    return [
      line`${service} #${number} is still baking.`,
      line`Wait until it settles${end}, or end its watch with ${typed(`settle ${service}`)}, or revert.`,
    ];
  }
  const begun = line`${service} is ${state} (#${number}), started by ${op ? mention(op.actor) : 'somebody'}`;
  if (leftAt !== undefined)
    return [line`${begun}; nobody has continued it since ${{ at: leftAt }}.`, waysOut(record, now - leftAt)];
  const revertable = state !== 'reverting' && wayBack(record) !== undefined;
  return [line`${begun}.`, line`Wait for it to end${revertable ? '; revert is possible at any time' : ''}.`];
}

/** Says why there is nothing for a verb to do. */
function nothingFor(facts: Facts, verb: RuledVerb): Words {
  const { record } = facts;
  const { service, state } = record;
  switch (verb) {
    case 'approve':
    case 'reject':
      if (state === 'staged' && expired(facts)) return expiredWords(facts);
      return [line`No request is open on ${service}.`, line`Somebody must promote first.`];
    case 'cancel':
      return [
        line`There is nothing to cancel: ${service} is ${state}.`,
        state === 'baking'
          ? line`${typed(`revert ${service}`)} goes back.`
          : line`${typed(`status ${service}`)} shows what comes next.`,
      ];
    case 'settle':
      return [
        line`There is no bake to settle: ${service} is ${state}.`,
        line`${typed(`status ${service}`)} shows what comes next.`,
      ];
    case 'hold':
      return [
        line`No automatic revert of ${service} counts down.`,
        line`${typed(`status ${service}`)} shows what comes next.`,
      ];
    case 'resume':
      return [
        line`No automatic revert of ${service} is held.`,
        line`${typed(`status ${service}`)} shows what comes next.`,
      ];
    case 'read-write':
      return [line`${service} takes writes.`, line`${typed(`status ${service}`)} shows what comes next.`];
    case 'extend':
    case 'unlock':
      return [
        line`${service} is not locked.`,
        line`Releases are allowed. ${typed(`lock ${service} <reason>`)} stops them.`,
      ];
    case 'retry':
    case 'adopt':
      return [
        line`Router and record of ${service} agree.`,
        line`There is nothing to repair; ${typed(`why ${service}`)} shows what blocks a promote or revert.`,
      ];
    default:
      return [
        line`There is nothing to ${verb}: ${service} is ${state}.`,
        line`${typed(`status ${service}`)} shows what comes next.`,
      ];
  }
}
