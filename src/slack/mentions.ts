import type { App } from '@slack/bolt';
import type { z } from 'zod';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Read } from './command.ts';
import { admissionOf, admitted, knockOf, turnedAway } from './door.ts';
import { acknowledged, counted, marksOf, receivedAt, tellUnlessMany } from './ears.ts';
import type { Ears } from './ears.ts';
import { beginWithMention, makeOnce, noAutomaton, staleness, wordsAfterMention } from './mention.ts';
import { mentionSchema } from './payloads.ts';
import { listedById, outsider } from './people.ts';
import type { Reply } from './reply.ts';
import { noTeam, unsaidTeam } from './standing.ts';
import type { SlackActor } from './standing.ts';
import { hear, talk } from './talk.ts';
import { takeTurn } from './turn.ts';

type Mention = z.infer<typeof mentionSchema>;

/** A hint is not repeated to the same person or workflow within this, ms. */
const hintedMs = 3_600_000;

/** `@switchback promote checkout`: the same words as after `/release`, answered in the thread of the message. */
export function listenForMentions(app: App, ears: Ears): void {
  const first = makeOnce(() => ears.clock.mono());
  const hinted = makeOnce(() => ears.clock.mono(), hintedMs);
  app.event('app_mention', async ({ body, context }) => {
    const read = mentionSchema.safeParse(body);
    if (!read.success) return ears.log.warn({}, 'A mention could not be read');
    const { event, event_id: id } = read.data;
    const { channel, ts } = event;
    const thread = event.thread_ts ?? ts;
    const actor = whoMentioned(event, thread, ears);
    if (actor === undefined)
      return ears.log.info({ channel }, 'A mention by nobody, or by this bot, was ignored');
    if (!first(id)) return ears.log.info({ channel }, 'A mention came again while it is being answered');
    const bot = botOf(read.data, ears);
    const words = wordsAfterMention(event.text, bot);
    const heard = hear(words ?? '');
    const wanted = knockOf(heard);
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(ears, actor.user, reply, (given) => ears.whisper.inThread(channel, thread, given));

    const stale = staleness(event, ears.clock.now());
    if (stale !== undefined || words === undefined) {
      const facts = { channel, ts, stale: stale !== undefined };
      ears.log.info(facts, 'A mention that is old, edited or inside a sentence runs nothing');
      acknowledged('mention', context, ears);
      const speaks = bot !== undefined && event.text.includes(`<@${bot}`);
      const hint =
        stale === undefined ? speaks && spoke(actor) : words?.trim() && outdated(event, heard, stale);
      if (!hint || actor.team === noTeam || !hinted(hint.once)) return;
      if ((await admissionOf(ears, actor, wanted)) !== 'yes') return;
      void ears.whisper.privately(
        { user: actor.user, channel, thread: event.thread_ts },
        { lines: [hint.words] },
      );
      return;
    }
    if (actor.team === noTeam && !listedById(actor.user, ears.lists())) {
      acknowledged('mention', context, ears);
      const reply = await turnedAway(ears, actor, wanted, noAutomaton(actor.user));
      // Two bots that answer each other would never stop.
      if (hinted(actor.user)) void told(reply);
      return;
    }
    // An edited message is the same command: its second mention has no second effect.
    const marks = marksOf(context, undefined, `event:${id}`, `message:${channel}:${ts}`);
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

/** The bot's user id, as far as it is known. */
function botOf({ authorizations, authed_users: authed }: Mention, { identity }: Ears): string | undefined {
  return identity.current()?.user ?? authorizations[0]?.user_id ?? authed[0];
}

/** A person, or a bot or workflow under the id by which it is listed; undefined: nobody, or this bot itself. */
function whoMentioned(event: Mention['event'], thread: string, ears: Ears): SlackActor | undefined {
  const { user, bot_id: bot, workflow_id: workflow, channel } = event;
  const own = ears.identity.current();
  if (own !== undefined && (user === own.user || (bot !== undefined && bot === own.bot))) return undefined;
  const ids = [bot, workflow, user].filter((id) => id !== undefined);
  const [id] = ids;
  if (id === undefined) return undefined;
  if (id !== user) return outsider(ids.find((one) => listedById(one, ears.lists())) ?? id, channel, thread);
  // The team of the envelope is that of the installation: it says nothing of who wrote.
  return { kind: 'slack', user, team: event.user_team ?? event.team ?? unsaidTeam, channel, thread };
}

interface Hint {
  /** Hints of one name are given once. */
  once: string;
  words: Line;
}

/** What somebody hears whose sentence speaks of the bot, and may have been meant as a command. */
const spoke = ({ user }: SlackActor): Hint => ({ once: `speaks ${user}`, words: beginWithMention });

/** What somebody hears who meant a command, in a message that runs nothing any more. */
function outdated({ channel, ts }: Mention['event'], heard: Read, stale: Line): Hint | undefined {
  if (!heard.ok) return undefined;
  const words = line`${heard.verb}: nothing was done. ${stale} Write it again in a new message.`;
  return { once: `${channel} ${ts}`, words };
}
