import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { Actor } from '../release/actor.ts';
import { line } from '../release/line.ts';
import { descriptions } from '../release/verbs/index.ts';
import { isCommand, press } from './buttons.ts';
import type { Press } from './buttons.ts';
import { ifAllowed, intentOf } from './workspace-check.ts';
import type { Intent } from './workspace-check.ts';
import {
  acknowledged,
  actorOf,
  countRefusal,
  drawAcknowledgement,
  replyTargetOf,
  marksOf,
  receivedAt,
  tellUnlessMany,
} from './listener-context.ts';
import type { ListenerContext } from './listener-context.ts';
import { listenForForce } from './force.ts';
import { listenForMentions } from './mentions.ts';
import { tellOdd } from './odd-press.ts';
import { commandSchema, pressSchema, readJson, valueSchema } from './payloads.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { statusPage } from './subcommands/status-page.ts';
import { parseCommand, runCommand } from './run-command.ts';
import { answerInTime } from './ack-deadline.ts';
import type { ReplyTarget } from './respond.ts';

/** Verbs with a slash command of their own; any other command name takes the verb as its first word. */
const shortForms: ReadonlySet<string> = new Set(
  descriptions.flatMap(({ name, short }) => (short === true ? [name] : [])),
);

/** Registers all listeners for what people can do. */
export function listen(app: App, listener: ListenerContext): void {
  listenForCommands(app, listener);
  listenForPresses(app, listener);
  listenForForce(app, listener);
  listenForMentions(app, listener);
}

function listenForCommands(app: App, listener: ListenerContext): void {
  // Runs before the listeners: Bolt runs each one's own checks for every request, which would slow down a read.
  app.use(async (args) => {
    if (!('command' in args)) return args.next();
    const { body, ack, context } = args;
    const read = commandSchema.safeParse(body);
    if (!read.success)
      return ack(
        drawAcknowledgement(
          refusalReply({
            code: 'bad-arguments',
            why: line`Slack sent a command that cannot be read; nothing was done.`,
            next: line`Type it again.`,
          }),
        ),
      );
    const {
      command,
      text,
      user_id: user,
      team_id: team,
      channel_id: channel,
      trigger_id: trigger,
      response_url,
    } = read.data;
    const name = command.replace(/^\//, '').toLowerCase();
    const given = shortForms.has(name) ? name : undefined;
    const actor: Actor = { kind: 'slack', user, team, channel };
    const marks = marksOf(context, trigger);
    const replyTarget: ReplyTarget = { user, channel, responseUrl: response_url };
    const heard = parseCommand(text, given);
    const wanted = intentOf(heard);
    await answerInTime(
      {
        receivedAt: receivedAt(context, listener),
        reads: wanted.changes ? undefined : wanted.what,
        run: () =>
          countRefusal(
            listener,
            ifAllowed(listener, actor, wanted, () =>
              runCommand({ read: heard, actor, marks }, listener.desk),
            ),
          ),
        async answer(reply) {
          await ack(drawAcknowledgement(reply));
          acknowledged('command', context, listener);
        },
        later: (reply) => listener.respond.privately(replyTarget, reply),
      },
      listener,
    );
  });
}

function listenForPresses(app: App, listener: ListenerContext): void {
  app.action(/^(?!release\.force$)/, async ({ body, ack, context }) => {
    const read = pressSchema.safeParse(body);
    const action = read.data?.actions[0];
    if (!read.success || action === undefined) {
      await ack();
      return tellOdd(body, listener);
    }
    const { value = action.selected_option?.value, action_id: button } = action;
    const replyTarget = replyTargetOf(read.data);
    const actor = actorOf(read.data, replyTarget.thread);
    const marks = marksOf(context, read.data.trigger_id);
    const { is_ephemeral: ephemeral, message_ts: ts } = read.data.container;
    const message =
      ephemeral || replyTarget.channel === undefined || ts === undefined
        ? undefined
        : { channel: replyTarget.channel, ts };
    // Presses in a modal, on links, and on old buttons of other versions of the bot need no action.
    if (message === undefined && !ephemeral) {
      await ack();
      return ts === undefined ? undefined : tellOdd(body, listener);
    }
    const given: Press = { button, value, message, actor, marks };
    const other = Object.hasOwn(listener.presses ?? {}, button) ? listener.presses?.[button] : undefined;
    const paging = button === 'status.page';
    if (!paging && other === undefined && !isCommand(button)) return ack();
    const page = readJson(value, z.object({ p: z.int().min(0).max(100_000) }))?.p ?? 0;
    const intent: Intent = {
      what: button,
      service: readJson(value, valueSchema)?.s,
      serviceOf: async () =>
        message && (await listener.outbox.findMessage(message.channel, message.ts))?.about?.service,
      changes: !paging,
    };
    const run = (): Promise<Reply> => {
      if (paging) return statusPage(page, listener.desk);
      return (other ?? press)(given, { ...listener, identity: () => listener.identity.current() });
    };
    const told = (reply: Reply, options?: { replace: boolean }): Promise<void> =>
      tellUnlessMany(listener, replyTarget.user, reply, (given) =>
        listener.respond.privately(replyTarget, given, options),
      );
    await answerInTime(
      {
        receivedAt: receivedAt(context, listener),
        reads: paging ? 'status' : undefined,
        run: () => countRefusal(listener, ifAllowed(listener, actor, intent, run)),
        async answer(reply) {
          await ack();
          acknowledged('press', context, listener);
          void told(reply, { replace: paging && reply.code === undefined });
        },
        later: (reply) => told(reply),
      },
      listener,
    );
  });
}
