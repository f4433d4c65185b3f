import type { Desk } from './state.ts';
import { FIXED } from './ids.ts';
import type { Json, JsonObject } from './json.ts';
import type { Message } from './messages.ts';
import { onTheWire } from './messages.ts';
import type { View } from './views.ts';
import type { Channel, User } from './directory.ts';

/** The legacy token that Slack still sends with the signature. */
const TOKEN = 'verification-token';

const organization = ({ world }: Desk): JsonObject =>
  world.enterprise === undefined
    ? {}
    : { enterprise_id: world.enterprise, enterprise_name: 'Playground Org' };
const person = (user: User): JsonObject => ({
  id: user.id,
  username: user.name,
  name: user.name,
  team_id: user.gridTeam ?? user.teamId,
});
const channelName = (channel: Channel) =>
  channel.im !== undefined ? 'directmessage' : channel.isPrivate ? 'privategroup' : channel.name;

/** A slash command as Slack posts it, key by key. */
export function commandPayload(
  desk: Desk,
  user: User,
  channel: Channel,
  command: string,
  text: string,
): JsonObject {
  return {
    token: TOKEN,
    team_id: user.teamId,
    team_domain: user.teamId === FIXED.team ? FIXED.domain : 'other',
    ...organization(desk),
    channel_id: channel.id,
    channel_name: channelName(channel),
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: FIXED.app,
    is_enterprise_install: 'false',
    response_url: desk.origin() + desk.hooks.issue('commands', { user: user.id, channel: channel.id }),
    trigger_id: desk.triggers.issue(user.id),
  };
}

function interaction(desk: Desk, type: string, user: User): JsonObject {
  const { enterprise } = desk.world;
  return {
    type,
    user: person(user),
    api_app_id: FIXED.app,
    token: TOKEN,
    team: { id: FIXED.team, domain: FIXED.domain, ...organization(desk) },
    enterprise: enterprise === undefined ? null : { id: enterprise, name: 'Playground Org' },
    is_enterprise_install: false,
  };
}

/** A press on a message as Slack posts it. `message`: what the person saw; the payload omits an ephemeral one. */
export function pressPayload(desk: Desk, user: User, message: Message, action: JsonObject): JsonObject {
  const channel = desk.world.channel(message.channel);
  const stored = desk.messages.find(message.channel, message.ts);
  const ephemeral = message.onlyFor !== undefined;
  const thread: JsonObject = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  const container = {
    type: 'message',
    message_ts: message.ts,
    channel_id: channel.id,
    is_ephemeral: ephemeral,
    ...thread,
  };
  const hook = { user: user.id, channel: channel.id, ...(stored ? { source: stored } : {}) };
  return {
    ...interaction(desk, 'block_actions', user),
    container,
    trigger_id: desk.triggers.issue(user.id),
    channel: { id: channel.id, name: channelName(channel) },
    ...(ephemeral ? {} : { message: onTheWire(message, desk.messages.all()) }),
    state: { values: {} },
    response_url: desk.origin() + desk.hooks.issue('actions', hook),
    actions: [{ ...action, action_ts: desk.ids.ts() }],
  };
}

/** A press inside a modal. */
export function modalPressPayload(desk: Desk, user: User, view: View, action: JsonObject): JsonObject {
  return {
    ...interaction(desk, 'block_actions', user),
    container: { type: 'view', view_id: view.id },
    trigger_id: desk.triggers.issue(user.id),
    view: structuredClone(view.wire),
    actions: [{ ...action, action_ts: desk.ids.ts() }],
  };
}

/** A submitted modal, with its input: block id, action id, state of the element. */
export function submissionPayload(desk: Desk, user: User, view: View, values: JsonObject): JsonObject {
  const filled = { ...structuredClone(view.wire), state: { values } };
  return {
    ...interaction(desk, 'view_submission', user),
    trigger_id: desk.triggers.issue(user.id),
    view: filled,
    response_urls: [],
  };
}

/** A modal closed by its ✕ or its close button. */
export function closedPayload(desk: Desk, user: User, view: View): JsonObject {
  return { ...interaction(desk, 'view_closed', user), view: structuredClone(view.wire), is_cleared: false };
}

/** An event in the envelope that carries all events. */
export function eventPayload(desk: Desk, event: JsonObject): JsonObject {
  const authorization: Json = {
    enterprise_id: desk.world.enterprise ?? null,
    team_id: FIXED.team,
    user_id: FIXED.botUser,
    is_bot: true,
    is_enterprise_install: false,
  };
  return {
    token: TOKEN,
    team_id: FIXED.team,
    context_team_id: FIXED.team,
    context_enterprise_id: desk.world.enterprise ?? null,
    api_app_id: FIXED.app,
    event,
    type: 'event_callback',
    event_id: desk.ids.next('Ev0'),
    event_time: Math.floor(Date.now() / 1000),
    authed_users: [FIXED.botUser],
    authorizations: [authorization],
    is_ext_shared_channel: false,
    event_context: desk.ids.secret(),
  };
}

/** The event of a mention of the bot. One with a file names no team. */
export function mentionEvent(message: Message, user: User, { file = false } = {}): JsonObject {
  const element: Json[] = [{ type: 'text', text: message.text }];
  const rich = {
    type: 'rich_text',
    block_id: 'rt1',
    elements: [{ type: 'rich_text_section', elements: element }],
  };
  return {
    type: 'app_mention',
    user: user.id,
    ts: message.ts,
    client_msg_id: `00000000-0000-4000-8000-${message.ts.replace('.', '').slice(-12)}`,
    text: message.text,
    ...(file ? { files: [{ id: 'F0GRAPH', name: 'graph.png' }], upload: false } : { team: user.teamId }),
    ...(user.gridTeam !== undefined && !file ? { user_team: user.gridTeam, source_team: user.gridTeam } : {}),
    blocks: [rich],
    ...(message.threadTs === undefined || message.threadTs === message.ts
      ? {}
      : { thread_ts: message.threadTs, parent_user_id: FIXED.botUser }),
    channel: message.channel,
    event_ts: message.ts,
  };
}
