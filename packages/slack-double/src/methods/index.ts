import * as chat from './chat.ts';
import type { Method } from './method.ts';
import * as modals from './modals.ts';
import * as people from './people.ts';

/** Every supported method, by Slack's name for it. */
export const methods: Readonly<Record<string, Method>> = {
  'auth.test': people.authTest,
  'apps.connections.open': people.connectionsOpen,
  'chat.postMessage': chat.postMessage,
  'chat.update': chat.update,
  'chat.postEphemeral': chat.postEphemeral,
  'chat.delete': chat.remove,
  'chat.getPermalink': chat.getPermalink,
  'conversations.info': people.conversationsInfo,
  'conversations.members': people.conversationsMembers,
  'conversations.open': people.conversationsOpen,
  'usergroups.list': people.usergroupsList,
  'usergroups.users.list': people.usergroupsUsersList,
  'users.info': people.usersInfo,
  'views.open': modals.viewsOpen,
  'views.update': modals.viewsUpdate,
  'team.info': people.teamInfo,
};
