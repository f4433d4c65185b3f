/**
 * Presses on alerts: acknowledge, close and silence. Each is bound to its message. A Revert on an alert is a command
 * like any other.
 */
import { z } from 'zod';
import { silences } from '../release/alerts/alert.ts';
import type { Quieting } from '../release/alerts/act.ts';
import { alertCards } from '../release/alerts/port.ts';
import type { AlertPress } from '../release/alerts/press.ts';
import { actorId } from '../release/actor.ts';
import type { Actor } from '../release/actor.ts';
import type { Answer } from '../release/command.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import type { ShownMessage } from '../release/store.ts';
import type { Press, PressParts } from './buttons.ts';
import type { OtherPress } from './listener-context.ts';
import { replaceOrphan } from './orphan.ts';
import { readJson } from './payloads.ts';
import { answerReply, refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { findShown, linkOf, redraw } from './find-message.ts';

/** What people can do about alerts; see `release/alerts/act.ts`. */
export interface AlertActs {
  acknowledge(id: string, actor: Actor, marks: readonly string[]): Promise<Answer>;
  handBack(id: string, actor: Actor, marks: readonly string[]): Promise<Answer>;
  close(id: string, actor: Actor, marks: readonly string[]): Promise<Answer>;
  endSilence(id: string, actor: Actor, marks: readonly string[]): Promise<Answer>;
  silence(id: string, actor: Actor, quieting: Quieting, marks: readonly string[]): Promise<Answer>;
  /** Records a press on a message that is not the group's, and refuses it. */
  elsewhere(press: Pick<AlertPress, 'verb' | 'actor'> & { id: string | undefined }): Promise<Refusal>;
}

const id = z.string().regex(/^[0-9a-f]{24}$/);
const plainSchema = z.object({ a: id });
/** The same button acknowledges and hands back. Its value says which, so that a repeat does not do the opposite. */
const acknowledgeSchema = z.object({ a: id, f: z.literal('back').optional() });
const silenceSchema = z.object({
  a: id,
  f: z.enum([...silences, 'end']),
  r: z.string().max(64).optional(),
});

/** The handlers of the alert buttons, by action id. */
export function alertPresses(acts: AlertActs): Readonly<Record<string, OtherPress>> {
  return {
    'alert.acknowledge': bound(acts, 'acknowledge', acknowledgeSchema, ({ a, f }, { actor, marks }) =>
      f === 'back' ? acts.handBack(a, actor, marks) : acts.acknowledge(a, actor, marks),
    ),
    'alert.close': bound(acts, 'close', plainSchema, ({ a }, { actor, marks }) =>
      acts.close(a, actor, marks),
    ),
    'alert.silence': bound(acts, 'silence', silenceSchema, ({ a, f, r }, { actor, marks }) =>
      f === 'end' ? acts.endSilence(a, actor, marks) : acts.silence(a, actor, { choice: f, of: r }, marks),
    ),
  };
}

/** Makes a handler that finds the group by channel and message, and refuses a value that disagrees. */
function bound<S extends z.ZodType<{ a: string }>>(
  acts: AlertActs,
  verb: AlertPress['verb'],
  schema: S,
  act: (value: z.infer<S>, press: Press) => Promise<Answer>,
): OtherPress {
  return async (given, parts) => {
    const { actor, button, message } = given;
    const { log } = parts.desk;
    const value = readJson(given.value, schema);
    // An ephemeral message never shows an alert.
    const shown = message === undefined ? null : await findShown(message, parts);
    const facts = { actor: actorId(actor), service: shown?.about?.service, button };
    if (value === undefined || shown === null || !(await isCardOf(value.a, shown, parts))) {
      const of = (shown?.service === alertCards ? shown.release : value?.a) ?? undefined;
      log.info({ ...facts, alert: of, code: 'stale-button' }, 'A stale button was pressed');
      return stale(
        await acts.elsewhere({ verb, actor, id: of }),
        of,
        shown === null ? message : undefined,
        parts,
      );
    }
    const answer = await act(value, given);
    const code = answer.ok ? {} : { code: answer.refusal.code };
    log.info({ ...facts, alert: value.a, ok: answer.ok, ...code }, 'A press was answered');
    if (!answer.ok) await redraw(shown, parts);
    // The act has counted its refusal; a repeat does not count.
    return { ...answerReply(answer, true), submitted: answer.repeated === true };
  };
}

/**
 * True for the message that shows the group now, and for those that rang for it; false for one that another has
 * replaced.
 */
async function isCardOf(group: string, shown: ShownMessage, { outbox }: PressParts): Promise<boolean> {
  if (shown.service !== alertCards || shown.release !== group) return false;
  if (shown.notice?.asks === 'alert') return true;
  if (shown.kind !== 'card') return false;
  const card = await outbox.card(alertCards, group);
  return card !== null && card.channel === shown.channel && card.ts === shown.ts;
}

async function stale(
  refusal: Refusal,
  group: string | undefined,
  unknown: Press['message'],
  parts: PressParts,
): Promise<Reply> {
  const url = group === undefined ? undefined : await linkOf(alertCards, group, parts);
  if (url !== undefined && unknown !== undefined)
    void replaceOrphan(unknown, { url, label: 'the alert' }, parts);
  const next = url === undefined ? refusal.next : line`Its message: ${{ url, label: 'the alert' }}.`;
  return refusalReply({ ...refusal, next });
}
