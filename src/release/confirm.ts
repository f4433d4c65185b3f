/**
 * Confirmation of a stage or promote where the storage has replicas. The operation is stored as unconfirmed; after a
 * replica has it, a second save confirms it. Without that save no process carries it out, whatever happens to the
 * process that accepted it.
 * See docs/design.md#redis.
 */
import { fromOutcome, notStored } from './answer.ts';
import type { Answer, BaseCommand, SubmittedCommand } from './command.ts';
import { changeOf, draftOf } from './draft.ts';
import { Fault } from './fault.ts';
import { refuse } from './gates.ts';
import { line } from './line.ts';
import { channelFor } from './parts.ts';
import type { Parts } from './parts.ts';
import type { Refusal } from './refusals.ts';
import type { Operation } from './release.ts';
import type { Session } from './session.ts';
import type { Outcome, SaveAnswer, Store } from './store.ts';

/** How many times a lost compare-and-set is tried again. */
const attempts = 5;
/** Longer than the wait for a replica and the save after it take, ms. */
const timeoutMs = 2_500;
/** How often a driver that comes too early looks again, ms. */
const againMs = 100;

type Saved = Extract<SaveAnswer, { ok: true }>;

/** Returns true for an operation that must be confirmed before it is carried out. A revert never waits for that. */
export function needsConfirmation(store: Store, op: Operation | null): op is Operation {
  return store.replicas === true && (op?.kind === 'stage' || op?.kind === 'promote');
}

/** Returns true while the operation is neither confirmed nor being dropped. */
export function isUnconfirmed(op: Operation): boolean {
  return op.unconfirmedAt !== undefined && op.ending === undefined;
}

/** Returns the outcome that a repeated request finds meanwhile. */
export function openOutcome({ verb, service }: Pick<BaseCommand, 'verb' | 'service'>): Outcome {
  return {
    ok: false,
    code: 'storage-unavailable',
    text: line`Your ${verb} of ${service} is not confirmed: it runs only if a Redis replica has it in a moment. Look at status.`,
    open: true,
  };
}

/**
 * Resolves to the answer to a repeat of a request that is not confirmed yet: its outcome, if it comes in time. After
 * that the request is stopped, so that the answer to the repeat stays true. `answer` is returned unchanged when the
 * storage does not answer.
 */
export async function awaitOutcome(
  { store, clock }: Pick<Parts, 'store' | 'clock'>,
  command: SubmittedCommand,
  answer: Answer,
): Promise<Answer> {
  const until = clock.mono() + timeoutMs;
  try {
    for (;;) {
      await clock.sleep(againMs);
      const late = clock.mono() >= until;
      const outcome = await store.recall(command.marks, late ? notStored(command, store) : undefined);
      if (outcome === null) return answer;
      if (outcome.open !== true) return fromOutcome(outcome);
    }
  } catch (cause) {
    if (cause instanceof Fault) return answer;
    throw cause;
  }
}

/** Returns the answer for a command that was not confirmed: no replica has it, or it was stopped before. */
export function notConfirmed(
  { verb, service }: Pick<BaseCommand, 'verb' | 'service'>,
  replicated: boolean,
): Refusal {
  const why = replicated
    ? line`It was stopped before that, and does not run.`
    : line`No Redis replica has it, and it does not run.`;
  return {
    ...refuse('storage-unavailable', why, line`Look at status, then try again.`),
    what: line`${verb} of ${{ code: service }} is not confirmed.`,
  };
}

/**
 * Confirms the operation that `first` saved and a replica has, and replaces the open outcome of its request.
 * Undefined: it was stopped, taken over or reverted meanwhile, and is not carried out. Throws `Fault` when the
 * storage is unavailable.
 */
export async function confirm(
  { store, catalog, clock, driver }: Parts,
  first: Saved,
  mark: { keys: string[]; outcome: Outcome },
): Promise<{ saved: Saved; askedAt: number } | undefined> {
  const { service, op: stored } = first.record;
  let { record, now } = first;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (record.op?.id !== stored?.id || !record.op || !isUnconfirmed(record.op)) return undefined;
    const draft = draftOf(record);
    delete draft.record.op?.unconfirmedAt;
    const askedAt = clock.mono();
    const saved = await store.save(
      changeOf(draft, record.revision, now, channelFor({ catalog }, record), {
        lease: { act: 'take', token: driver },
        mark: { ...mark, confirms: true },
      }),
    );
    if (saved.ok) return { saved, askedAt };
    if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
    if (saved.why !== 'revision') return undefined;
    const loaded = await store.load(service);
    if (!loaded.record) return undefined;
    ({ record, now } = { record: loaded.record, now: loaded.now });
  }
  return undefined;
}

/**
 * Waits, in a driver that finds an unconfirmed operation, as long as it may still be confirmed, and then drops it.
 */
export async function awaitConfirmation({ clock }: Parts, session: Session): Promise<void> {
  const { op } = session.loaded().record;
  if (session.now() < (op?.unconfirmedAt ?? 0) + timeoutMs) {
    await clock.sleep(againMs, session.soft);
    return session.refresh();
  }
  await session.commit((draft) => {
    const next = draft.record.op;
    if (!next || !isUnconfirmed(next)) return undefined;
    delete next.unconfirmedAt;
    next.ending = { code: 'storage-unavailable', cause: 'no Redis replica confirmed it' };
    return undefined;
  });
}
