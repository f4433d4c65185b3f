import type { App } from '@slack/bolt';
import { z } from 'zod';
import { actions, isAction, isAlertAction } from './actions.ts';
import { runAlertPress } from './run-alert-press.ts';
import { runPress } from './run-press.ts';
import type { Press } from './run-press.ts';
import { handle } from './handle.ts';
import { actorOf, marksOf, receivedAt, replyTargetOf, tellUnlessMany } from './listener-context.ts';
import type { ListenerContext } from './listener-context.ts';
import { tellOdd } from './odd-press.ts';
import { pressSchema, readJson, valueSchema } from './payloads.ts';
import { isForm, reasonForms } from './reason-modal.ts';
import type { Reply } from './reply.ts';
import { statusPage } from './subcommands/status-page.ts';
import type { Wanted } from './workspace-check.ts';

const forms = Object.keys(reasonForms).map((id) => id.replaceAll('.', '\\.'));
const notForms = new RegExp(`^(?!(?:${forms.join('|')})$)`);

/** Registers presses of buttons and choices in menus. Those that open a form: see `listen-forms.ts`. */
export function listenForPresses(app: App, listener: ListenerContext): void {
  app.action(notForms, async ({ body, ack, context }) => {
    const read = pressSchema.safeParse(body);
    const action = read.data?.actions[0];
    if (!read.success || action === undefined) {
      await ack();
      return tellOdd(body, listener);
    }
    const { value = action.selected_option?.value, action_id: button } = action;
    const target = replyTargetOf(read.data);
    const actor = actorOf(read.data, target.thread);
    const { is_ephemeral: ephemeral, message_ts: ts } = read.data.container;
    const message =
      ephemeral || target.channel === undefined || ts === undefined
        ? undefined
        : { channel: target.channel, ts };
    // Presses in a modal, on links, and on old buttons of other versions of the bot need no action.
    if (message === undefined && !ephemeral) {
      await ack();
      return ts === undefined ? undefined : tellOdd(body, listener);
    }
    const given: Press = { button, value, message, actor, marks: marksOf(context, read.data.trigger_id) };
    const run = runOf(given, listener);
    if (run === undefined) return ack();
    const paging = button === 'status.page';
    const wanted: Wanted = {
      what: button,
      service: readJson(value, valueSchema)?.s,
      serviceOf: async () =>
        message && (await listener.outbox.findMessage(message.channel, message.ts))?.about?.service,
      changes: !paging,
    };
    await handle(
      {
        kind: 'press',
        actor,
        wanted,
        receivedAt: receivedAt(context, listener),
        reads: paging ? 'status' : undefined,
        run,
        ack: { shows: false, send: () => ack() },
        tell: (reply, late) =>
          tellUnlessMany(listener, target.user, reply, (one) =>
            listener.respond.privately(target, one, {
              replace: paging && !late && reply.code === undefined,
            }),
          ),
      },
      listener,
    );
  });
}

/** What a press does; undefined: nothing, it is of another version of the bot. */
function runOf(given: Press, listener: ListenerContext): (() => Promise<Reply>) | undefined {
  const { button, value } = given;
  if (!isAction(button) || isForm(button)) return undefined;
  if (button === 'status.page') {
    const page = readJson(value, z.object({ p: z.int().min(0).max(100_000) }))?.p ?? 0;
    return () => statusPage(page, listener.desk);
  }
  const parts = { ...listener, identity: () => listener.identity.current() };
  if (isAlertAction(button)) return () => runAlertPress[button](given, parts);
  const verb = actions[button];
  return () => runPress(given, verb, parts);
}
