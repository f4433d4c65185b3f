import type { App } from '@slack/bolt';
import type { z } from 'zod';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Read } from './parse-command.ts';
import { admissionOf, wantedOf, refuseOutsider } from './workspace-check.ts';
import { acknowledged, handle } from './handle.ts';
import { marksOf, receivedAt, tellUnlessMany } from './listener-context.ts';
import type { ListenerContext } from './listener-context.ts';
import { beginWithMention, makeOnce, noAutomaton, staleness, wordsAfterMention } from './mention-text.ts';
import { mentionSchema } from './payloads.ts';
import { listedById, outsider } from './people.ts';
import type { Reply } from './reply.ts';
import { noTeam, unsaidTeam } from './membership.ts';
import type { SlackActor } from './membership.ts';
import { parseCommand, runCommand } from './run-command.ts';

type Mention = z.infer<typeof mentionSchema>;

/** How long a hint is not repeated to the same person or workflow, in ms. */
const hintedMs = 3_600_000;

/**
 * Registers mentions: `@switchback promote checkout` takes the same words as `/release`, and is answered in the
 * message's thread.
 */
export function listenForMentions(app: App, listener: ListenerContext): void {
  const first = makeOnce(() => listener.clock.mono());
  const hinted = makeOnce(() => listener.clock.mono(), hintedMs);
  app.event('app_mention', async ({ body, context }) => {
    const read = mentionSchema.safeParse(body);
    if (!read.success) return listener.log.warn({}, 'A mention could not be read');
    const { event, event_id: id } = read.data;
    const { channel, ts } = event;
    const thread = event.thread_ts ?? ts;
    const actor = whoMentioned(event, thread, listener);
    if (actor === undefined)
      return listener.log.info({ channel }, 'A mention without an author, or by this bot, was ignored');
    if (!first(id)) return listener.log.info({ channel }, 'A mention came again while it is being answered');
    const bot = botOf(read.data, listener);
    const words = wordsAfterMention(event.text, bot);
    const heard = parseCommand(words ?? '');
    const wanted = wantedOf(heard);
    const told = (reply: Reply): Promise<void> =>
      tellUnlessMany(listener, actor.user, reply, (given) =>
        listener.respond.inThread(channel, thread, given),
      );

    const stale = staleness(event, listener.clock.now());
    if (stale !== undefined || words === undefined) {
      const facts = { channel, ts, stale: stale !== undefined };
      listener.log.info(facts, 'A mention was not run: it is old, edited or inside a sentence');
      acknowledged('mention', receivedAt(context, listener), listener);
      const speaks = bot !== undefined && event.text.includes(`<@${bot}`);
      const hint =
        stale === undefined ? speaks && spoke(actor) : words?.trim() && outdated(event, heard, stale);
      if (!hint || actor.team === noTeam || !hinted(hint.once)) return;
      if ((await admissionOf(listener, actor, wanted)) !== 'yes') return;
      void listener.respond.privately(
        { user: actor.user, channel, thread: event.thread_ts },
        { lines: [hint.words] },
      );
      return;
    }
    if (actor.team === noTeam && !listedById(actor.user, listener.lists())) {
      acknowledged('mention', receivedAt(context, listener), listener);
      const reply = await refuseOutsider(listener, actor, wanted, noAutomaton(actor.user));
      // Two bots that answer each other would never stop.
      if (hinted(actor.user)) void told(reply);
      return;
    }
    // An edited message is the same command: its second mention has no effect.
    const marks = marksOf(context, undefined, `event:${id}`, `message:${channel}:${ts}`);
    await handle(
      {
        kind: 'mention',
        actor,
        wanted,
        receivedAt: receivedAt(context, listener),
        reads: wanted.changes ? undefined : wanted.what,
        run: () => runCommand({ read: heard, actor, marks }, listener.desk),
        // Bolt acknowledges an event by itself.
        ack: { shows: false, send: () => Promise.resolve() },
        tell: told,
      },
      listener,
    );
  });
}

/** The bot's user id, as far as it is known. */
function botOf(
  { authorizations, authed_users: authed }: Mention,
  { identity }: ListenerContext,
): string | undefined {
  return identity.current()?.user ?? authorizations[0]?.user_id ?? authed[0];
}

/** The sender: a person, or a bot or workflow by its listed id; undefined: unknown, or this bot itself. */
function whoMentioned(
  event: Mention['event'],
  thread: string,
  listener: ListenerContext,
): SlackActor | undefined {
  const { user, bot_id: bot, workflow_id: workflow, channel } = event;
  const own = listener.identity.current();
  if (own !== undefined && (user === own.user || (bot !== undefined && bot === own.bot))) return undefined;
  const ids = [bot, workflow, user].filter((id) => id !== undefined);
  const [id] = ids;
  if (id === undefined) return undefined;
  if (id !== user)
    return outsider(ids.find((one) => listedById(one, listener.lists())) ?? id, channel, thread);
  // The envelope's team is that of the installation, and says nothing about the writer.
  return { kind: 'slack', user, team: event.user_team ?? event.team ?? unsaidTeam, channel, thread };
}

interface Hint {
  /** The key of a hint; each is given once. */
  once: string;
  words: Line;
}

/** The hint for a person whose sentence mentions the bot and may have been meant as a command. */
const spoke = ({ user }: SlackActor): Hint => ({ once: `speaks ${user}`, words: beginWithMention });

/** The hint for a command in a message that is too old or was edited. */
function outdated({ channel, ts }: Mention['event'], heard: Read, stale: Line): Hint | undefined {
  if (!heard.ok) return undefined;
  const words = line`${heard.verb}: nothing was done. ${stale} Write it again in a new message.`;
  return { once: `${channel} ${ts}`, words };
}
