import type { App } from '@slack/bolt';
import { line } from '../release/line.ts';
import type { FormAction } from './actions.ts';
import { runPress } from './run-press.ts';
import { tidyReason } from '../text/reason.ts';
import { acknowledged, handle } from './handle.ts';
import { carriedSchema, drawReasonModal, reasonForms, reasonInput } from './reason-modal.ts';
import { refusedEarly } from './workspace-check.ts';
import type { Wanted } from './workspace-check.ts';
import { actorOf, replyTargetOf, marksOf, receivedAt, tellUnlessMany } from './listener-context.ts';
import type { ListenerContext } from './listener-context.ts';
import { tellOdd } from './odd-press.ts';
import { pressSchema, readJson, submissionSchema, valueSchema } from './payloads.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';

/** Registers the buttons that open a modal, which asks for a reason. The submitted modal is a command with it. */
export function listenForForms(app: App, listener: ListenerContext): void {
  for (const form of Object.keys(reasonForms) as FormAction[]) listenForForm(app, listener, form);
}

function listenForForm(app: App, listener: ListenerContext, form: FormAction): void {
  const { verb, field, title, typed: usage } = reasonForms[form];
  app.action(form, async ({ body, ack, context }) => {
    await ack();
    acknowledged('press', receivedAt(context, listener), listener);
    const read = pressSchema.safeParse(body);
    if (!read.success) return tellOdd(body, listener);
    const { container, channel, trigger_id: trigger, actions } = read.data;
    const replyTarget = replyTargetOf(read.data);
    const value = readJson(actions[0]?.value, valueSchema);
    const stale = line`This button cannot be read; nothing was done.`;
    const next = line`Type ${{ code: `/release ${verb} <service> ${usage}` }} instead.`;
    if (value === undefined || trigger === undefined)
      return listener.respond.privately(
        replyTarget,
        refusalReply({ code: 'stale-button', why: stale, next }),
      );
    const wanted: Wanted = { what: form, service: value.s, changes: true };
    const refused = await refusedEarly(listener, actorOf(read.data, replyTarget.thread), wanted);
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(listener, replyTarget.user, reply, (given) =>
        listener.respond.privately(replyTarget, given),
      );
    if (refused !== undefined) return told(refused);
    const ts = container.is_ephemeral ? null : (container.message_ts ?? null);
    const view = drawReasonModal(form, {
      ...value,
      channel: channel?.id ?? null,
      ts,
      thread: replyTarget.thread ?? null,
      ...(ts === null && replyTarget.responseUrl !== undefined && { answers: replyTarget.responseUrl }),
    });
    try {
      // Comes before anything slow: a trigger lives for three seconds. The submitted modal checks what the button is
      // about.
      await listener.client.views.open({ trigger_id: trigger, view });
    } catch (cause) {
      listener.log.warn({ err: cause, service: value.s, title }, 'A form could not be opened');
      const typed = { code: `/release ${verb} ${value.s} ${usage}` };
      await listener.respond.privately(replyTarget, {
        lines: [line`${verb}: Slack did not open the form. Type ${typed} instead.`],
      });
    }
  });

  app.view(form, async ({ body, ack, context }) => {
    const read = submissionSchema.safeParse(body);
    const carried = readJson(read.data?.view.private_metadata, carriedSchema);
    if (!read.success || carried === undefined) {
      await ack();
      return tellOdd(body, listener);
    }
    const { view, user, trigger_id: trigger } = read.data;
    const reason = tidyReason(view.state.values[reasonInput]?.[reasonInput]?.value ?? '');
    const errors = { [reasonInput]: 'Give a reason. It is kept in the history.' };
    if (reason === '') return ack({ response_action: 'errors', errors });
    const { channel, ts, thread, answers, ...value } = carried;
    const place = channel === null ? undefined : { id: channel };
    const actor = actorOf({ ...read.data, channel: place }, thread ?? undefined);
    const marks = marksOf(context, trigger, `view:${view.id}`);
    const replyTarget = {
      user: user.id,
      channel: channel ?? undefined,
      thread: thread ?? undefined,
      responseUrl: answers,
    };
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(listener, replyTarget.user, reply, (one) =>
        listener.respond.privately(replyTarget, one, { replace: answers !== undefined }),
      );
    const given = {
      button: form,
      value: JSON.stringify(value),
      message: channel === null || ts === null ? undefined : { channel, ts },
      actor,
      marks,
      given: { [field]: reason },
    };
    await handle(
      {
        kind: 'submission',
        actor,
        wanted: { what: form, service: value.s, changes: true },
        receivedAt: receivedAt(context, listener),
        run: () => runPress(given, verb, { ...listener, identity: () => listener.identity.current() }),
        ack: { shows: false, send: () => ack() },
        tell: told,
      },
      listener,
    );
  });
}
