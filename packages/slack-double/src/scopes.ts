import type { Channel } from './directory.ts';

/** The scopes that a method needs: any one of `scopes`, or none. `app` methods take the app-level token. */
export interface MethodRule {
  token: 'bot' | 'app';
  scopes: readonly string[];
  /** Calls a minute for the whole workspace. */
  perMinute: number;
}

const rule = (perMinute: number, ...scopes: string[]): MethodRule => ({ token: 'bot', scopes, perMinute });
const reads = ['channels:read', 'groups:read', 'im:read', 'mpim:read'];

/** The scope and rate tier of every supported method. Where Slack only says "special", a generous number. */
export const METHODS: Readonly<Record<string, MethodRule>> = {
  'auth.test': rule(300),
  'apps.connections.open': { token: 'app', scopes: ['connections:write'], perMinute: 60 },
  'chat.postMessage': rule(300, 'chat:write'),
  'chat.update': rule(50, 'chat:write'),
  'chat.postEphemeral': rule(100, 'chat:write'),
  'chat.delete': rule(50, 'chat:write'),
  'chat.getPermalink': rule(300),
  'conversations.info': rule(50, ...reads),
  'conversations.members': rule(100, ...reads),
  'conversations.open': rule(50, 'im:write', 'channels:manage', 'groups:write', 'mpim:write'),
  'usergroups.list': rule(20, 'usergroups:read'),
  'usergroups.users.list': rule(20, 'usergroups:read'),
  'users.info': rule(100, 'users:read'),
  'views.open': rule(100),
  'views.update': rule(100),
  'team.info': rule(50, 'team:read'),
};

/** The one read scope that this kind of conversation needs. */
export function readScope(channel: Channel): string {
  if (channel.im !== undefined) return 'im:read';
  return channel.isPrivate ? 'groups:read' : 'channels:read';
}
