import type { Actor } from '../actor.ts';
import { firingWords, notFiring } from '../alert-gate.ts';
import { overridesOf } from '../command.ts';
import type { BaseCommand, Overrides } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, userOf, mention, mentionAll } from '../draft.ts';
import type { Draft } from '../draft.ts';
import {
  changedSince,
  countApprovals,
  coversNow,
  requireKnownPerson,
  requireRole,
  notFrozen,
  notLocked,
  refuse,
} from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line, order, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { notDiffering } from '../mirror/diff-gate.ts';
import { brief } from '../mirror/diff.ts';
import { diffWords } from '../mirror/words.ts';
import { noWayBackWords } from '../no-way-back.ts';
import { openPromote } from '../operation.ts';
import type { Driver } from '../operation.ts';
import { keepSettings } from '../parts.ts';
import type { Refusal } from '../refusals.ts';
import { nothingStaged, outcomeOf, stateGate } from '../state-gate.ts';
import type { Definition } from './verb.ts';

/** Makes the staged color live, or asks for the approvals that it needs. */
export interface PromoteCommand extends BaseCommand<'promote'>, Overrides {
  /** The version that must be staged. */
  only?: string;
}

/** `promote <service>`. */
export const promote: Definition<PromoteCommand> = {
  name: 'promote',
  usage:
    'promote <service> [--dry-run] [--during-freeze <reason>] [--while-firing <reason>] [--despite-diff <reason>]',
  summary: 'Make the staged color live, or ask for the approvals that it needs.',
  examples: [
    'promote checkout',
    'promote checkout --wait 30m --only v1.42.0',
    'promote checkout --dry-run',
    'promote checkout --during-freeze "the fix of the incident"',
  ],
  note: 'It returns when traffic has moved and is verified; a running bot watches the bake after that.',
  roles: ['operator'],
  options: {
    duringFreeze: { kind: 'reason', says: 'also when releases are frozen', needs: 'admin' },
    whileFiring: { kind: 'reason', says: 'also when a critical alert fires' },
    despiteDiff: { kind: 'reason', says: 'also when answers differ, or too few were compared' },
    only: { kind: 'version', says: 'only when this version is staged: for pipelines', only: 'terminal' },
  },
  instead: { 'dry-run': { kind: 'flag', says: 'only show what blocks it' } },
  short: true,
  begins: 'promote',
  waits: true,
  needs: ['firing', 'diff'],
  // A promote despite an alert: the person knows about it.
  acts: (_record, { whileFiring }) => whileFiring !== undefined,
  gates,
  change,
};

function notAskedYet(facts: Facts): Refusal | undefined {
  const { request } = facts.record;
  if (request?.status !== 'open' || request.expiresAt <= facts.now) return undefined;
  return refuse(
    'approval-needed',
    line`A request by ${mention(request.requester)} is open: ${request.approvals.length} of ${request.needed} approvals, until ${{ at: request.expiresAt }}.`,
    line`Ask ${facts.approvers} to approve it.`,
  );
}

/** One gate, passed or not. */
interface NamedGate {
  gate: string;
  refusal: Refusal | undefined;
  note?: Line;
}

function ownGates(facts: Facts, overrides: Overrides): NamedGate[] {
  const { record, firing, settings, diff } = facts;
  const off = settings.promotion.notWhileFiring === 'off';
  const words = firingWords(firing ?? []);
  const note = off ? line`${words}; ${{ code: 'promotion.notWhileFiring' }} is off` : words;
  return [
    { gate: 'lock', refusal: notLocked(facts) },
    { gate: 'freeze', refusal: notFrozen(facts, overrides.duringFreeze) },
    {
      gate: 'alerts',
      refusal: off ? undefined : notFiring({ firing, service: record.service }, overrides),
      ...(words.length > 0 && { note }),
    },
    ...(diff
      ? [
          {
            gate: 'answers',
            refusal: notDiffering({ diff, settings, service: record.service }, overrides),
            note: line`${diffWords(brief(diff))}`,
          },
        ]
      : []),
    { gate: 'request', refusal: notAskedYet(facts) },
  ];
}

