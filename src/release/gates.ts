/** The gates of commands. Pure: facts in, refusals out. */
import type { Actor } from './actor.ts';
import { actorId, personOf } from './actor.ts';
import type { FiringAlert } from './alerts/alert.ts';
import { otherColor } from './color.ts';
import { nobodyListed } from './command.ts';
import type { Unread } from './command.ts';
import { mention } from './draft.ts';
import { freezeAt } from './freeze.ts';
import { isStale, isUntouched } from './abandoned.ts';
import { asSentence, line, typed } from './line.ts';
import type { Line } from './line.ts';
import type { Diff } from './mirror/diff.ts';
import type { Refusal, RefusalCode } from './refusals.ts';
import { lockAt } from './release.ts';
import type { Lock, ServiceRecord } from './release.ts';
import type { ApprovalRequest, Covers } from './request.ts';
import type { RawSettings, Role, Settings } from './settings.ts';
import type { Summary } from './router-answers.ts';

/** Everything that a decision may depend on. `roles`: those of the verb's roles that the actor holds now. */
export interface Facts {
  record: ServiceRecord;
  settings: Settings;
  raw: RawSettings;
  digest: string;
  seal: string;
  configured: boolean;
  /** The store's clock. */
  now: number;
  /** Since when no process has carried on what is under way (`leftSince`). */
  leftAt?: number | undefined;
  /** For how long no process has held the lease of what is under way, however short, ms. */
  unheldMs?: number | undefined;
  roles: ReadonlySet<Role>;
  /** Mentions of the people who hold the role that the verb needs. */
  holders?: Line;
  /** True: Slack could not be asked who is in which group. */
  rolesUnknown: boolean;
  /** Why, if that does not pass in a moment. */
  rolesUnread?: Unread | undefined;
  /** Why the actor's claimed identity is rejected. */
  denied?: Line | undefined;
  /** Mentions of the people who could approve. */
  approvers: Line;
  /** Critical alerts on the live release, if they are a gate of this command. */
  firing?: readonly FiringAlert[] | undefined;
  /** What comparing answers has found of the staged version, where that is a gate of this command, or shown. */
  diff?: Diff | undefined;
  /** The router's answer, for the verbs that must ask it before they decide (adopt, retry). */
  router?: Summary;
  /** For adopt: the version that the live color reports instead of the recorded one; null: the recorded one. */
  reported?: string | null;
  /** True: the router keeps a start-up state (a map file), which must follow the adopted color. */
  persists?: boolean;
  /** For revert: the router that the release was switched with, if the file names another. */
  former?: { answers: boolean; instances: readonly string[] } | undefined;
  /** What the requester holds now, when this approval would start their promote. */
  requester?: Pick<Facts, 'roles' | 'rolesUnknown' | 'rolesUnread'>;
}

/** Returns a refusal; lines are sentences without their code. */
export function refuse(code: RefusalCode, why: Line, next: Line, now?: Line): Refusal {
  return { code, why, ...(now && { now }), next };
}

/** Returns `checkout is baking, live: green 1.42.0`. */
export function describeState(record: ServiceRecord): Line {
  const live = record.colors[record.live];
  return line`${record.service} is ${record.state}, live: ${record.live} ${live.version ?? 'unknown'}.`;
}

/** Requires one of these roles. The refusal names the holders, and the id under which to list the actor. */
export function requireRole(
  facts: Pick<Facts, 'roles' | 'holders' | 'rolesUnknown' | 'rolesUnread' | 'denied'> & {
    record: { service: string | null };
  },
  command: { verb: string; actor: Actor },
  ...roles: Role[]
): Refusal | undefined {
  if (roles.some((role) => facts.roles.has(role)) || facts.roles.has('admin')) return undefined;
  const wanted = roles.includes('admin') ? 'admin' : `${roles.join(' or ')} (or admin)`;
  return facts.rolesUnknown
    ? notTold(line`who may ${command.verb}`, facts.rolesUnread)
    : refuse(
        'not-allowed',
        line`${command.verb}${facts.record.service === null ? '' : ` on ${facts.record.service}`} needs the role ${wanted}.${facts.denied ? [' ', ...facts.denied] : []}`,
        askHolders(facts.holders, command.actor, roles[0] ?? 'admin'),
      );
}

/** Says whom to ask for a role, and under which id to be listed. */
function askHolders(holders: Line = nobodyListed, actor: Actor, role: Role): Line {
  const id = { code: actorId(actor) };
  const nobody = holders === nobodyListed;
  if (actor.kind === 'cli')
    return line`You are ${id}. Add it to ${{ code: `roles.${role}` }} in the configuration${nobody ? [] : line`, or ask ${holders}`}.`;
  return nobody
    ? line`Nobody is listed for it: have ${id} listed in the configuration.`
    : line`Ask ${holders}, or have ${id} listed in the configuration.`;
}

/** Returns the refusal when Slack did not say `what`; `unread`: why, if that does not pass in a moment. */
export function notTold(what: Line, unread: Unread | undefined): Refusal {
  const why: Line = unread ? [' ', ...unread.why] : [];
  return refuse(
    'not-allowed',
    line`Slack could not be asked ${what}, so the answer is no.${why}`,
    line`${unread?.next ?? 'Try again in a moment.'}`,
  );
}

