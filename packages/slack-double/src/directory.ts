import { FIXED } from './ids.ts';

/** A member of the workspace, of another workspace, or a bot. */
export interface User {
  id: string;
  name: string;
  teamId: string;
  isBot: boolean;
  /** True for a deactivated person, who exists and may do nothing. */
  deleted: boolean;
  isGuest: boolean;
  /**
   * The team of this person in payloads other than commands, with Enterprise Grid: another workspace, or the
   * organization (`E…`).
   */
  gridTeam?: string;
}

/** A channel, a private channel, or the bot's direct conversation with one person (`im`). */
export interface Channel {
  id: string;
  name: string;
  isPrivate: boolean;
  isArchived: boolean;
  isExtShared: boolean;
  /** The person, when this is a direct conversation. */
  im?: string;
  members: Set<string>;
}

/** A user group: `@handle`, mentioned by `<!subteam^id>`. */
export interface Usergroup {
  id: string;
  handle: string;
  users: string[];
}

/** People, channels and groups of the workspace. Tests may change them at any time. */
export interface World {
  users: Map<string, User>;
  channels: Map<string, Channel>;
  groups: Map<string, Usergroup>;
  /** The organization (`E…`), when the workspace is one of several of Enterprise Grid. */
  enterprise?: string;
  /** Finds a user by id, `@name` or `name`; throws when there is none. */
  user(who: string): User;
  /** Finds a channel by id, `#name` or `name`; throws when there is none. */
  channel(which: string): Channel;
  /** Adds a user; the id is `U0` and the name in capitals unless given. */
  addUser(name: string, more?: Partial<User>): User;
  /** Adds a channel with everybody and the bot in it; the id is `C0` and the name in capitals unless given. */
  addChannel(name: string, more?: Partial<Channel>): Channel;
  addGroup(id: string, handle: string, names: string[]): Usergroup;
  /** The bot's conversation with a person, created at the first use. */
  openIm(userId: string): Channel;
}

function idOf(prefix: string, name: string): string {
  return `${prefix}0${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '')}`;
}

/** Makes a workspace with only the bot. */
export function makeWorld(): World {
  const users = new Map<string, User>();
  const channels = new Map<string, Channel>();
  const groups = new Map<string, Usergroup>();
  const world: World = {
    users,
    channels,
    groups,
    user(who) {
      const name = who.replace(/^@/, '');
      const found = users.get(name) ?? [...users.values()].find((user) => user.name === name);
      if (!found)
        throw new Error(
          `Nobody is called "${who}" here: ${[...users.values()].map((u) => u.name).join(', ')}`,
        );
      return found;
    },
    channel(which) {
      const name = which.replace(/^#/, '');
      const found = channels.get(name) ?? [...channels.values()].find((channel) => channel.name === name);
      if (!found)
        throw new Error(`No channel "${which}": ${[...channels.values()].map((c) => c.name).join(', ')}`);
      return found;
    },
    addUser(name, more = {}) {
      const user = {
        id: idOf('U', name),
        name,
        teamId: FIXED.team,
        isBot: false,
        deleted: false,
        isGuest: false,
        ...more,
      };
      users.set(user.id, user);
      return user;
    },
    addChannel(name, more = {}) {
      const members = new Set(users.keys());
      const kinds = { isPrivate: false, isArchived: false, isExtShared: false };
      const channel = { id: idOf('C', name), name, ...kinds, members, ...more };
      channels.set(channel.id, channel);
      return channel;
    },
    addGroup(id, handle, names) {
      const group = { id, handle, users: names.map((name) => world.user(name).id) };
      groups.set(id, group);
      return group;
    },
    openIm(userId) {
      const user = world.user(userId);
      const id = `D${user.id.slice(1)}`;
      const members = new Set([user.id, FIXED.botUser]);
      return (
        channels.get(id) ??
        world.addChannel(user.name, { id, name: `@${user.name}`, im: user.id, isPrivate: true, members })
      );
    },
  };
  world.addUser('switchback', { id: FIXED.botUser, isBot: true });
  return world;
}

/**
 * Makes the workspace of the tests and the playground: ann and bob are in `@release`, bob and cleo in `@leads`, dan is
 * an administrator, zoe is in no group; robot is a bot, gus left, eve works for another company. The bot is in
 * `#releases`, `#checkout`, `#shared` and `#attic` (archived), not in `#general` nor in the private `#secret`.
 */
export function peopled(): World {
  const world = makeWorld();
  for (const name of ['ann', 'bob', 'cleo', 'dan', 'zoe']) world.addUser(name);
  world.addUser('robot', { isBot: true });
  world.addUser('gus', { deleted: true });
  world.addUser('eve', { teamId: 'T0OTHER' });
  const everybody = (without: string[]) =>
    new Set([...world.users.keys()].filter((id) => !without.includes(id)));
  world.addChannel('releases', { members: everybody(['U0EVE', 'U0GUS']) });
  world.addChannel('checkout', { members: everybody(['U0EVE', 'U0GUS']) });
  world.addChannel('shared', { isExtShared: true, members: everybody(['U0GUS']) });
  world.addChannel('attic', { isArchived: true, members: everybody(['U0EVE', 'U0GUS']) });
  world.addChannel('general', { members: everybody(['U0EVE', FIXED.botUser]) });
  world.addChannel('secret', { isPrivate: true, members: new Set(['U0ANN', 'U0DAN']) });
  world.addGroup('S0RELEASE', 'release', ['ann', 'bob']);
  world.addGroup('S0LEADS', 'leads', ['bob', 'cleo']);
  return world;
}
