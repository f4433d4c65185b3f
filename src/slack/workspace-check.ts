import type { Actor } from '../release/actor.ts';
import { actorId } from '../release/actor.ts';
import { line } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import type { Read } from './parse-command.ts';
import type { ListenerContext } from './listener-context.ts';
import { listedById } from './people.ts';
import { refusalReply } from './reply.ts';
import { noTeam } from './membership.ts';
import type { Reply } from './reply.ts';
import { subcommands } from './subcommands/index.ts';

/** What a request asks for: a verb or button id, and the service it names. */
export interface Wanted {
  what: string;
  service?: string | undefined;
  /** Finds the service where neither words nor value name it, by the button's message. */
  serviceOf?: () => Promise<string | undefined>;
  changes: boolean;
}

type DoorEars = Pick<ListenerContext, 'identity' | 'lists' | 'desk' | 'standing'>;

/** Reverts go to `submit` even when the person's workspace is not known: it knows who was allowed lately. */
const reverts: ReadonlySet<string> = new Set(['revert', 'release.revert', 'release.force']);

/**
 * Runs a request of a person of this workspace, or of a listed one, and refuses everybody else: in a shared channel
 * people of other workspaces see the cards, can press their buttons and can mention the bot.
 */
export async function ifAllowed(
  listener: DoorEars,
  actor: Actor,
  wanted: Wanted,
  run: () => Promise<Reply>,
): Promise<Reply> {
  return (await refusedEarly(listener, actor, wanted)) ?? run();
}

/** The refusal of a person who is not admitted. */
export async function refusedEarly(
  listener: DoorEars,
  actor: Actor,
  wanted: Wanted,
): Promise<Reply | undefined> {
  const admission = await admissionOf(listener, actor, wanted);
  if (admission === 'yes' || (admission === 'unknown' && reverts.has(wanted.what))) return undefined;
  const own = listener.identity.current()?.team;
  return refuseOutsider(
    listener,
    actor,
    wanted,
    admission === 'no' ? otherTeam : own === undefined ? unknownTeam : unknownPerson,
  );
}

/**
 * Decides whether a person is admitted: people of this workspace, guests too, and people whom the configuration lists,
 * by id or by group. Slack is asked only where the payload does not name this workspace. `unknown`: Slack did not
 * answer.
 */
export async function admissionOf(
  { identity, lists, desk, standing }: DoorEars,
  actor: Actor,
  wanted: Pick<Wanted, 'service' | 'serviceOf'>,
): Promise<'yes' | 'no' | 'unknown'> {
  const own = identity.current()?.team;
  // The free check comes first: the lists are as long as there are services.
  if (actor.kind !== 'slack' || (own !== undefined && actor.team === own)) return 'yes';
  if (listedById(actor.user, lists())) return 'yes';
  if (actor.team === noTeam) return 'no';
  if (own === undefined) return 'unknown';
  const named = async (): Promise<'yes' | 'no' | 'recently' | 'unknown'> => {
    const service = wanted.service ?? (await wanted.serviceOf?.().catch(() => undefined));
    const settings = service === undefined ? undefined : desk.catalog.find(service)?.settings;
    return desk.people.may(actor, ['operator', 'approver', 'admin'], settings);
  };
  // Asked together: both share the time that a press may wait for Slack.
  const listed = named();
  const stands = await standing(actor);
  if (stands === 'member' || stands === 'guest') return 'yes';
  const may = await listed;
  if (may === 'yes') return 'yes';
  return stands !== 'unknown' && may === 'no' ? 'no' : 'unknown';
}

const otherTeam: Refusal = {
  code: 'not-allowed',
  why: line`Switchback answers only people of its own workspace, and people whom the configuration lists by id.`,
  next: line`Ask somebody of that workspace, or have your id listed.`,
};
const unknownPerson: Refusal = {
  code: 'not-allowed',
  why: line`Slack could not be asked which workspace you belong to, so the answer is no.`,
  next: line`Try again in a moment.`,
};
const unknownTeam: Refusal = {
  code: 'not-allowed',
  why: line`Slack has not said yet which workspace Switchback belongs to, so the answer is no.`,
  next: line`Try again in a moment. Revert still works.`,
};

/** What a typed command asks for, as far as it can be read. */
export function wantedOf(read: Read): Wanted {
  if (!read.ok) return { what: 'command', changes: false };
  const { verb, args } = read;
  const changes = subcommands.some((one) => one.verb === verb && one.roles.length > 0);
  return { what: verb, service: args.service, changes: changes && !args.options.has('dry-run') };
}

/** Refuses. A refused changing command or press stands in the history; reads are only logged. */
export async function refuseOutsider(
  { desk }: DoorEars,
  actor: Actor,
  { what, service, serviceOf, changes }: Wanted,
  refusal: Refusal,
): Promise<Reply> {
  desk.log.info(
    { actor: actorId(actor), what, service, code: refusal.code },
    'A person outside the workspace was refused',
  );
  if (changes) {
    try {
      const of = service ?? (await serviceOf?.());
      const text = line`${what.slice(0, 64)}: ${refusal.why}`;
      if (of !== undefined && desk.catalog.find(of) !== undefined)
        await desk.store.note(of, { actor, what: 'refused', text, code: refusal.code });
    } catch (cause) {
      // The refusal stands, even when it cannot be recorded.
      desk.log.warn({ service, err: cause }, 'A refusal could not be saved in the history');
    }
  }
  return refusalReply({ ...refusal, what: line`${what.slice(0, 64)} was refused.` });
}
