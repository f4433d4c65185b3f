import type { Ids } from './ids.ts';
import { FIXED } from './ids.ts';
import type { JsonObject } from './json.ts';
import { isObject, textAt } from './json.ts';
import type { Mention } from './text.ts';
import { mentionsOf } from './text.ts';

/** One message as a person sees it. Tests get copies, which do not follow later edits. */
export interface Message {
  channel: string;
  ts: string;
  user: string;
  text: string;
  blocks?: JsonObject[];
  /** The parent, for a reply; the parent's own ts once it has replies. */
  threadTs?: string;
  /** True for a reply that the channel shows too. */
  broadcast: boolean;
  /** The only reader: set for an ephemeral message. */
  onlyFor?: string;
  /** The number of edits. */
  edits: number;
  /** Set when Slack shows "(edited)": changed by text without blocks. */
  edited?: { user: string; ts: string };
  metadata?: JsonObject;
  /** The mentions that Slack notified at the posting. An edit notifies nobody. */
  notified: Mention[];
}

/** The fields of a new message. */
export type Draft = Pick<Message, 'channel' | 'user' | 'text'> &
  Partial<Pick<Message, 'blocks' | 'threadTs' | 'broadcast' | 'onlyFor' | 'metadata'>>;

/** All messages of the workspace, oldest first; the oldest are dropped above `MOST`. */
export interface Messages {
  post(draft: Draft): Message;
  edit(
    message: Message,
    change: { text?: string; blocks?: JsonObject[]; metadata?: JsonObject; editor: string },
  ): void;
  remove(message: Message): void;
  find(channel: string, ts: string): Message | undefined;
  all(): readonly Message[];
}

const MOST = 20_000;

/** Blocks as Slack stores them: every block has an id, and text objects have their implied fields. */
export function stored(blocks: JsonObject[], ids: Ids): JsonObject[] {
  const filled = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(filled);
    if (!isObject(value)) return value;
    const inner = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item)]));
    if (value['type'] === 'plain_text') return { emoji: true, ...inner };
    return value['type'] === 'mrkdwn' ? { verbatim: false, ...inner } : inner;
  };
  return blocks.map((block) => {
    const copy = filled(block) as JsonObject;
    return { ...copy, block_id: textAt(block, 'block_id') || ids.next('b') };
  });
}

/** Makes an empty store. `changed` is called after every change. */
export function makeMessages(ids: Ids, changed: () => void): Messages {
  const list: Message[] = [];
  const find = (channel: string, ts: string) =>
    list.find((message) => message.channel === channel && message.ts === ts);
  return {
    post(draft) {
      const parent = draft.threadTs === undefined ? undefined : find(draft.channel, draft.threadTs);
      const message: Message = {
        ...draft,
        ts: ids.ts(),
        broadcast: draft.broadcast ?? false,
        edits: 0,
        notified: [],
      };
      if (parent) message.threadTs = parent.threadTs ?? parent.ts;
      if (parent && !parent.threadTs && draft.onlyFor === undefined) parent.threadTs = parent.ts;
      if (draft.blocks) message.blocks = stored(draft.blocks, ids);
      message.notified = mentionsOf(message);
      list.push(message);
      if (list.length > MOST) list.shift();
      changed();
      return message;
    },
    edit(message, { text, blocks, metadata, editor }) {
      message.edits += 1;
      if (text !== undefined) message.text = text;
      if (metadata) message.metadata = metadata;
      if (blocks && blocks.length > 0) message.blocks = stored(blocks, ids);
      else if (blocks || text !== undefined) {
        delete message.blocks;
        message.edited = { user: editor, ts: ids.ts() };
      }
      changed();
    },
    remove(message) {
      const at = list.indexOf(message);
      if (at >= 0) list.splice(at, 1);
      changed();
    },
    find,
    all: () => list,
  };
}

/** The message in payloads and in answers of the Web API. */
export function onTheWire(message: Message, all: readonly Message[]): JsonObject {
  const isBot = message.user === FIXED.botUser;
  const wire: JsonObject = {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: FIXED.team,
  };
  if (isBot) Object.assign(wire, { bot_id: FIXED.bot, app_id: FIXED.app, bot_profile: botProfile() });
  if (message.blocks) wire['blocks'] = structuredClone(message.blocks);
  if (message.metadata) wire['metadata'] = structuredClone(message.metadata);
  if (message.edited) wire['edited'] = { ...message.edited };
  if (message.broadcast) wire['subtype'] = 'thread_broadcast';
  if (message.threadTs === undefined) return wire;
  wire['thread_ts'] = message.threadTs;
  if (message.threadTs !== message.ts)
    wire['parent_user_id'] = all.find((one) => one.ts === message.threadTs)?.user ?? message.user;
  else
    wire['reply_count'] = all.filter(
      (one) => one.threadTs === message.ts && one !== message && !one.onlyFor,
    ).length;
  return wire;
}

function botProfile(): JsonObject {
  return {
    id: FIXED.bot,
    deleted: false,
    name: 'switchback',
    updated: 0,
    app_id: FIXED.app,
    icons: {},
    team_id: FIXED.team,
  };
}
