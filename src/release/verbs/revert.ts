import type { Actor } from '../actor.ts';
import { autoRevertIn } from '../auto-revert/countdown.ts';
import { countdownOf } from '../auto-revert/rule.ts';
import type { Color } from '../color.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import { formerWords } from '../former-router.ts';
import type { Facts } from '../gates.ts';
import { mayHaveWritten, noteLate } from '../late-writes.ts';
import { line } from '../line.ts';
import { mayGoBack } from '../no-way-back.ts';
import { openRevert } from '../operation.ts';
import type { Driver } from '../operation.ts';
import { keepSettings } from '../parts.ts';
import { stale } from '../press.ts';
import type { Refusal } from '../refusals.ts';
import { underWay } from '../release.ts';
import type { Operation, ServiceRecord } from '../release.ts';
import type { Draft } from '../draft.ts';
import { dropStaged } from './stage.ts';
import { deployMayRun } from '../outcomes/stage.ts';
import { wayBack } from '../way-back.ts';
import type { Definition } from './verb.ts';

/** Goes back to the color that was live before. */
export interface RevertCommand extends BaseCommand<'revert'> {
  reason?: string;
  /** Why the color to go back to is not checked first. */
  force?: string;
}

/** `revert <service>`. */
export const revert: Definition<RevertCommand, 'reason'> = {
  name: 'revert',
  usage: 'revert <service> [reason] | revert <service> --force <reason>',
  summary: 'Go back to the color that was live before.',
  examples: [
    'revert checkout errors since the switch',
    'revert checkout --force "the check itself is broken"',
    'revert checkout --break-glass "Redis is down and green is on fire"',
  ],
  roles: ['operator'],
  argument: { field: 'reason', kind: 'reason' },
  options: {
    force: {
      kind: 'reason',
      says: 'without a check of the color to go back to, also where there is no way back',
    },
  },
  instead: {
    'break-glass': {
      kind: 'reason',
      says: 'when Redis is unavailable, or the record cannot be read: move the router without it',
      only: 'terminal',
    },
  },
  forgiving: true,
  short: true,
  begins: 'revert',
  unconfigured: true,
  needs: ['former-router'],
  acts: () => true,
  gates: (facts, command) => [atEndOfCountdown(facts, command), mayGoBack(facts, command.force)],
  change,
};

/**
 * Starts a revert from any state, and drops or interrupts what is under way. `late`: the colors of which that
 * operation may have a write on its way; by default all that it may have written.
 */
export function beginRevert(
  draft: Draft,
  actor: Actor,
  driver: Driver,
  text: { reason?: string | undefined; force?: string | undefined },
  late?: Iterable<Color>,
): boolean {
  const { record } = draft;
  const back = wayBack(record);
  if (!back) return false;
  const deploying = record.op && deployMayRun(record.op) ? (record.op.version ?? undefined) : undefined;
  const mayBecome = deploying ?? record.colors[back.color].mayBecome;
  const interrupted: Operation | undefined = record.op ?? undefined;
  const hangs = record.state === 'stuck' && interrupted?.kind === 'revert';
  // A stuck operation noted that when it got stuck.
  if (interrupted && record.state !== 'stuck') noteLate(record, late ?? mayHaveWritten(interrupted));
  const found =
    !hangs && (interrupted?.kind === 'revert' || interrupted?.kind === 'restore')
      ? interrupted.was
      : record.state;
  const drops = found === 'staging' || found === 'staged';
  const was: ServiceRecord['state'] = drops ? 'idle' : found;
  if (drops) {
    dropStaged(draft, actor, 'interrupted', 'dropped by a revert');
    record.colors[back.color] = {
      role: 'previous',
      version: back.version,
      since: record.colors[back.color].since,
      ...(mayBecome !== undefined && { mayBecome }),
    };
  }
  const op = openRevert(draft, driver, {
    kind: 'revert',
    target: back.color,
    version: back.version,
    actor,
    was,
    ...text,
    interrupted,
  });
  // A stuck operation has written to the router: no single answer of the router counts.
  if (hangs && interrupted.intentAt !== undefined) op.intentAt = interrupted.intentAt;
  if (record.autoRevert) record.autoRevert.countdown = null;
  markCard(draft);
  const reason = text.force ?? text.reason;
  addHistory(
    draft,
    actor,
    'revert',
    line`${record.service} to ${back.color} ${back.version ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}${text.force === undefined ? '' : ' (forced)'}`,
  );
  notify(
    draft,
    'progress',
    line`${mention(actor)} reverts to ${back.color} ${back.version ?? 'unknown'}${reason === undefined ? '' : `: ${reason}`}`,
  );
  if (mayBecome !== undefined)
    notify(
      draft,
      'progress',
      line`Warning: a deploy of ${mayBecome} to ${back.color} may have been started, and may change it at any time.`,
    );
  return true;
}

/** Refuses a revert by a countdown that is gone, held, or not over. A person's revert needs none. */
function atEndOfCountdown({ record, now }: Facts, { countdown }: RevertCommand): Refusal | undefined {
  if (countdown === undefined) return undefined;
  const running = countdownOf(record);
  const isDue = running?.id === countdown && running.hold === undefined && running.endsAt <= now;
  return isDue ? undefined : stale({ record });
}

/** Decides `revert <service> [reason]`: with as few gates as possible. See docs/design.md#revert-works. */
function change(facts: Facts, command: RevertCommand, driver: Driver): Decision {
  const { record } = facts;

  const { op } = record;
  if (op && underWay(record)) {
    if (op.kind === 'revert' && (command.force === undefined || op.force !== undefined)) {
      return {
        kind: 'joined',
        text: line`revert: ${record.service} is being reverted to ${op.target} already, started by ${mention(op.actor)}.`,
      };
    }
    return {
      kind: 'pending-revert',
      operation: op.id,
      pendingRevert: {
        id: crypto.randomUUID(),
        actor: command.actor,
        ...(command.reason !== undefined && { reason: command.reason }),
        ...(command.force !== undefined && { force: command.force }),
      },
      text: line`revert: ${record.service} goes back; the running ${op.kind} is stopped.`,
    };
  }
  const draft = draftOf(record);
  const { settings, digest, seal, formerly } = draft.record;
  keepSettings(draft.record, facts);
  const former = facts.former?.answers === true ? { settings, digest, ...(seal && { seal }) } : formerly;
  if (former) draft.record.formerly = former;
  if (command.countdown !== undefined) autoRevertIn(draft).over = 'reverted';
  beginRevert(draft, command.actor, driver, { reason: command.reason, force: command.force });
  const target = draft.record.op?.target ?? record.live;
  return {
    kind: 'change',
    draft,
    drives: true,
    text: line`revert: ${startWords(record.service, `${target} ${draft.record.op?.version ?? 'unknown'}`, command.force)}${formerWords(facts.former)}`,
  };
}

/** Says what happens first: no message says that traffic goes back before that is known. */
function startWords(service: string, to: string, force: string | undefined): string {
  return force === undefined
    ? `checking ${to}; the traffic of ${service} goes back to it when it answers well.`
    : `the traffic of ${service} goes back to ${to}, which is not checked first.`;
}
