/** Handles accepted commands that a failover of the storage lost. See docs/design.md#redis. */
import type { Answer, SubmittedCommand } from './command.ts';
import type { Command } from './verbs/index.ts';
import type { Color } from './color.ts';
import { answerPlace } from './draft.ts';
import { failoverLost } from './answer.ts';
import { Fault } from './fault.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import { channelFor } from './parts.ts';
import type { Parts } from './parts.ts';
import { readableRecord } from './read-record.ts';
import { refusalWords } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { Outcome } from './store.ts';
import { wayBack } from './way-back.ts';
import { userOf, mention } from './mention.ts';

/** An accepted command, with the record it was decided on and when that was loaded, ms of the store's clock. */
export interface Accepted {
  command: Command;
  before: ServiceRecord;
  now: number;
}

interface Told {
  text: Line;
  toSender: boolean;
}

/** What to do about a lost revert: the verb to submit again, or why none. */
export type Again = { verb: 'revert' | 'retry' } | { why: Line };

/** The color to which traffic was to go. */
function targetOf({ before }: Accepted): Color | undefined {
  const { op, state } = before;
  return op?.kind === 'revert' && state !== 'stuck' ? op.target : wayBack(before)?.color;
}

/**
 * Decides whether a lost revert is still wanted: not if somebody did something since that the sender could not know
 * about. The storage's state may be older than what the sender saw.
 */
export function again(accepted: Accepted, now: ServiceRecord | null): Again {
  const target = targetOf(accepted);
  if (now === null || target === undefined) return { why: line`Its record is gone too.` };
  const { op } = now;
  const { before } = accepted;
  const known = new Set(before.releases.map(({ id }) => id));
  const newest = now.releases[0];
  if (newest !== undefined && !known.has(newest.id)) return { why: line`Something was staged after it.` };
  if (op === null && now.live === target) return { verb: 'retry' };
  if (now.epoch > before.epoch) return { why: line`Traffic was switched after it.` };
  if (op?.kind === 'revert' && op.target === target) return { verb: 'revert' };
  if (op !== null && op.id !== before.op?.id && op.at > accepted.now)
    return { why: line`Another ${op.kind} started after it.` };
  if (wayBack(now)?.color !== target) return { why: line`The record no longer has the way back.` };
  return { verb: 'revert' };
}

/**
 * Looks for something accepted by its marks. If they are gone, `instead` may do it again; else its sender and the
 * service's channel get a notice. After another failover it can be called again, and repeats the notice if that is
 * gone. Resolves to true when the notice was stored now. Throws `Fault` while the storage is unavailable.
 */
export function lookFor(
  parts: Parts,
  submitted: SubmittedCommand,
  instead: (record: ServiceRecord | null) => Promise<Told | { why: Line } | undefined> = async () =>
    undefined,
): () => Promise<boolean> {
  const { store, log } = parts;
  const { service, verb, marks } = submitted;
  const notice = crypto.randomUUID();
  let told: Told | undefined;
  let outcome: Outcome | undefined;
  return async () => {
    const record = await readableRecord(store, service);
    if (told === undefined) {
      const found = await store.recall(marks);
      if (found?.ok === true) return false;
      log.warn({ service, verb, marks }, 'A Redis failover lost an accepted command');
      const done = await instead(record);
      if (done !== undefined && 'text' in done) told = done;
      else {
        outcome = failoverLost(submitted, done?.why);
        told = { text: outcome.text, toSender: true };
      }
    } else if ((await store.recall([toldMark(notice)])) !== null) return false;
    // A repeat of the request may have stored an outcome meanwhile.
    if (outcome !== undefined && (await store.recall(marks, outcome))?.ok === true) return false;
    await tellLost(parts, notice, submitted, record, told);
    return true;
  };
}

/** Looks for a command in the same way; a lost revert is submitted again, under the same marks. */
export function lookForCommand(
  parts: Parts,
  submit: (command: Command) => Promise<Answer>,
  accepted: Accepted,
): () => Promise<boolean> {
  const { command } = accepted;
  // What asked for an automatic revert looks again by itself whether its cause still holds.
  if (command.verb !== 'revert' || command.countdown !== undefined) return lookFor(parts, command);
  return lookFor(parts, command, async (record) => {
    const next = again(accepted, record);
    return 'why' in next ? next : submitAgain(submit, command, next.verb);
  });
}

/** Submits a lost revert as if it had been typed: its button may be older than the record now. */
async function submitAgain(
  submit: (command: Command) => Promise<Answer>,
  { press: _press, ...command }: Command,
  verb: 'revert' | 'retry',
): Promise<Told> {
  const head = line`A Redis failover lost the ${command.verb} that ${mention(command.actor)} asked for.`;
  const answer = await submit({ ...command, verb } as Command);
  if (answer.ok) return { text: line`${head} It runs now.`, toSender: false };
  const { refusal } = answer;
  if (refusal.code === 'nothing-to-do')
    return { text: line`${head} The router points there already.`, toSender: false };
  if (refusal.code === 'storage-unavailable' && answer.repeated !== true && answer.toldLater !== true)
    throw new Fault('storage-unavailable', 'A lost revert could not be stored.');
  return { text: line`${head} It could not be carried out: ${refusalWords(refusal)}`, toSender: true };
}

/** Adds a notice in the newest release's thread, perhaps one for the sender alone, and a line in the history. */
async function tellLost(
  parts: Parts,
  id: string,
  { actor, service, verb }: SubmittedCommand,
  record: ServiceRecord | null,
  { text, toSender }: Told,
): Promise<void> {
  const { store, outbox, catalog } = parts;
  const channel =
    record === null
      ? catalog.channelOf(catalog.find(service)?.settings ?? {})
      : channelFor({ catalog }, record);
  const to = userOf(actor);
  const whole = {
    id: `${id}:all`,
    service,
    release: record?.releases[0]?.id ?? null,
    kind: 'broadcast' as const,
    text: toSender && verb !== 'revert' ? line`${text} (${mention(actor)})` : text,
    ...(verb === 'revert' && { of: 'revert' as const }),
    channel,
  };
  const alone =
    toSender && to !== undefined
      ? [{ ...whole, id, release: null, kind: 'private' as const, text, to, ...answerPlace(actor) }]
      : [];
  await outbox.post([whole, ...alone].map((each) => ({ ...each, channel: each.channel ?? channel })));
  // Stored after the notice: if the mark exists, so does the notice.
  const mark = { keys: [toldMark(id)], outcome: { ok: true, text } };
  await store.note(service, { actor: { kind: 'system', rule: 'failover' }, what: 'lost', text }, mark);
}

function toldMark(notice: string): string {
  return `lost:${notice}`;
}
