import type { Catalog } from '../../release/command.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Role, Settings } from '../../release/settings.ts';
import { unknownVerb } from '../parse-command.ts';
import { refusalReply } from '../reply.ts';
import type { Reply } from '../reply.ts';
import type { Context, Subcommand } from './subcommand.ts';

/** `help [verb]`: the verbs that this person may use at any service; one example each. */
export const help: Subcommand = {
  verb: 'help',
  usage: 'help [verb]',
  service: 'none',
  rest: 'topic',
  summary: 'Show what you may do here.',
  example: 'help',
  roles: [],
  async run(args, context) {
    if (args.rest !== '') return topic(args.rest, context);
    const { held, unsure } = await rolesHeld(context);
    const kind = [...held].toSorted().join() + (unsure ? '?' : '');
    const reply = given.get(kind) ?? overview(held, unsure, context.subcommands);
    given.set(kind, reply);
    return reply;
  },
};

/** Overviews given so far, by role. */
const given = new Map<string, Reply>();

function overview(held: ReadonlySet<Role>, unsure: boolean, subcommands: Context['subcommands']): Reply {
  const usable = subcommands.filter(
    ({ roles }) => roles.length === 0 || roles.some((role) => held.has(role)),
  );
  const doubt: Line[] = unsure
    ? [line`Slack could not be asked who is in which group, so you may be allowed more than is shown.`]
    : [];
  return Object.freeze({
    lines: [
      line`help: ${{ code: '/release <verb> <service>' }}; the same words work when you mention me.`,
      ...usable.map((one) => line`${{ code: one.example }}: ${one.summary}`),
      ...doubt,
    ],
  });
}

function topic(verb: string, context: Context): ReturnType<Subcommand['run']> {
  const found = context.subcommands.find((one) => one.verb === verb);
  if (found === undefined) {
    const [why, next] = unknownVerb(verb, context.subcommands);
    return Promise.resolve(refusalReply({ code: 'bad-arguments', why, next }));
  }
  const who = found.roles.length === 0 ? 'anyone' : found.roles.join(' or ');
  return Promise.resolve({
    lines: [
      line`help ${found.verb}: ${found.summary} Who: ${who}.`,
      line`${{ code: found.usage }}`,
      line`Example: ${{ code: found.example }}`,
    ],
  });
}

const placesOf = new WeakMap<Catalog, (Settings | undefined)[]>();

/** One service for each distinct list of roles, and undefined for the global lists. Cached: a catalog never changes. */
function placesWithRoles(catalog: Catalog): (Settings | undefined)[] {
  const known = placesOf.get(catalog);
  if (known !== undefined) return known;
  const places = new Map<string, Settings | undefined>([['{}', undefined]]);
  for (const name of catalog.names()) {
    const settings = catalog.find(name)?.settings;
    if (settings === undefined) continue;
    const roles = JSON.stringify(settings.roles);
    if (!places.has(roles)) places.set(roles, settings);
  }
  const found = [...places.values()];
  placesOf.set(catalog, found);
  return found;
}

/** The roles that a person has globally or at any service with lists of its own. Equal lists are asked about once. */
async function rolesHeld(context: Context): Promise<{ held: Set<Role>; unsure: boolean }> {
  const held = new Set<Role>();
  let unsure = false;
  const ask = async (role: Role, settings: Settings | undefined): Promise<void> => {
    const may = await context.people.may(context.actor, [role], settings);
    if (may === 'yes' || may === 'recently') held.add(role);
    if (may === 'unknown' || may === 'recently') unsure = true;
  };
  const roles = ['operator', 'approver', 'admin'] as const;
  await Promise.all(
    placesWithRoles(context.catalog).flatMap((settings) => roles.map((role) => ask(role, settings))),
  );
  return { held, unsure };
}
