import type { App } from '@slack/bolt';
import { line } from '../release/line.ts';
import { press } from './buttons.ts';
import { tidyReason } from './command.ts';
import { carriedSchema, drawForceModal, forceModal, reasonInput } from './force-modal.ts';
import { admitted, refusedAtDoor } from './door.ts';
import type { Knock } from './door.ts';
import { acknowledged, actorOf, counted, earOf, marksOf, receivedAt, tellUnlessMany } from './ears.ts';
import type { Ears } from './ears.ts';
import { tellOdd } from './odd-press.ts';
import { pressSchema, readJson, submissionSchema, valueSchema } from './payloads.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { takeTurn } from './turn.ts';

/** *Force…* opens a modal, and the modal sent off is `revert --force <reason>`. */
export function listenForForce(app: App, ears: Ears): void {
  app.action('release.force', async ({ body, ack, context }) => {
    await ack();
    acknowledged('press', context, ears);
    const read = pressSchema.safeParse(body);
    if (!read.success) return tellOdd(body, ears);
    const { container, channel, trigger_id: trigger, actions } = read.data;
    const ear = earOf(read.data);
    const value = readJson(actions[0]?.value, valueSchema);
    const stale = line`This button cannot be read; nothing was reverted.`;
    const next = line`Type ${{ code: '/release revert <service> --force <reason>' }} instead.`;
    if (value === undefined || trigger === undefined)
      return ears.whisper.privately(ear, refusalReply({ code: 'stale-button', why: stale, next }));
    const knock: Knock = { what: 'release.force', service: value.s, changes: true };
    const refused = await refusedAtDoor(ears, actorOf(read.data, ear.thread), knock);
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(ears, ear.user, reply, (given) => ears.whisper.privately(ear, given));
    if (refused !== undefined) return told(refused);
    const ts = container.is_ephemeral ? null : (container.message_ts ?? null);
    const view = drawForceModal({
      ...value,
      channel: channel?.id ?? null,
      ts,
      thread: ear.thread ?? null,
      ...(ts === null && ear.responseUrl !== undefined && { answers: ear.responseUrl }),
    });
    try {
      // Before anything slow: a trigger lives for three seconds. What the button is about is checked when the modal comes back.
      await ears.client.views.open({ trigger_id: trigger, view });
    } catch (cause) {
      ears.log.warn({ err: cause, service: value.s }, 'The modal for a forced revert could not be opened');
      const typed = { code: `/release revert ${value.s} --force <reason>` };
      await ears.whisper.privately(ear, {
        lines: [line`revert: Slack did not open the form. Type ${typed} instead.`],
      });
    }
  });

  app.view(forceModal, async ({ body, ack, context }) => {
    const read = submissionSchema.safeParse(body);
    const carried = readJson(read.data?.view.private_metadata, carriedSchema);
    if (!read.success || carried === undefined) {
      await ack();
      return tellOdd(body, ears);
    }
    const { view, user, trigger_id: trigger } = read.data;
    const reason = tidyReason(view.state.values[reasonInput]?.[reasonInput]?.value ?? '');
    const errors = { [reasonInput]: 'Say why: it stands in the history.' };
    if (reason === '') return ack({ response_action: 'errors', errors });
    const { channel, ts, thread, answers, ...value } = carried;
    const place = channel === null ? undefined : { id: channel };
    const actor = actorOf({ ...read.data, channel: place }, thread ?? undefined);
    const marks = marksOf(context, trigger, `view:${view.id}`);
    const ear = {
      user: user.id,
      channel: channel ?? undefined,
      thread: thread ?? undefined,
      responseUrl: answers,
    };
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(ears, ear.user, reply, (one) =>
        ears.whisper.privately(ear, one, { replace: answers !== undefined }),
      );
    const given = {
      button: 'release.force',
      value: JSON.stringify(value),
      message: channel === null || ts === null ? undefined : { channel, ts },
      actor,
      marks,
      force: reason,
    };
    await takeTurn(
      {
        receivedAt: receivedAt(context, ears),
        run: () =>
          counted(
            ears,
            admitted(ears, actor, { what: 'release.force', service: value.s, changes: true }, () =>
              press(given, { ...ears, identity: () => ears.identity.current() }),
            ),
          ),
        async answer(reply) {
          await ack();
          acknowledged('submission', context, ears);
          void told(reply);
        },
        later: told,
      },
      ears,
    );
  });
}