/** Returns every gate of promote that the record and the roles decide, with its name, passed or not. */
export function promoteGates(facts: Facts, actor: Actor, overrides: Overrides): NamedGate[] {
  const state = stateGate(facts, { verb: 'promote', actor });
  return [
    {
      gate: 'role',
      refusal: requireRole(
        facts,
        { verb: 'promote', actor },
        overrides.duringFreeze === undefined ? 'operator' : 'admin',
      ),
    },
    ...(actor.kind === 'cli' ? [{ gate: 'person', refusal: requireKnownPerson(facts, actor) }] : []),
    { gate: 'nothing under way', refusal: state?.code === 'nothing-staged' ? undefined : state },
    { gate: 'staged', refusal: state && nothingStaged(facts) },
    ...ownGates(facts, overrides),
  ];
}

/** Starts the promote in the draft and shows that on the card. */
export function beginPromote(draft: Draft, actor: Actor, driver: Driver, overrides: Overrides): void {
  const op = openPromote(draft, actor, driver, overrides);
  const { duringFreeze, whileFiring, despiteDiff } = overrides;
  markCard(draft);
  const release = draft.record.releases[0];
  addHistory(
    draft,
    actor,
    'promote',
    line`${draft.record.service} #${release?.number ?? 0} ${op.version ?? ''} on ${op.target}${duringFreeze === undefined ? '' : `, during a freeze: ${duringFreeze}`}${whileFiring === undefined ? '' : `, while an alert fires: ${whileFiring}`}${despiteDiff === undefined ? '' : `, despite different answers: ${despiteDiff}`}`,
  );
}

/** Refuses when the staged version is not the one that is meant. */
function onlyThis({ record }: Facts, { only }: PromoteCommand): Refusal | undefined {
  const [release] = record.releases;
  if (only === undefined || record.state !== 'staged' || !release || release.version === only)
    return undefined;
  return refuse(
    'release-changed',
    line`#${release.number} ${release.version} is staged, by ${mention(release.stagedBy)}, and not ${only}.`,
    line`Look at ${typed(`status ${record.service}`)}; ${typed(`stage ${record.service} ${only}`)} stages it again.`,
  );
}

function gates(facts: Facts, command: PromoteCommand): (Refusal | undefined)[] {
  return [
    requireKnownPerson(facts, command.actor),
    ...ownGates(facts, overridesOf(command)).map(({ refusal }) => refusal),
    onlyThis(facts, command),
  ];
}

/** Decides `promote <service>`: makes the staged color live, or asks for the approvals that it needs. */
function change(facts: Facts, command: PromoteCommand, driver: Driver): Decision {
  const overrides = overridesOf(command);
  const draft = draftOf(facts.record);
  const { record } = draft;
  const release = record.releases[0];
  const covers = coversNow(facts);
  if (!release || !covers) return { kind: 'refused', refusal: nothingStaged(facts) };
  keepSettings(record, facts);
  const { approvals, approvalExpires } = facts.settings.promotion;
  if (outcomeOf(facts, command) === '→ promoting') {
    beginPromote(draft, command.actor, driver, overrides);
    return {
      kind: 'change',
      draft,
      drives: true,
      text: line`promote: ${record.service} #${release.number} ${release.version} is being promoted to ${covers.target}.`,
    };
  }

  const older = record.request;
  if (older && older.approvals.length > 0) {
    const changed = changedSince(older, covers);
    const expired = older.status === 'expired' || older.expiresAt <= facts.now;
    const why =
      changed.length > 0
        ? `release-changed: ${changed.join(', ')}`
        : expired
          ? 'the request expired'
          : 'too few are by people other than the new requester';
    notify(
      draft,
      'event',
      line`These approvals no longer count (${why}): ${mentionAll(older.approvals.map((each) => each.actor))}`,
      { of: 'approval' },
    );
  }
  const stands = release.noWayBack;
  record.request = {
    id: crypto.randomUUID(),
    status: 'open',
    requester: command.actor,
    openedAt: fromNow(),
    expiresAt: fromNow(approvalExpires),
    needed: approvals,
    covers,
    approvals: [],
    ...overrides,
  };
  markCard(draft);
  addHistory(
    draft,
    command.actor,
    'request',
    line`${record.service} #${release.number} ${release.version}: asks for ${countApprovals(approvals)}`,
  );
  notify(
    draft,
    'broadcast',
    line`${mention(command.actor)} asks to promote ${record.service} #${release.number} ${{ bold: release.version }} to ${covers.target}: ${countApprovals(approvals)} needed. ${stands ? line`${order(noWayBackWords(stands))} ` : []}${facts.approvers}`,
    { to: userOf(command.actor), buttons: 'request' },
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`promote: ${record.service} #${release.number} ${release.version} waits for ${countApprovals(approvals)}, until ${{ at: fromNow(approvalExpires) }}.`,
  };
}
