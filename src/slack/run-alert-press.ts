/**
 * Carries out presses on alerts: acknowledge, close and silence. Each is bound to its message. A Revert on an alert is
 * a command like any other.
 */
import { z } from 'zod';
import { silences } from '../release/alerts/alert.ts';
import type { Silence } from '../release/alerts/alert.ts';
import { alertCards } from '../release/alerts/port.ts';
import { actorId } from '../release/actor.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import type { ShownMessage } from '../release/store.ts';
import type { AboutAlert } from '../release/verbs/alert-verb.ts';
import type { AlertCommand } from '../release/verbs/index.ts';
import type { AlertAction } from './actions.ts';
import type { Press, PressParts } from './run-press.ts';
import { replaceOrphan } from './orphan.ts';
import { readJson } from './payloads.ts';
import { answerReply, refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { findShown, linkOf, redraw } from './find-message.ts';

const id = z.string().regex(/^[0-9a-f]{24}$/);
const plainSchema = z.object({ a: id });
/** What a button's value asks for: `f` of an older message names what the button took back. */
const acknowledgeSchema = z.object({ a: id, f: z.literal('back').optional() });
const silenceSchema = z.object({
  a: id,
  f: z.enum([...silences, 'end']),
  r: z.string().max(64).optional(),
});

type Asked<C = AlertCommand> = C extends AlertCommand ? Omit<C, keyof AboutAlert> & Pick<C, 'verb'> : never;

/** Carries a press on an alert out. Throws what the storage or `submit` threw. */
type AlertPress = (press: Press, parts: PressParts) => Promise<Reply>;

/** How long each choice of the menu silences, ms. */
const lengths: Readonly<Record<Exclude<Silence, 'release'>, number>> = {
  '30m': 1_800_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
};

/** The handlers of the alert buttons, by action id. One button may have two verbs: its value says which. */
export const runAlertPress: Readonly<Record<AlertAction, AlertPress>> = {
  'alert.acknowledge': bound('acknowledge', acknowledgeSchema, ({ f }) => ({
    verb: f === 'back' ? 'unacknowledge' : 'acknowledge',
  })),
  'alert.close': bound('close', plainSchema, () => ({ verb: 'close' })),
  'alert.silence': bound('silence', silenceSchema, ({ f, r = '' }) => {
    if (f === 'end') return { verb: 'unsilence' };
    return { verb: 'silence', ...(f === 'release' ? { release: r } : { forMs: lengths[f] }) };
  }),
};

/** Makes a handler that finds the group by channel and message, and refuses a value that disagrees. */
function bound<S extends z.ZodType<{ a: string }>>(
  verb: AlertCommand['verb'],
  schema: S,
  ask: (value: z.infer<S>) => Asked,
): AlertPress {
  return async (given, parts) => {
    const { actor, marks, button, message } = given;
    const { desk } = parts;
    const value = readJson(given.value, schema);
    // An ephemeral message never shows an alert.
    const shown = message === undefined ? null : await findShown(message, parts);
    const facts = { actor: actorId(actor), service: shown?.about?.service, button };
    const fits = value !== undefined && shown !== null && (await isCardOf(value.a, shown, parts));
    const of = fits ? value.a : ((shown?.service === alertCards ? shown.release : value?.a) ?? '');
    const press = { release: of, epoch: 0, button, ...(!fits && { elsewhere: true as const }) };
    const asked = fits ? ask(value) : { verb };
    const answer = await desk.submit({
      ...asked,
      service: alertCards,
      alert: of,
      actor,
      marks,
      press,
    } as AlertCommand);
    const code = answer.ok ? {} : { code: answer.refusal.code };
    desk.log.info({ ...facts, alert: of, ok: answer.ok, ...code }, 'A press was answered');
    if (!answer.ok && answer.refusal.code === 'stale-button' && !fits && answer.repeated !== true)
      return stale(answer.refusal, of, shown === null ? message : undefined, parts);
    if (!answer.ok) await redraw(shown, parts);
    return answerReply(answer, true);
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
  group: string,
  unknown: Press['message'],
  parts: PressParts,
): Promise<Reply> {
  const url = group === '' ? undefined : await linkOf(alertCards, group, parts);
  if (url !== undefined && unknown !== undefined)
    void replaceOrphan(unknown, { url, label: 'the alert' }, parts);
  const next = url === undefined ? refusal.next : line`Its message: ${{ url, label: 'the alert' }}.`;
  return { ...refusalReply({ ...refusal, next }), submitted: true };
}
