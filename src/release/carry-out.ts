import { explained, fromOutcome, resolved } from './answer.ts';
import type { Answer, Command } from './command.ts';
import type { Decision } from './decision.ts';
import { changeOf, draftOf } from './draft.ts';
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import type { Facts } from './gates.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import { refusalWords } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { Taken } from './session.ts';
import type { Change, Loaded, Outcome, SaveAnswer } from './store.ts';

/** Times a lost compare-and-set is tried anew (SPEC 3). */
const attempts = 5;

/** What `submit` calls after a save: the operation of a service began, or something it must see at once changed. */
export interface Wake {
  /** `taken`: the save took the lease with it. */
  drive(service: string, taken?: Taken): void;
  /** Its own process drives this service: look at the record now. */
  nudge(service: string): void;
  /** Something is due: look now, so that a card does not wait for the next look. */
  look(): void;
  /** Tells the sender later what became of a command whose save had no answer. */
  confirmLater(command: Command): void;
}

/** Saves what was decided. Undefined: another save came first, decide anew. */
export async function carryOut(
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
      const refusal = explained(command, decision.refusal, facts.record);
      const { entry, outcome } = writtenDown(command, refusal);
      draft.history.push(entry);
      const channel = parts.catalog.channelOf(facts.settings);
      const saved = await store.save(
        changeOf(draft, facts.record.revision, facts.now, channel, markOf(outcome)),
      );
      return saved.ok ? { ok: false, refusal } : notSaved(saved);
    }
    case 'joined': {
      const known = await store.note(
        service,
        { actor: command.actor, what: 'joined', text: decision.text },
        markOf({ ok: true, text: decision.text })?.mark,
      );
      return known ? fromOutcome(known) : { ok: true, text: decision.text };
    }
    case 'wish': {
      const entry = {
        actor: command.actor,
        what: 'revert',
        text: line`asked for during ${facts.record.state}`,
      };
      const wished = await store.wish(
        service,
        decision.operation,
        { ...decision.wish, at: facts.now },
        entry,
        markOf({ ok: true, text: decision.text })?.mark,
      );
      if (!wished.ok && wished.why === 'repeat') return fromOutcome(wished.outcome);
      if (!wished.ok && wished.why === 'late') throw new Fault('storage-unavailable', 'too late');
      if (!wished.ok) return undefined;
      wake.nudge(service);
      return { ok: true, text: decision.text };
    }
    case 'change': {
      const { draft } = decision;
      const channel = parts.catalog.channelOf(facts.settings);
      const change = changeOf(draft, facts.record.revision, facts.now, channel, {
        ...markOf({ ok: true, text: decision.text }),
        ...(decision.drives && { lease: { act: 'take' as const, token: driver }, durable: true }),
        // An operation that ends here must not take a waiting revert with it.
        ...(facts.record.op !== null && draft.record.op === null && { unlessWish: true }),
      });
      const askedAt = parts.clock.mono();
      const saved = await store.save(change);
      if (!saved.ok) return notSaved(saved);
      wake.look();
      if (decision.drives && !saved.replicated && command.verb !== 'revert') {
        await withdraw(parts, service, draft.record.op?.id);
        wake.drive(service);
        return {
          ok: false,
          refusal: refuse(
            'storage-unavailable',
            line`No replica of the storage confirmed it in time: not confirmed. It is being withdrawn.`,
            line`Look at status, then try again.`,
          ),
        };
      }
      if (decision.drives) wake.drive(service, takenBy(saved, loaded, askedAt));
      else if (loaded.record?.op) wake.nudge(service);
      const unsure =
        decision.drives && !saved.replicated
          ? line` No replica of the storage confirmed it yet; it goes on all the same.`
          : [];
      return { ok: true, text: resolved([...decision.text, ...unsure], saved.now) };
    }
    default:
      return decision satisfies never;
  }
}

/** Undefined: decide anew. */
function notSaved(saved: Extract<SaveAnswer, { ok: false }>): Answer | undefined {
  if (saved.why === 'repeat') return fromOutcome(saved.outcome);
  if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
  return undefined;
}

/** What the driver need not ask the store again. A new operation has no wish beside it; the same one may have got one. */
function takenBy(
  saved: Extract<SaveAnswer, { ok: true }>,
  loaded: Loaded,
  askedAt: number,
): Taken | undefined {
  const { record, now, leased } = saved;
  if (!leased || record.op === null || record.op.id === loaded.record?.op?.id) return undefined;
  return { loaded: { ...loaded, record, now, wish: null, renewedAt: now }, askedAt };
}

/** Ends an operation that was stored but not confirmed by a replica: it must not run. */
async function withdraw(parts: Parts, service: string, operation: string | undefined): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { record, now } = await parts.store.load(service);
    if (!record?.op || record.op.id !== operation) return;
    const draft = draftOf(record);
    if (draft.record.op)
      draft.record.op.ending = {
        code: 'storage-unavailable',
        cause: 'no replica of the storage confirmed it',
      };
    const channel = parts.catalog.channelOf(parts.catalog.stored(record).settings);
    if ((await parts.store.save(changeOf(draft, record.revision, now, channel))).ok) return;
  }
}

/** Answers with a refusal and writes it into the history. */
export async function refuseAndNote(
  parts: Parts,
  command: Command,
  given: Refusal,
  record: ServiceRecord | null,
): Promise<Answer> {
  const { service, marks } = command;
  const refusal = explained(command, given, record);
  const { entry, outcome } = writtenDown(command, refusal);
  const mark = marks.length > 0 ? { keys: [...marks], outcome } : undefined;
  const known = await parts.store.note(service, entry, mark);
  return known ? fromOutcome(known) : { ok: false, refusal };
}

/** A refusal as the history tells it, and as a repeat is answered. */
function writtenDown(
  command: Command,
  refusal: Refusal,
): { entry: Change['history'][number]; outcome: Outcome } {
  const { code, why } = refusal;
  return {
    entry: { actor: command.actor, what: 'refused', text: line`${command.verb}: ${why}`, code },
    outcome: { ok: false, code, text: refusalWords(refusal) },
  };
}
