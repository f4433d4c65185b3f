/**
 * Handles a press on an alert group, from the permission to the answer: saved, marked and written into the history in
 * one script, as commands are.
 */
import type { Actor } from '../actor.ts';
import { fromOutcome, withInstants } from '../answer.ts';
import { replicationWarning } from '../save-decision.ts';
import type { Clock } from '../clock.ts';
import type { Answer, Sent } from '../command.ts';
import { Fault } from '../fault.ts';
import { refuse } from '../gates.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import { readableRecord } from '../read-record.ts';
import { refusalWords } from '../refusals.ts';
import type { Refusal } from '../refusals.ts';
import type { Outcome } from '../store.ts';
import type { AlertGroup } from './alert.ts';
import type { AlertContext } from './context.ts';
import { dueOf } from './due.ts';
import { alertCards } from './port.ts';
import type { AlertParts } from './take.ts';
import { settingsFor } from './take.ts';
import { noticeOf } from './notices.ts';
import { nameOf, refusedBecause, standingOf } from './press-words.ts';

/** How many times a lost compare-and-set is tried again: deliveries of the same group come at any time. */
const attempts = 8;

/** What presses need in addition to taking deliveries. */
export interface PressParts extends AlertParts {
  /** Reports to the sender later what became of a press whose save got no answer. */
  confirmLater(sent: Sent): void;
  /** Notes an accepted press. `since`: when work on it began, ms of the monotonic clock. */
  accepted(sent: Sent, since: number): void;
  clock: Pick<Clock, 'mono'>;
}

/** One press. `id`: the group; `marks`: the names of this request, as for a command. */
export interface AlertPress {
  verb: 'acknowledge' | 'hand-back' | 'silence' | 'end-silence' | 'close';
  id: string;
  actor: Actor;
  marks: readonly string[];
}

/** The result of a valid press. */
export interface Done {
  group: AlertGroup;
  /** The message for the thread; null: no news. */
  told: Line | null;
  answer: Line;
  /** The text of the history entry. */
  how: Line;
}

/** Carries out a press; a repeat gets the outcome of the first. Never throws. */
export async function pressed(
  parts: PressParts,
  given: AlertPress,
  change: (group: AlertGroup, context: AlertContext) => Done | Refusal,
): Promise<Answer> {
  // A save of unknown outcome can be found, and stopped, only by its mark.
  const press = given.marks.length > 0 ? given : { ...given, marks: [`own:${crypto.randomUUID()}`] };
  const seen: { group: AlertGroup | null } = { group: null };
  try {
    return await carryOut(parts, press, change, seen);
  } catch (cause) {
    return failed(parts, press, seen.group, cause);
  }
}

async function carryOut(
  parts: PressParts,
  press: AlertPress,
  change: (group: AlertGroup, context: AlertContext) => Done | Refusal,
  seen: { group: AlertGroup | null },
): Promise<Answer> {
  const { alerts, store, catalog } = parts;
  const { verb, actor, marks } = press;
  const since = parts.clock.mono();
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const copies = alerts.watchCopies?.();
    const { group, now } = await alerts.load(press.id);
    seen.group = group;
    if (group === null) return refused(parts, press, null, refusedBecause.forgotten());
    const { service } = group;
    const denied = await notAllowed(parts, press, group);
    if (denied) return refused(parts, press, group, denied);
    if (group.status === 'resolved') return refused(parts, press, group, refusedBecause.resolved(group));
    const record = service === null ? null : await readableRecord(store, service);
    const context: AlertContext = { now, record, settings: settingsFor(catalog, service, record) };
    const done = change(group, context);
    if ('code' in done) return refused(parts, press, group, done);
    const saved = await alerts.save({
      group: done.group,
      expect: group.revision,
      opens: false,
      urgent: false,
      notices: done.told === null ? [] : [{ ...noticeOf(group, 'event', done.told), channel: group.channel }],
      draw: true,
      due: dueOf(done.group, context),
      history: [{ actor, what: verb, text: line`${nameOf(group)}: ${done.how}` }],
      mark: { keys: [...marks], outcome: { ok: true, text: done.answer } },
    });
    if (saved.ok) {
      parts.look(group.channel);
      parts.accepted({ verb, service: service ?? alertCards, about: nameOf(group), actor, marks }, since);
      return {
        ok: true,
        text: withInstants(
          [...done.answer, ...replicationWarning({ replicated: ((await copies?.()) ?? 'made') === 'made' })],
          saved.now,
        ),
      };
    }
    if (saved.why === 'repeat') return fromOutcome(saved.outcome);
    if (saved.why === 'late') throw new Fault('storage-unavailable', 'too late');
  }
  return refused(parts, press, seen.group, refusedBecause.crowded());
}

