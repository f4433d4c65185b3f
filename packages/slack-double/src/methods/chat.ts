import { noteHouseRules, readContent } from '../content.ts';
import type { Desk } from '../state.ts';
import { no, yes } from '../state.ts';
import { FIXED } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { flagAt, isObject, objectAt, textAt } from '../json.ts';
import { LIMITS } from '../limits.ts';
import type { Draft, Message } from '../messages.ts';
import { onTheWire } from '../messages.ts';
import type { Found, Method } from './method.ts';
import { visibleChannel, writableChannel } from './method.ts';

function threadOf(desk: Desk, channel: string, args: JsonObject): Found<string | undefined> {
  const ts = textAt(args, 'thread_ts');
  if (ts === undefined || ts === '') return { found: undefined };
  if (!/^\d+\.\d{6}$/.test(ts)) return { refusal: no('invalid_thread_ts') };
  const parent = desk.messages.find(channel, ts);
  if (!parent || parent.onlyFor !== undefined) return { refusal: no('thread_not_found') };
  return { found: parent.threadTs ?? parent.ts };
}

function draftFrom(
  desk: Desk,
  args: JsonObject,
  channel: string,
  threadTs: string | undefined,
): Found<Draft> {
  const content = readContent(desk, args, LIMITS.postText);
  if ('error' in content) return { refusal: no(content.error, content.messages) };
  const blocks = content.blocks?.length ? { blocks: content.blocks } : {};
  const thread = threadTs === undefined ? {} : { threadTs };
  return { found: { channel, user: FIXED.botUser, text: content.text ?? '', ...blocks, ...thread } };
}

function houseRulesOf(desk: Desk, method: string, draft: Draft, args: JsonObject): void {
  noteHouseRules(desk, method, { text: draft.text, blocks: draft.blocks }, args);
}

/** `chat.postMessage`: in a channel, a thread, or to a person. */
export const postMessage: Method = (desk, args) => {
  const where = writableChannel(desk, args);
  if (where.refusal) return where.refusal;
  const thread = threadOf(desk, where.found.id, args);
  if (thread.refusal) return thread.refusal;
  const draft = draftFrom(desk, args, where.found.id, thread.found);
  if (draft.refusal) return draft.refusal;
  const metadata = objectAt(args, 'metadata');
  if (metadata && !(textAt(metadata, 'event_type') && isObject(metadata['event_payload'])))
    return no('invalid_metadata_format');
  houseRulesOf(desk, 'chat.postMessage', draft.found, args);
  const broadcast = thread.found !== undefined && flagAt(args, 'reply_broadcast');
  const message = desk.messages.post({ ...draft.found, broadcast, ...(metadata ? { metadata } : {}) });
  return yes({ channel: message.channel, ts: message.ts, message: onTheWire(message, desk.messages.all()) });
};

/** `chat.postEphemeral`: to one member of the channel. Not stored: the person may have closed the window. */
export const postEphemeral: Method = (desk, args) => {
  const where = writableChannel(desk, args);
  if (where.refusal) return where.refusal;
  const user = textAt(args, 'user') ?? '';
  if (!desk.world.users.has(user)) return no('user_not_in_channel');
  if (!where.found.members.has(user)) return no('user_not_in_channel');
  const thread = threadOf(desk, where.found.id, args);
  if (thread.refusal) return thread.refusal;
  const draft = draftFrom(desk, args, where.found.id, thread.found);
  if (draft.refusal) return draft.refusal;
  houseRulesOf(desk, 'chat.postEphemeral', draft.found, args);
  return yes({ message_ts: desk.messages.post({ ...draft.found, onlyFor: user }).ts });
};

function ownMessage(desk: Desk, args: JsonObject, refusedAs: string): Found<Message> {
  const where = visibleChannel(desk, args);
  if (where.refusal) return where;
  const message = desk.messages.find(where.found.id, textAt(args, 'ts') ?? '');
  if (!message || message.onlyFor !== undefined) return { refusal: no('message_not_found') };
  if (message.user !== FIXED.botUser) return { refusal: no(refusedAs) };
  if (where.found.isArchived) return { refusal: no('is_archived') };
  return { found: message };
}

/** `chat.update`: text without blocks removes the blocks; neither may be missing; nobody is notified. */
export const update: Method = (desk, args) => {
  const own = ownMessage(desk, args, 'cant_update_message');
  if (own.refusal) return own.refusal;
  const content = readContent(desk, args, LIMITS.updateText);
  if ('error' in content) return no(content.error, content.messages);
  noteHouseRules(desk, 'chat.update', content, args);
  const metadata = objectAt(args, 'metadata');
  desk.messages.edit(own.found, {
    ...(content.text === undefined ? {} : { text: content.text }),
    ...(content.blocks ? { blocks: content.blocks } : {}),
    ...(metadata ? { metadata } : {}),
    editor: FIXED.botUser,
  });
  const { channel, ts, text } = own.found;
  return yes({ channel, ts, text, message: onTheWire(own.found, desk.messages.all()) });
};

/** `chat.delete`: the bot's own messages only. */
export const remove: Method = (desk, args) => {
  const own = ownMessage(desk, args, 'cant_delete_message');
  if (own.refusal) return own.refusal;
  desk.messages.remove(own.found);
  return yes({ channel: own.found.channel, ts: own.found.ts });
};

/** `chat.getPermalink` of any message that the bot may see. */
export const getPermalink: Method = (desk, args) => {
  const where = visibleChannel(desk, args);
  if (where.refusal) return where.refusal;
  const message = desk.messages.find(where.found.id, textAt(args, 'message_ts') ?? '');
  if (!message || message.onlyFor !== undefined) return no('message_not_found');
  const thread =
    message.threadTs !== undefined && message.threadTs !== message.ts
      ? `?thread_ts=${message.threadTs}&cid=${message.channel}`
      : '';
  const permalink = `https://${FIXED.domain}.slack.com/archives/${message.channel}/p${message.ts.replace('.', '')}${thread}`;
  return yes({ channel: message.channel, permalink });
};
