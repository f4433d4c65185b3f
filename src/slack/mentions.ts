import type { App } from '@slack/bolt';
import { line } from '../release/line.ts';
import { admissionOf, admitted, knockOf } from './door.ts';
import { acknowledged, counted, marksOf, receivedAt, tellUnlessMany } from './ears.ts';
import type { Ears } from './ears.ts';
import { beginWithMention, makeOnce, staleness, wordsAfterMention } from './mention.ts';
import { mentionSchema } from './payloads.ts';
import { listedById, outsider } from './people.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { unsaidTeam } from './standing.ts';
import { hear, talk } from './talk.ts';
import { takeTurn } from './turn.ts';
import type { Actor } from '../release/actor.ts';

/** `@switchback promote checkout`: the same words as after `/release`, answered in the thread of the message. */
export function listenForMentions(app: App, ears: Ears): void {
  const first = makeOnce(() => ears.clock.mono());
  const hinted = makeOnce(() => ears.clock.mono());
  app.event('app_mention', async ({ body, context }) => {
    const read = mentionSchema.safeParse(body);
    if (!read.success) return ears.log.warn({}, 'A mention could not be read');
    const { event, event_id: id, authorizations } = read.data;
    const { user, channel, ts } = event;
    const thread = event.thread_ts ?? ts;
    const isBot = event.bot_id !== undefined;
    // Two bots that answer each other would never stop.
    if (user === undefined || (isBot && !listedById(user, ears.lists())))
      return ears.log.info({ channel }, 'A mention by a bot was ignored');
    if (!first(id)) return ears.log.info({ channel }, 'A mention came again while it is being answered');
    const actor: Actor = isBot
      ? outsider(user, channel, thread)
      : // The team of the envelope is that of the installation: it says nothing of who wrote.
        { kind: 'slack', user, team: event.user_team ?? event.team ?? unsaidTeam, channel, thread };
    // An edited message is the same command: its second mention has no second effect.
    const marks = marksOf(context, undefined, `event:${id}`, `message:${channel}:${ts}`);
    const bot = ears.identity.current()?.user ?? authorizations[0]?.user_id ?? '';
    const words = wordsAfterMention(event.text, bot);
    const heard = hear(words ?? '');
    const wanted = knockOf(heard);
    const stale = staleness(event, ears.clock.now());
    if (stale !== undefined) {
      ears.log.info({ channel, ts }, 'A mention in a message that was edited, or is old, runs nothing');
      acknowledged('mention', context, ears);
      // Only a person who meant a command, and may be answered, gets the hint.
      if (isBot || words === undefined || words.trim() === '' || !heard.ok) return;
      if (!hinted(`${channel} ${ts}`) || (await admissionOf(ears, actor, wanted)) !== 'yes') return;
      const hint = [line`${heard.verb}: nothing was done. ${stale} Write it again in a new message.`];
      void ears.whisper.privately({ user, channel, thread: event.thread_ts }, { lines: hint });
      return;
    }
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(ears, user, reply, (given) => ears.whisper.inThread(channel, thread, given));
    await takeTurn(
      {
        receivedAt: receivedAt(context, ears),
        reads: wanted.changes ? undefined : wanted.what,
        run: () =>
          counted(
            ears,
            admitted(ears, actor, wanted, () =>
              words === undefined
                ? Promise.resolve(refusalReply({ code: 'bad-arguments', ...beginWithMention }))
                : talk({ read: heard, actor, marks }, ears.desk),
            ),
          ),
        async answer(reply) {
          acknowledged('mention', context, ears);
          // Not waited for: Slack gets its acknowledgement when the command is stored, not when the answer is posted.
          void told(reply);
        },
        later: told,
      },
      ears,
    );
  });
}
