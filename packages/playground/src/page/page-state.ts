import { plain } from '../../../../src/release/line.ts';
import { subcommands } from '../../../../src/slack/subcommands/index.ts';
import { rolesIn } from '../people.ts';
import { channel, service } from '../playground.ts';
import type { Playground } from '../playground.ts';
import { FIXED } from '../../../slack-double/src/index.ts';
import type { JsonObject, Message } from '../../../slack-double/src/index.ts';
import { wordsOf } from '../../../slack-double/src/text.ts';
import type { Block, Json, PageMessage, PageView, Told } from './api.ts';

/** Most messages sent to the page: the newest. */
const mostMessages = 300;
/** Most entries of the history read for the log. */
const mostNoticed = 50;

/** The people and channels. Opens the direct conversations, so that they have names before the first message. */
export function workspaceOf({ workspace: { world } }: Playground): Told['workspace'] {
  const room = world.channel(channel);
  const people = [...world.users.values()].filter(({ id, isBot }) => room.members.has(id) && !isBot);
  for (const { id } of people) world.openIm(id);
  const named = <T>(all: ReadonlyMap<string, T>, name: (one: T) => string) =>
    Object.fromEntries([...all].map(([id, one]) => [id, name(one)]));
  return {
    bot: { id: FIXED.botUser, name: world.user(FIXED.botUser).name },
    people: people.map(({ id, name }) => ({ id, name, roles: rolesIn(world, id) })),
    names: {
      users: { ...named(world.users, ({ name }) => name), USLACKBOT: 'Slackbot' },
      groups: named(world.groups, ({ handle }) => handle),
      channels: named(world.channels, ({ name }) => name),
    },
    channel: room.id,
    service,
    commands: commands(),
  };
}

/** The commands of `/release`, and the verbs with a command of their own. */
function commands(): Told['workspace']['commands'] {
  const here = (text: string) => text.replaceAll('checkout', service);
  const all = subcommands.map(({ usage, summary, example }) => ({ usage, summary, example: here(example) }));
  const short = all.filter(({ usage }) => /^(stage|promote|revert) /.test(usage));
  return [...all.map((one) => prefixed('/release ', one)), ...short.map((one) => prefixed('/', one))];
}

/** A command's help. `usage` may hold several forms, each of which begins with `start`. */
function prefixed(start: string, { usage, summary, example }: Told['workspace']['commands'][number]) {
  const ways = usage.split(' | ').map((way) => `${start}${way}`);
  return { usage: ways.join(' | '), summary, example: `${start}${example}` };
}

const written = new WeakMap<Readonly<Message>, { version: string; json: string }>();

/** The newest messages as JSON; each is serialized only when it has changed. */
export function messagesJson({ workspace }: Pick<Playground, 'workspace'>): string {
  const all = workspace.messages().slice(-mostMessages);
  return `[${all.map(messageJson).join(',')}]`;
}

function messageJson(message: Readonly<Message>): string {
  const version = `${message.edits} ${message.threadTs}`;
  const known = written.get(message);
  if (known?.version === version) return known.json;
  const { channel: place, ts, threadTs, user, text, blocks = [], onlyFor, edits, broadcast } = message;
  const told: PageMessage = {
    channel: place,
    ts,
    ...(threadTs !== undefined && { threadTs }),
    user,
    text,
    blocks: blocks as Block[],
    ...(onlyFor !== undefined && { onlyFor }),
    edits,
    broadcast,
  };
  const json = JSON.stringify(told);
  written.set(message, { version, json });
  return json;
}

/** The top modal of each person. `errors`: the errors of the last submission, by the modal's id. */
export function viewsOf(
  { workspace }: Playground,
  errors: ReadonlyMap<string, PageView['errors']>,
): Told['views'] {
  return [...workspace.world.users.values()].flatMap(({ name }) => {
    const view = workspace.person(name).view();
    if (!view) return [];
    const { id, user, wire } = view;
    return [
      {
        id,
        user,
        title: wordsOf(wire, 'title') ?? '',
        submit: wordsOf(wire, 'submit') ?? null,
        close: wordsOf(wire, 'close') ?? 'Cancel',
        blocks: (wire['blocks'] ?? []) as JsonObject[] as Block[],
        errors: errors.get(id) ?? {},
      },
    ];
  });
}

/** The record with its related data; null before the bot has seen the service. */
export async function recordOf({ store }: Playground): Promise<Told['record']> {
  const { record, lease, pendingRevert } = await store.load(service);
  if (record === null) return null;
  return { record: record as Json, lease, pendingRevert: pendingRevert as Json };
}

/** What the bot noticed and did by itself, from its history. */
export async function noticedOf({ store }: Pick<Playground, 'store'>): Promise<Told['log']> {
  const entries = await store.history(service, mostNoticed);
  return (
    entries
      // The log has steps and refusals already.
      .filter(({ actor }) => actor.kind === 'system' && !['step', 'refusals'].includes(actor.rule))
      .map(({ at, text }) => ({ at, level: 'info' as const, text: `${service} · ${plain(text)}` }))
  );
}

/** The bot's log, together with what it noticed, and with names for ids. */
export function logOf(
  { workspace: { world }, bot }: Pick<Playground, 'workspace' | 'bot'>,
  noticed: Told['log'],
): Told['log'] {
  const named = (id: string): string => {
    const user = world.users.get(id);
    const room = world.channels.get(id);
    return user ? `@${user.name}` : room ? `#${room.name}`.replace('#@', '@') : id;
  };
  const lines = [...bot.log, ...noticed].toSorted((one, two) => one.at - two.at);
  return lines.map((line) => ({ ...line, text: line.text.replaceAll(/\b[CDU]0[A-Z0-9]+\b/g, named) }));
}

/** The present position of each lever. */
export function leversOf(
  { colors, database, router, bot, storage }: Playground,
  slack: Told['levers']['slack'],
): Told['levers'] {
  const of = ({ version, ailment }: Playground['colors']['blue']) => ({ version, ailment: ailment ?? null });
  return {
    colors: { blue: of(colors.blue), green: of(colors.green) },
    database: database.down ? 'down' : 'up',
    router: { live: router.live, unreachable: router.unreachable },
    slack,
    bot: bot.state,
    killInPromote: bot.killInPromote,
    storage,
  };
}
