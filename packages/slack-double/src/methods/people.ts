import type { Desk } from '../state.ts';
import { no, yes } from '../state.ts';
import { FIXED } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { flagAt, textAt } from '../json.ts';
import type { Channel, User } from '../directory.ts';
import type { Method } from './method.ts';
import { readableChannel } from './method.ts';

/** `auth.test`: the identity of this token. */
export const authTest: Method = (desk) =>
  yes({
    url: `https://${FIXED.domain}.slack.com/`,
    team: 'Playground',
    user: 'switchback',
    team_id: FIXED.team,
    user_id: FIXED.botUser,
    bot_id: FIXED.bot,
    is_enterprise_install: false,
    ...(desk.world.enterprise === undefined ? {} : { enterprise_id: desk.world.enterprise }),
    ...(desk.settings.scopes ? {} : { app_name: 'Switchback', app_id: FIXED.app }),
  });

/** `apps.connections.open`: an address for one Socket Mode connection. */
export const connectionsOpen: Method = (desk) => yes({ url: desk.socketUrl() });

/** `team.info`: this workspace, or another that shares a channel with it. */
export const teamInfo: Method = (_desk, args) => {
  const id = textAt(args, 'team') || FIXED.team;
  if (id !== FIXED.team) return no('team_not_found');
  return yes({
    team: {
      id,
      name: 'Playground',
      domain: FIXED.domain,
      email_domain: '',
      url: `https://${FIXED.domain}.slack.com/`,
      icon: {},
    },
  });
};

function userWire({ world }: Desk, user: User): JsonObject {
  const { id, name, gridTeam = '' } = user;
  const teamId = gridTeam.startsWith('T') ? gridTeam : user.teamId;
  const teams = [...new Set([teamId, user.teamId])];
  const organized = world.enterprise !== undefined && user.teamId === FIXED.team;
  return {
    id,
    team_id: teamId,
    name,
    deleted: user.deleted,
    color: '9f69e7',
    real_name: name,
    tz: 'Europe/Berlin',
    tz_label: 'Central European Time',
    tz_offset: 3600,
    profile: {
      real_name: name,
      real_name_normalized: name,
      display_name: name,
      display_name_normalized: name,
      team: teamId,
    },
    is_admin: false,
    is_owner: false,
    is_primary_owner: false,
    is_restricted: user.isGuest,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    is_stranger: user.teamId !== FIXED.team,
    updated: 0,
    ...(organized
      ? {
          enterprise_user: {
            id,
            enterprise_id: world.enterprise ?? '',
            enterprise_name: 'Playground Org',
            teams,
          },
        }
      : {}),
  };
}

/** `users.info`: anybody visible here, also from other workspaces. */
export const usersInfo: Method = (desk, args) => {
  const user = desk.world.users.get(textAt(args, 'user') ?? '');
  return user ? yes({ user: userWire(desk, user) }) : no('user_not_found');
};

/** `usergroups.list`: the groups, with their members on request. */
export const usergroupsList: Method = (desk, args) => {
  const groups = [...desk.world.groups.values()].map(({ id, handle, users }) => ({
    id,
    team_id: FIXED.team,
    is_usergroup: true,
    name: handle,
    handle,
    description: '',
    is_external: false,
    date_create: 0,
    date_update: 0,
    date_delete: 0,
    user_count: users.length,
    ...(flagAt(args, 'include_users') ? { users: [...users] } : {}),
  }));
  return yes({ usergroups: groups });
};

/** `usergroups.users.list`: ids of the members of one group. */
export const usergroupsUsersList: Method = (desk, args) => {
  const group = desk.world.groups.get(textAt(args, 'usergroup') ?? '');
  return group ? yes({ users: [...group.users] }) : no('no_such_subteam');
};

function channelWire(channel: Channel, isMember: boolean): JsonObject {
  const { id, name, isPrivate, isArchived, isExtShared } = channel;
  const always = {
    id,
    created: 0,
    is_archived: isArchived,
    is_org_shared: false,
    context_team_id: FIXED.team,
    updated: 0,
  };
  if (channel.im !== undefined)
    return { ...always, is_im: true, user: channel.im, is_user_deleted: false, priority: 0 };
  return {
    ...always,
    name,
    name_normalized: name,
    is_channel: !isPrivate,
    is_group: isPrivate,
    is_im: false,
    is_mpim: false,
    is_private: isPrivate,
    is_general: name === 'general',
    is_shared: isExtShared,
    is_ext_shared: isExtShared,
    is_pending_ext_shared: false,
    pending_shared: [],
    shared_team_ids: isExtShared ? [FIXED.team, 'T0OTHER'] : [FIXED.team],
    is_member: isMember,
    unlinked: 0,
    creator: 'U0ANN',
    topic: { value: '', creator: '', last_set: 0 },
    purpose: { value: '', creator: '', last_set: 0 },
    previous_names: [],
  };
}

/** `conversations.info`: private conversations only for members. */
export const conversationsInfo: Method = (desk, args) => {
  const seen = readableChannel(desk, args);
  return seen.refusal ?? yes({ channel: channelWire(seen.found, seen.found.members.has(FIXED.botUser)) });
};

/** `conversations.members`: everybody at once, since no workspace here is large. */
export const conversationsMembers: Method = (desk, args) => {
  const seen = readableChannel(desk, args);
  return seen.refusal ?? yes({ members: [...seen.found.members], response_metadata: { next_cursor: '' } });
};

/** `conversations.open` with one person. */
export const conversationsOpen: Method = (desk, args) => {
  const ids = (textAt(args, 'users') ?? '').split(',').filter(Boolean);
  const [id] = ids;
  const user = id === undefined ? undefined : desk.world.users.get(id);
  if (ids.length > 1)
    return no('invalid_arguments', ['the playground opens conversations with one person only']);
  if (!user) return no(id === undefined ? 'users_list_not_supplied' : 'user_not_found');
  if (user.isBot) return no('cannot_dm_bot');
  if (user.deleted) return no('user_disabled');
  const already = desk.world.channels.has(`D${user.id.slice(1)}`);
  return yes({ no_op: already, already_open: already, channel: { id: desk.world.openIm(user.id).id } });
};