/** Returns the commands that clear a stuck service. */
export function stuckWays(service: string): Line {
  return line`First ${typed(`retry ${service}`)}, ${typed(`revert ${service}`)} or ${typed(`adopt ${service}`)}.`;
}

/** Returns what a person can do about an operation that no process has carried on for `leftMs`. */
export function waysOut({ service, state, op }: ServiceRecord, leftMs: number): Line {
  const stop = op && isUntouched(op) ? line`, ${typed(`cancel ${service}`)} drops it` : [];
  const back = state === 'promoting' ? line`, ${typed(`revert ${service}`)} goes back` : [];
  if (op && isStale(op, leftMs)) {
    const stays = op.kind === 'promote' ? ' (it stays staged)' : '';
    return line`It is too old to continue: ${typed(`retry ${service}`)} ends it${stays}${back}; a bot ends it when it starts.`;
  }
  return line`${typed(`retry ${service}`)} continues it${stop}${back}; a bot continues it when it starts.`;
}

/** Returns who locked the service, since when, and why. */
export function lockedBy({ record }: Facts, { holder, since, reason }: Lock): Line {
  return line`${record.service} is locked by ${mention(holder)} since ${{ at: since }}: ${asSentence(reason)}`;
}

/** Refuses while a lock holds, to everybody, including its holder. */
export function notLocked(facts: Facts): Refusal | undefined {
  const lock = lockAt(facts.record, facts.now);
  if (!lock) return undefined;
  const end =
    lock.until === null ? line`It holds until somebody unlocks it.` : line`It ends ${{ at: lock.until }}.`;
  const unlocker =
    lock.holder.kind === 'system'
      ? line`Any operator may: ${typed(`unlock ${facts.record.service}`)}.`
      : line`${mention(lock.holder)} or an admin may unlock it.`;
  return refuse('locked', lockedBy(facts, lock), [...end, ' ', ...unlocker]);
}

/** Refuses during a freeze, unless an admin overrides it. */
export function notFrozen(facts: Facts, override: string | undefined): Refusal | undefined {
  const freeze = freezeAt(facts.settings.freeze, facts.now);
  if (!freeze || override !== undefined) return undefined;
  return refuse(
    'frozen',
    line`Releases of ${facts.record.service} are frozen until ${{ at: freeze.until }}: ${asSentence(freeze.reason)}`,
    line`Wait, or have an admin type ${typed(`promote ${facts.record.service} --during-freeze <reason>`)}.`,
  );
}

/** Returns what an approval given now would cover. Undefined when nothing is staged. */
export function coversNow(facts: Facts): Covers | undefined {
  const { record } = facts;
  const release = record.releases[0];
  if (record.state !== 'staged' || !release) return undefined;
  return {
    release: release.id,
    version: release.version,
    live: record.live,
    target: otherColor(record.live),
    epoch: record.epoch,
    settings: facts.digest,
  };
}

/** Returns what has changed of the things that an approval covered, in words; empty when nothing has. */
export function changedSince(request: ApprovalRequest, covers: Covers): string[] {
  const words: Record<keyof Covers, string> = {
    release: 'the release',
    version: 'the version',
    live: 'the live color',
    target: 'the color to promote',
    epoch: 'the live color (switched meanwhile)',
    settings: "the service's settings",
  };
  return (Object.keys(words) as (keyof Covers)[])
    .filter((key) => request.covers[key] !== covers[key])
    .map((key) => words[key]);
}

/** Returns true when this request's approvals suffice for this person, are unexpired, and cover what is staged. */
export function approvalsHold(facts: Facts, asking: Actor): boolean {
  const { request } = facts.record;
  const { approvals, selfApproval } = facts.settings.promotion;
  const covers = coversNow(facts);
  return (
    request !== null &&
    covers !== undefined &&
    request.status === 'granted' &&
    request.expiresAt > facts.now &&
    // The person who asks again is the requester now, and a person's own approval does not count any more than
    // before.
    request.approvals.filter((each) => selfApproval || !samePerson(each.actor, asking)).length >= approvals &&
    changedSince(request, covers).length === 0
  );
}

/** Returns true when two actors are one person. */
export function samePerson(a: Actor, b: Actor): boolean {
  return personOf(a) === personOf(b);
}

/**
 * Where approvals are required, a command-line user counts as the person that the configuration names, and as nobody
 * without one: anybody on the machine can claim to be that user.
 */
export function requireKnownPerson(facts: Facts, actor: Actor): Refusal | undefined {
  const { approvals } = facts.settings.promotion;
  if (approvals === 0 || actor.kind !== 'cli' || actor.person !== undefined) return undefined;
  return refuse(
    'not-allowed',
    line`A promote of ${facts.record.service} needs ${countApprovals(approvals)}, and nobody knows who ${actorId(actor)} is.`,
    line`Say who that is in the configuration (people: { "${actorId(actor)}": U… }), or promote in Slack.`,
  );
}

/** Returns `1 approval`, `2 approvals`. */
export function countApprovals(approvals: number): string {
  return approvals === 1 ? '1 approval' : `${approvals} approvals`;
}