/** Refuses people who are neither operator nor approver; without a known service, the global lists count. */
async function notAllowed(
  { people, catalog }: PressParts,
  { verb, actor }: AlertPress,
  { service }: AlertGroup,
): Promise<Refusal | undefined> {
  const settings = service === null ? undefined : catalog.find(service)?.settings;
  const roles = ['operator', 'approver'] as const;
  const may = await people.may(actor, roles, settings);
  switch (may) {
    case 'yes':
      return undefined;
    case 'no':
      return refusedBecause.notAllowed(verb, people.mentions('operator', settings), actor);
    case 'recently':
    case 'unknown':
      return refusedBecause.notAsked(verb, people.unread?.(roles, settings));
    default:
      return may satisfies never;
  }
}

/** Returns a refusal, marks it, and writes it into the history of the group's service. */
async function refused(
  { store }: PressParts,
  { verb, actor, marks }: AlertPress,
  group: AlertGroup | null,
  given: Refusal,
): Promise<Answer> {
  const refusal: Refusal = {
    what: line`${verb} of ${nameOf(group)} was refused.`,
    ...(group !== null && { now: standingOf(group) }),
    ...given,
  };
  const { code, why } = refusal;
  const outcome: Outcome = { ok: false, code, text: refusalWords(refusal) };
  // No service has this name: then only the marks are set.
  const known = await store.note(
    group?.service ?? alertCards,
    { actor, what: 'refused', text: line`${verb} of ${nameOf(group)}: ${why}`, code },
    { keys: [...marks], outcome },
  );
  return known ? fromOutcome(known) : { ok: false, refusal };
}

/** Answers when the storage did not, or when the code failed: with what is known about the press, and no more. */
function failed(
  parts: PressParts,
  { verb, id, actor, marks }: AlertPress,
  group: AlertGroup | null,
  cause: unknown,
): Answer {
  const service = group?.service ?? alertCards;
  const away = cause instanceof Fault && cause.code === 'storage-unavailable';
  const facts = { service, alert: id, verb, err: cause };
  if (!away) {
    parts.log.error(facts, 'A press on an alert failed');
    return { ok: false, refusal: { what: line`${verb} of ${nameOf(group)}.`, ...refusedBecause.failed() } };
  }
  parts.log.warn(facts, 'A press on an alert was refused: storage unavailable');
  if (!cause.unclear)
    return {
      ok: false,
      refusal: { what: line`${verb} of ${nameOf(group)} was refused.`, ...refusedBecause.away(cause) },
    };
  parts.confirmLater({ verb, service, about: nameOf(group), actor, marks });
  const what = line`${verb} of ${nameOf(group)} may have been stored.`;
  return { ok: false, refusal: { what, ...refusedBecause.unclear() }, toldLater: true };
}

/** Refuses a press on a message that is not the group's, and writes it down. `id`: the group it seems to be about. */
export async function pressedElsewhere(
  { alerts, store }: PressParts,
  { verb, id, actor }: Pick<AlertPress, 'verb' | 'actor'> & { id: string | undefined },
): Promise<Refusal> {
  const group = id === undefined ? null : (await alerts.load(id)).group;
  const text = line`${verb} of ${nameOf(group)} on an old message`;
  if (group !== null && group.service !== null)
    await store.note(group.service, { actor, what: 'press', text, code: 'stale-button' });
  const now = group === null ? undefined : standingOf(group);
  return {
    ...refuse(
      'stale-button',
      line`This button no longer fits; nothing was done.`,
      line`Use the newest message of the alert.`,
      now,
    ),
    what: line`${verb} of ${nameOf(group)} was refused.`,
  };
}
