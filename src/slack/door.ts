import type { Actor } from '../release/actor.ts';
import { actorId } from '../release/actor.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import type { Read } from './command.ts';
import type { Ears } from './ears.ts';
import { listedById } from './people.ts';
import { refusalReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { subcommands } from './subcommands/index.ts';

/** What somebody wants who comes to the door: a verb or the id of a button, and the service it is about. */
export interface Knock {
  what: string;
  service?: string | undefined;
  /** Finds the service where neither words nor value name it: by the message of the button. */
  serviceOf?: () => Promise<string | undefined>;
  changes: boolean;
}

type DoorEars = Pick<Ears, 'identity' | 'lists' | 'desk'>;

/** What goes to `submit` although it is not known whose workspace this is: it knows who was allowed lately. */
const reverts: ReadonlySet<string> = new Set(['revert', 'release.revert', 'release.force']);

/**
 * Runs what somebody of this workspace, or somebody listed by id, asked for, and refuses everybody else: in a shared
 * channel people of other workspaces see the cards, can press their buttons and can mention the bot.
 */
export async function admitted(
  ears: DoorEars,
  actor: Actor,
  knock: Knock,
  run: () => Promise<Reply>,
): Promise<Reply> {
  return (await refusedAtDoor(ears, actor, knock)) ?? run();
}

/** The refusal of somebody who is not let in. */
export async function refusedAtDoor(ears: DoorEars, actor: Actor, knock: Knock): Promise<Reply | undefined> {
  if (isAdmitted(ears, actor)) return undefined;
  const team = teamOf(ears);
  if (team === undefined && reverts.has(knock.what)) return undefined;
  return turnedAway(ears, actor, knock, team === undefined ? unknownTeam : otherTeam);
}

/** True for somebody of this workspace, and for whom the configuration lists by id. */
export function isAdmitted(ears: Pick<DoorEars, 'identity' | 'lists'>, actor: Actor): boolean {
  if (actor.kind !== 'slack') return true;
  const team = teamOf(ears);
  return (team !== undefined && actor.team === team) || listedById(actor.user, ears.lists());
}

const teamOf = ({ identity }: Pick<DoorEars, 'identity'>): string | undefined =>
  identity.current()?.team || undefined;

const otherTeam: Refusal = {
  code: 'not-allowed',
  why: line`Only people of the workspace that Switchback belongs to are answered, and those whom the configuration lists by id.`,
  next: line`Ask somebody of that workspace, or have your id listed.`,
};
const unknownTeam: Refusal = {
  code: 'not-allowed',
  why: line`Slack has not said yet to which workspace Switchback belongs, so the answer is no.`,
  next: line`Try again in a moment; revert goes on.`,
};

/** What is typed, as far as it can be read. */
export function knockOf(read: Read): Knock {
  if (!read.ok) return { what: 'command', changes: false };
  const { verb, args } = read;
  const changes = subcommands.some((one) => one.verb === verb && one.roles.length > 0);
  return { what: verb, service: args.service, changes: changes && !args.options.has('dry-run') };
}

/** A changing command or press that is refused stands in the history; reads are only logged. */
async function turnedAway(
  { desk }: DoorEars,
  actor: Actor,
  { what, service, serviceOf, changes }: Knock,
  refusal: Refusal,
): Promise<Reply> {
  desk.log.info({ actor: actorId(actor), what, service, code: refusal.code }, 'Somebody was turned away');
  if (changes) {
    try {
      const of = service ?? (await serviceOf?.());
      const text = line`${what.slice(0, 64)}: ${refusal.why}`;
      if (of !== undefined && desk.catalog.find(of) !== undefined)
        await desk.store.note(of, { actor, what: 'refused', text, code: refusal.code });
    } catch (cause) {
      // The answer is no, whether or not it can be written down.
      desk.log.warn({ service, err: cause }, 'A refusal could not be written into the history');
    }
  }
  return refusalReply({ ...refusal, what: line`${what.slice(0, 64)} was refused.` });
}
