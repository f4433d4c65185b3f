import { withContext, fromOutcome, withInstants } from './answer.ts';
import type { Answer, SubmittedCommand } from './command.ts';
import { countSaved } from './auto-revert/count.ts';
import { confirm, needsConfirmation, notConfirmed, openOutcome } from './confirm.ts';
import type { Decision } from './decision.ts';
import { changeOf } from './draft.ts';
import { Fault } from './fault.ts';
import type { Facts } from './gates.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import type { Accepted } from './lost-commands.ts';
import type { Parts } from './parts.ts';
import { refusalWords } from './refusals.ts';
import { answered } from './mention-again.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { TakenLease } from './session.ts';
import type { Change, Loaded, Outcome, SaveAnswer } from './store.ts';
import type { Command } from './verbs/index.ts';

type Saved = Extract<SaveAnswer, { ok: true }>;

/**
 * What `submit` calls after a save: an operation of a service began, or something changed that must be seen at once.
 */
export interface Wake {
  /** Drives the service. `taken`: the save took the lease with it. */
  drive(service: string, taken?: TakenLease): void;
  /** Makes the driver of this service, if it is in this process, read the record now. */
  nudge(service: string): void;
  /** Something is due: look now, so that a card need not wait. `channel`: where there is something to send. */
  look(channel?: string): void;
  /** Reports to the sender later what became of a command whose save got no answer. */
  confirmLater(submitted: SubmittedCommand): void;
  /** Notes an accepted command. `since`: when work on it began, ms of the monotonic clock. */
  accepted(accepted: Accepted, since: number): void;
  /** Notes something else that was accepted and has marks. */
  acceptedElsewhere(submitted: SubmittedCommand, since: number): void;
}

