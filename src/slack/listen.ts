import type { App } from '@slack/bolt';
import { z } from 'zod';
import type { Actor } from '../release/actor.ts';
import { line } from '../release/line.ts';
import { isCommand, press } from './buttons.ts';
import type { Press } from './buttons.ts';
import { admitted, knockOf } from './door.ts';
import type { Knock } from './door.ts';
import {
  acknowledged,
  actorOf,
  counted,
  drawAcknowledgement,
  earOf,
  marksOf,
  receivedAt,
  tellUnlessMany,
} from './ears.ts';
import type { Ears } from './ears.ts';
import { listenForForce } from './force.ts';
import { listenForMentions } from './mentions.ts';
import { tellOdd } from './odd-press.ts';
import { commandSchema, pressSchema, readJson, valueSchema } from './payloads.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { statusPage } from './subcommands/status-page.ts';
import { hear, talk } from './talk.ts';
import { takeTurn } from './turn.ts';
import type { Ear } from './whisper.ts';

/** Verbs that are slash commands of their own; any other command name takes the verb as its first word. */
const shortForms: ReadonlySet<string> = new Set(['stage', 'promote', 'revert']);

/** Registers everything that people can do. */
export function listen(app: App, ears: Ears): void {
  listenForCommands(app, ears);
  listenForPresses(app, ears);
  listenForForce(app, ears);
  listenForMentions(app, ears);
}

function listenForCommands(app: App, ears: Ears): void {
  // Before the listeners: of those Bolt runs each one's own checks for every request, which a read would feel.
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
    const ear: Ear = { user, channel, responseUrl: response_url };
    const heard = hear(text, given);
    const wanted = knockOf(heard);
    await takeTurn(
      {
        receivedAt: receivedAt(context, ears),
        reads: wanted.changes ? undefined : wanted.what,
        run: () =>
          counted(
            ears,
            admitted(ears, actor, wanted, () => talk({ read: heard, actor, marks }, ears.desk)),
          ),
        async answer(reply) {
          await ack(drawAcknowledgement(reply));
          acknowledged('command', context, ears);
        },
        later: (reply) => ears.whisper.privately(ear, reply),
      },
      ears,
    );
  });
}

function listenForPresses(app: App, ears: Ears): void {
  app.action(/^(?!release\.force$)/, async ({ body, ack, context }) => {
    const read = pressSchema.safeParse(body);
    const action = read.data?.actions[0];
    if (!read.success || action === undefined) {
      await ack();
      return tellOdd(body, ears);
    }
    const { value = action.selected_option?.value, action_id: button } = action;
    const ear = earOf(read.data);
    const actor = actorOf(read.data, ear.thread);
    const marks = marksOf(context, read.data.trigger_id);
    const { is_ephemeral: ephemeral, message_ts: ts } = read.data.container;
    const message =
      ephemeral || ear.channel === undefined || ts === undefined ? undefined : { channel: ear.channel, ts };
    // Presses in a modal, links, and whatever another version of the bot once drew: nothing is to be done.
    if (message === undefined && !ephemeral) {
      await ack();
      return ts === undefined ? undefined : tellOdd(body, ears);
    }
    const given: Press = { button, value, message, actor, marks };
    const other = Object.hasOwn(ears.presses ?? {}, button) ? ears.presses?.[button] : undefined;
    const paging = button === 'status.page';
    if (!paging && other === undefined && !isCommand(button)) return ack();
    const page = readJson(value, z.object({ p: z.int().min(0).max(100_000) }))?.p ?? 0;
    const knock: Knock = {
      what: button,
      service: readJson(value, valueSchema)?.s,
      serviceOf: async () =>
        message && (await ears.outbox.findMessage(message.channel, message.ts))?.about?.service,
      changes: !paging,
    };
    const run = (): Promise<Reply> => {
      if (paging) return statusPage(page, ears.desk);
      return (other ?? press)(given, { ...ears, identity: () => ears.identity.current() });
    };
    const told = (reply: Reply, options?: { replace: boolean }): Promise<void> =>
      tellUnlessMany(ears, ear.user, reply, (given) => ears.whisper.privately(ear, given, options));
    await takeTurn(
      {
        receivedAt: receivedAt(context, ears),
        reads: paging ? 'status' : undefined,
        run: () => counted(ears, admitted(ears, actor, knock, run)),
        async answer(reply) {
          await ack();
          acknowledged('press', context, ears);
          void told(reply, { replace: paging && reply.code === undefined });
        },
        later: (reply) => told(reply),
      },
      ears,
    );
  });
}
