import type { Desk } from '../state.ts';
import { no } from '../state.ts';
import { FIXED } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { textAt } from '../json.ts';
import { readScope } from '../scopes.ts';
import type { Channel } from '../directory.ts';

/** One method of the Web API: arguments to answer. Never throws. */
export type Method = (desk: Desk, args: JsonObject) => JsonObject;

/** True when the token has this scope. */
export function granted(desk: Desk, scope: string): boolean {
  return desk.settings.scopes?.includes(scope) ?? true;
}

/** The refusal of a token that lacks `scope`. */
export function missingScope(desk: Desk, scope: string): JsonObject {
  return no('missing_scope', [], { needed: scope, provided: (desk.settings.scopes ?? []).join(',') });
}

/** The value that was looked for, or the refusal to answer with. */
export type Found<T> = { found: T; refusal?: undefined } | { found?: undefined; refusal: JsonObject };

/** The conversation in an argument, when the bot may know of it: private ones only as a member. */
export function visibleChannel(desk: Desk, args: JsonObject): Found<Channel> {
  const id = textAt(args, 'channel');
  const channel = id === undefined ? undefined : desk.world.channels.get(id);
  if (!channel || (channel.isPrivate && !channel.members.has(FIXED.botUser)))
    return { refusal: no('channel_not_found') };
  return { found: channel };
}

/** Like `visibleChannel`, when the token may also read this kind of conversation. */
export function readableChannel(desk: Desk, args: JsonObject): Found<Channel> {
  const seen = visibleChannel(desk, args);
  if (seen.refusal) return seen;
  const scope = readScope(seen.found);
  return granted(desk, scope) ? seen : { refusal: missingScope(desk, scope) };
}

/** Like `visibleChannel`, where the bot may write: a person's id opens the conversation with that person. */
export function writableChannel(desk: Desk, args: JsonObject): Found<Channel> {
  const id = textAt(args, 'channel') ?? '';
  const user = desk.world.users.get(id);
  if (user && !user.isBot && !user.deleted) return { found: desk.world.openIm(user.id) };
  const seen = visibleChannel(desk, args);
  if (seen.refusal) return seen;
  if (seen.found.isArchived) return { refusal: no('is_archived') };
  const open =
    seen.found.members.has(FIXED.botUser) || (desk.settings.scopes?.includes('chat:write.public') ?? false);
  return open ? seen : { refusal: no('not_in_channel') };
}
