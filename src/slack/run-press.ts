/**
 * Carries out presses of buttons: finds the message by channel and timestamp, compares it with the button's value, and
 * submits the command as if it were typed.
 */
import { actorId } from '../release/actor.ts';
import type { Actor } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { Command, Verb } from '../release/verbs/index.ts';
import { describeState } from '../release/gates.ts';
import { line, typed } from '../release/line.ts';
import type { Outbox, ShownMessage } from '../release/store.ts';
import type { SlackClient } from './client.ts';
import type { Identity } from './identity.ts';
import { replaceOrphan } from './orphan.ts';
import { readJson, valueSchema } from './payloads.ts';
import type { ButtonValue } from './payloads.ts';
import { answerReply, refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { findShown, linkOf, redraw } from './find-message.ts';
import type { Desk } from './subcommands/subcommand.ts';

/** One press. `message` is undefined where the button stood on an ephemeral message. */
export interface Press {
  button: string;
  value: string | undefined;
  message: { channel: string; ts: string } | undefined;
  actor: Actor;
  marks: readonly string[];
  /** What was given in a modal: the reason, by its field of the command. */
  given?: Readonly<Record<string, string>>;
}

/** What presses need besides `submit`. */
export interface PressParts {
  desk: Desk;
  outbox: Pick<Outbox, 'findMessage' | 'card' | 'redraw'>;
  identity: () => Identity | undefined;
  client: { chat: Pick<SlackClient['chat'], 'update'> };
  clock: Clock;
}

/** Carries a press on a button of this verb out, or refuses it. Throws what the storage or `submit` threw. */
export async function runPress(given: Press, verb: Verb, parts: PressParts): Promise<Reply> {
  const { desk } = parts;
  const { actor, marks, button, message } = given;
  const value = readJson(given.value, valueSchema);
  if (value === undefined) return stale(given, value, null, parts);

  const shown = message === undefined ? null : await findShown(message, parts);
  // The store has no ephemeral messages. `submit` compares the button's value with the record.
  const fits = message === undefined || (shown !== null && agrees(shown, value, button));
  if (!fits) return stale(given, value, shown, parts);

  const answer = await desk.submit({
    verb,
    ...given.given,
    service: value.s,
    actor,
    marks,
    press: { release: value.r, epoch: value.e, button, ...(value.q !== undefined && { subject: value.q }) },
  } as Command);
  const code = answer.ok ? {} : { code: answer.refusal.code };
  desk.log.info(
    { actor: actorId(actor), service: value.s, button, ok: answer.ok, ...code },
    'A press was answered',
  );
  if (!answer.ok) await redraw(shown, parts);
  return answerReply(answer, true);
}

/**
 * True when the button's value matches the message. `submit` judges a Revert that was drawn before its switch was
 * recorded.
 */
function agrees(shown: ShownMessage, value: ButtonValue, button: string): boolean {
  const before = button === 'release.revert' && shown.epoch === value.e + 1;
  const { service, release } = shown.about ?? shown;
  return service === value.s && release === value.r && (shown.epoch === value.e || before);
}

/**
 * Refuses a button that does not fit: links to the card, records the press, redraws the card, and does nothing else.
 */
async function stale(
  given: Press,
  value: ButtonValue | undefined,
  shown: ShownMessage | null,
  parts: PressParts,
): Promise<Reply> {
  const { desk } = parts;
  const service = shown?.service ?? value?.s;
  const release = shown?.release ?? value?.r ?? undefined;
  desk.log.info(
    { actor: actorId(given.actor), button: given.button, code: 'stale-button' },
    'A stale button was pressed',
  );
  const isKnown = service !== undefined && (desk.catalog.find(service) !== undefined || shown !== null);
  if (isKnown) {
    await desk.store.note(service, {
      actor: given.actor,
      what: 'press',
      text: [`${given.button.slice(0, 64)} on an old message`],
      code: 'stale-button',
      ...(shown?.release == null ? {} : { release: shown.release }),
    });
    await redraw(shown, parts);
  }
  const url = isKnown && release !== undefined ? await linkOf(service, release, parts) : undefined;
  if (url !== undefined && given.message !== undefined && shown === null)
    void replaceOrphan(given.message, { url, label: `the card of ${service}` }, parts);
  const next =
    url === undefined
      ? line`Use the newest card, or ${typed('status')}.`
      : line`Its card: ${{ url, label: service ?? '' }}.`;
  const record = isKnown ? (await desk.store.load(service)).record : null;
  return refusalReply({
    code: 'stale-button',
    why: line`This button no longer fits; nothing was done.`,
    ...(record && { now: describeState(record) }),
    next,
  });
}