/** Saves the decision. Undefined: another save came first, decide again. */
export async function saveDecision(
  parts: Parts,
  wake: Wake,
  command: Command,
  facts: Facts,
  decision: Decision,
  loaded: Loaded,
): Promise<Answer | undefined> {
  const { store, driver } = parts;
  const { service, marks } = command;
  const markOf = (outcome: Outcome): { mark: { keys: string[]; outcome: Outcome } } | undefined =>
    marks.length > 0 ? { mark: { keys: [...marks], outcome } } : undefined;
  switch (decision.kind) {
    case 'refused': {
      const { draft } = decision;
      if (!draft) return refuseAndNote(parts, command, decision.refusal, facts.record);
      const refusal = withContext(command, decision.refusal, facts.record);
      const { entry, outcome } = writtenDown(command, refusal);
      draft.history.push(entry);
      const channel = parts.catalog.channelOf(facts.settings);
      const saved = await store.save(
        changeOf(draft, facts.record.revision, facts.now, channel, markOf(outcome)),
      );
      return saved.ok ? { ok: false, refusal } : notSaved(saved);
    }
    case 'joined': {
      const { known, replicated } = await store.noteAccepted(
        service,
        { actor: command.actor, what: 'joined', text: decision.text },
        markOf({ ok: true, text: decision.text })?.mark,
      );
      if (known) return fromOutcome(known);
      return {
        ok: true,
        text: [...decision.text, ...replicationWarning({ replicated }, command.verb === 'revert')],
      };
    }
    case 'pending-revert': {
      const entry = {
        actor: command.actor,
        what: 'revert',
        text: line`asked for during ${facts.record.state}`,
      };
      const saved = await store.savePendingRevert(
        service,
        decision.operation,
        { ...decision.pendingRevert, at: facts.now },
        entry,
        markOf({ ok: true, text: decision.text })?.mark,
      );
      if (!saved.ok && saved.why === 'repeat') return fromOutcome(saved.outcome);
      if (!saved.ok && saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
      if (!saved.ok) return undefined;
      wake.nudge(service);
      return { ok: true, text: [...decision.text, ...replicationWarning(saved, true)] };
    }
    case 'change': {
      const { draft, drives } = decision;
      const { op } = draft.record;
      const channel = parts.catalog.channelOf(facts.settings);
      // An operation that a dead process left, and that continues, was confirmed when it began.
      const goesOn = op?.id === loaded.record?.op?.id && loaded.record?.state !== 'stuck';
      const waits = drives && !goesOn && needsConfirmation(store, op);
      if (waits) op.unconfirmedAt = fromNow();
      answered(draft.record, command);
      const accepted = { ok: true, text: decision.text };
      const change = changeOf(draft, facts.record.revision, facts.now, channel, {
        ...markOf(waits ? openOutcome(command) : accepted),
        durable: true,
        // The process that continues it must see for how long it was left.
        ...(drives && !goesOn && { lease: { act: 'take' as const, token: driver } }),
        // An operation that ends here must not remove a pending revert with it.
        ...(facts.record.op !== null && op === null && { unlessPendingRevert: true }),
      });
      const askedAt = parts.clock.mono();
      const saved = await store.save(change);
      if (!saved.ok) return notSaved(saved);
      countSaved(parts, draft);
      wake.look(channel);
      if (waits) return await confirmed(parts, wake, command, { accepted, loaded, saved });
      if (drives) wake.drive(service, takenBy(saved, loaded, askedAt));
      else if (loaded.record?.op) wake.nudge(service);
      return {
        ok: true,
        text: withInstants([...decision.text, ...replicationWarning(saved, drives)], saved.now),
      };
    }
    default:
      return decision satisfies never;
  }
}

/** Returns undefined to decide again. */
function notSaved(saved: Extract<SaveAnswer, { ok: false }>): Answer | undefined {
  if (saved.why === 'repeat') return fromOutcome(saved.outcome);
  if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
  return undefined;
}

/** Returns what the driver need not load again. Only a continued operation may have got a pending revert. */
function takenBy(saved: Saved, loaded: Loaded, askedAt: number): TakenLease | undefined {
  const { record, now, leased } = saved;
  if (!leased || record.op === null || record.op.id === loaded.record?.op?.id) return undefined;
  return { loaded: { ...loaded, record, now, pendingRevert: null, renewedAt: now }, askedAt };
}

/** Confirms an operation that only the storage's own server has yet, and has it driven; else it is dropped. */
async function confirmed(
  parts: Parts,
  wake: Wake,
  command: Command,
  { accepted, loaded, saved }: { accepted: Outcome; loaded: Loaded; saved: Saved },
): Promise<Answer> {
  const { service, marks } = command;
  let taken: TakenLease | undefined;
  try {
    const done = saved.replicated
      ? await confirm(parts, saved, { keys: [...marks], outcome: accepted })
      : undefined;
    if (!done) return { ok: false, refusal: notConfirmed(command, saved.replicated) };
    taken = takenBy(done.saved, loaded, done.askedAt);
    return { ok: true, text: withInstants(accepted.text, done.saved.now) };
  } finally {
    // In both cases: the driver carries it out, or drops it.
    wake.drive(service, taken);
  }
}

/** Returns the warning for something that was accepted although no replica is known to have it. */
export function replicationWarning({ replicated }: { replicated: boolean }, goesOn = false): Line {
  if (replicated) return [];
  return goesOn
    ? line` No Redis replica has confirmed it yet; it continues anyway.`
    : line` No Redis replica has confirmed it yet.`;
}

/** Returns a refusal and writes it into the history. */
export async function refuseAndNote(
  parts: Pick<Parts, 'store'>,
  command: SubmittedCommand,
  given: Refusal,
  record: ServiceRecord | null,
): Promise<Answer> {
  const { service, marks } = command;
  const refusal = withContext(command, given, record);
  const { entry, outcome } = writtenDown(command, refusal);
  const mark = marks.length > 0 ? { keys: [...marks], outcome } : undefined;
  const known = await parts.store.note(service, entry, mark);
  return known ? fromOutcome(known) : { ok: false, refusal };
}

/** Returns a refusal as the history tells it, and as the answer to a repeat. */
function writtenDown(
  { actor, verb, about }: SubmittedCommand,
  refusal: Refusal,
): { entry: Change['history'][number]; outcome: Outcome } {
  const { code, why } = refusal;
  return {
    entry: {
      actor,
      what: 'refused',
      text: line`${verb}${about === undefined ? [] : line` of ${about}`}: ${why}`,
      code,
    },
    outcome: { ok: false, code, text: refusalWords(refusal) },
  };
}
