/** The lists of roles in the configuration: who is in them by id, and whom to mention. */
import { actorId } from './actor.ts';
import { nobodyListed } from './command.ts';
import type { People } from './command.ts';
import type { Line, Part } from './line.ts';
import type { Role, Roles, Settings } from './settings.ts';

/** The entries of some lists; `groups`: those that are user groups of Slack. */
interface Entries {
  all: ReadonlySet<string>;
  groups: readonly string[];
}

/** Reads the lists of a service, and the global ones where it has none. */
export interface RoleLists extends Pick<People, 'mentions'> {
  /**
   * The entries listed for any of these roles, with the admins for operator and approver. Cached: the configuration
   * never changes.
   */
  entriesOf: (roles: readonly Role[], settings: Settings | undefined) => Entries;
}

/** Makes the lists; `global`: those for all services. */
export function makeRoleLists(global: Roles): RoleLists {
  const listed = (role: Role, settings: Settings | undefined): readonly string[] =>
    settings?.roles[role] ?? global[role] ?? [];
  const everywhere = {};
  const found = new WeakMap<object, Map<string, Entries>>();
  return {
    entriesOf(roles, settings) {
      const of = settings ?? everywhere;
      const key = roles.join();
      const before = found.get(of)?.get(key);
      if (before !== undefined) return before;
      const wanted = new Set<Role>(roles);
      if (wanted.has('operator') || wanted.has('approver')) wanted.add('admin');
      const all = new Set([...wanted].flatMap((role) => listed(role, settings)));
      const entries = { all, groups: [...all].filter((entry) => entry.startsWith('S')) };
      found.set(of, (found.get(of) ?? new Map<string, Entries>()).set(key, entries));
      return entries;
    },

    mentions(role, settings): Line {
      const own = listed(role, settings);
      const admins = listed('admin', settings);
      // A bot or command-line user cannot be notified here: they are named only where nobody else is listed.
      const entries =
        [own, admins].map((list) => list.filter((entry) => !/^(?:cli:|B|Wf)/.test(entry))).find(isSomebody) ??
        [own, admins].find(isSomebody) ??
        [];
      const parted = entries.map(mention);
      if (parted.length === 0) return nobodyListed;
      return parted.flatMap((part, i): Part[] => (i === 0 ? [part] : [', ', part]));
    },
  };
}

/** Role checks by the lists alone: those listed by id may. Slack is not asked. */
export function listedPeople(global: Roles): People {
  const { entriesOf, mentions } = makeRoleLists(global);
  return {
    may: async (actor, roles, settings) =>
      actor.kind !== 'system' && entriesOf(roles, settings).all.has(actorId(actor)) ? 'yes' : 'no',
    mentions,
  };
}

const isSomebody = (list: readonly string[]): boolean => list.length > 0;

function mention(entry: string): Part {
  if (entry === '*') return 'anyone here';
  if (entry.startsWith('cli:')) return entry;
  return entry.startsWith('S') ? { group: entry } : { user: entry };
}
