import type { Actor } from '../actor.ts';
import { callOff } from '../auto-revert/countdown.ts';
import { countdownOf } from '../auto-revert/rule.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, userOf, mention, mentionAll } from '../draft.ts';
import { notFrozen, notLocked, refuse, samePerson } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { asSentence, line, typed } from '../line.ts';
import { schemaBefore } from '../look-at-schema.ts';
import { moveTo, steps } from '../machine.ts';
import { noWayBackWords, tellNoWayBack } from '../no-way-back.ts';
import type { Driver } from '../operation.ts';
import { keepSettings } from '../parts.ts';
import type { Refusal } from '../refusals.ts';
import { idleColor, releaseOn } from '../release.ts';
import type { Release, ServiceRecord } from '../release.ts';
import type { ApprovalRequest } from '../request.ts';
import type { Draft } from '../draft.ts';
import { versionKnown } from '../settings.ts';
import type { Definition } from './verb.ts';

/** Brings a version onto the idle color. */
export interface StageCommand extends BaseCommand<'stage'> {
  version: string;
  /** Why the live version is staged once more. */
  again?: string;
  /** Refuse when another person's release is staged. */
  ifIdle?: true;
  /** Why nobody should go back from it. */
  noWayBack?: string;
}

/** `stage <service> <version>`. */
export const stage: Definition<StageCommand, 'version'> = {
  name: 'stage',
  usage: 'stage <service> <version> [--again <reason>] [--no-way-back <reason>]',
  summary: 'Stage a version on the idle color and check it there.',
  examples: [
    'stage checkout v1.42.0',
    'stage checkout v1.42.0 --again "new certificate"',
    'stage checkout v1.43.0 --no-way-back "it drops the column legacy_id"',
    'stage checkout v1.42.0 --wait 15m --if-idle',
  ],
  roles: ['operator'],
  argument: { field: 'version', kind: 'version', required: true },
  options: {
    again: { kind: 'reason', says: 'stage the live version again, for new settings of it' },
    ifIdle: { kind: 'flag', says: 'refuse to replace a release that somebody else staged', only: 'terminal' },
    noWayBack: { kind: 'reason', says: 'a later revert does harm, and must be forced' },
  },
  short: true,
  begins: 'stage',
  waits: true,
  gates,
  change,
};

/** How many releases may still be drawn, in addition to those of the live and the previous color. */
const shown = 4;

function isLive({ colors, live }: ServiceRecord, version: string): boolean {
  return colors[live].version === version;
}

/** Refuses to stage the live version, unless that is meant. */
function notLive({ record }: Facts, { version, again }: StageCommand): Refusal | undefined {
  if (!isLive(record, version) || again !== undefined) return undefined;
  return refuse(
    'already-live',
    line`${version} is already live on ${record.live}.`,
    line`Stage another version. For new settings of this one: ${typed(`stage ${record.service} ${version} --again <reason>`)}.`,
  );
}

/** Returns the release that another actor has staged now. */
function anothers({ state, releases }: ServiceRecord, actor: Actor): Release | undefined {
  const [newest] = releases;
  return state === 'staged' && newest && !samePerson(newest.stagedBy, actor) ? newest : undefined;
}

/** With `--if-idle`, refuses to replace what another actor staged. */
function nobodyElses({ record }: Facts, { actor, ifIdle }: StageCommand): Refusal | undefined {
  const theirs = ifIdle ? anothers(record, actor) : undefined;
  if (!theirs) return undefined;
  const { number, version, stagedBy, stagedAt } = theirs;
  return refuse(
    'staged-by-another',
    line`#${number} ${version} is staged, by ${mention(stagedBy)} ${{ at: stagedAt }}.`,
    line`Wait until it is promoted or cancelled, or stage without ${{ code: '--if-idle' }}: that replaces it.`,
  );
}

/** Notifies the person who staged a release that another person's release replaces it. */
function tellReplaced(
  draft: Draft,
  { id, number, version, stagedBy }: Release,
  { actor, ...by }: StageCommand,
): void {
  notify(
    draft,
    'broadcast',
    line`${mention(stagedBy)}: ${mention(actor)} stages ${{ bold: by.version }} in place of your ${draft.record.service} #${number} ${version}, which was not promoted.`,
    { release: id, to: userOf(stagedBy) },
  );
}

/**
 * Announces that a request is closed, and notifies the people who approved it that their approvals no longer count.
 */
function tellFallen(draft: Draft, { status, requester, approvals }: ApprovalRequest, why: string): void {
  const givers = mentionAll(approvals.map(({ actor }) => actor));
  const to = userOf(requester);
  switch (status) {
    case 'open': {
      const closed = line`The open request of ${mention(requester)} is closed (${why})`;
      const fallen = line`; approved by: ${givers}. The approvals no longer count (release-changed)`;
      return notify(draft, 'event', line`${closed}${givers.length === 0 ? [] : fallen}.`, {
        to,
        of: 'approval',
      });
    }
    case 'granted':
      return notify(
        draft,
        'event',
        line`release-changed: the approval by ${givers} no longer counts (${why}).`,
        {
          to,
          of: 'approval',
        },
      );
    case 'expired':
      return;
    default:
      status satisfies never;
  }
}

/** Drops a staged release and its open request, because of `why`, and notifies the people concerned. */
export function dropStaged(
  draft: Draft,
  actor: Actor,
  code: 'cancelled' | 'superseded' | 'interrupted',
  why: string,
): void {
  const { record } = draft;
  const release = record.releases[0];
  if (!release) return;
  if (record.request) tellFallen(draft, record.request, why);
  record.request = null;
  release.status = 'dropped';
  release.code = code;
  release.cause = why;
  markCard(draft, release);
  const color = idleColor(record);
  const { role, version, wasPrevious } = record.colors[color];
  if (wasPrevious === true || role === 'staged')
    record.colors[color] = {
      role: wasPrevious === true ? 'previous' : 'failed',
      version,
      since: fromNow(),
    };
  addHistory(
    draft,
    actor,
    'dropped',
    line`${record.service} #${release.number} ${release.version}: ${why}`,
    code,
  );
}

/** Says what proves where traffic goes when both colors report one version. */
function toldApart({ settings }: Facts): string {
  return settings.probe?.['colorHeader'] === undefined
    ? 'There is no probe.colorHeader, so the probe of a promote proves nothing: only the answer of the router counts.'
    : 'The probe of a promote tells them apart by probe.colorHeader.';
}

function gates(facts: Facts, command: StageCommand): (Refusal | undefined)[] {
  return [
    notLive(facts, command),
    nobodyElses(facts, command),
    notLocked(facts),
    notFrozen(facts, undefined),
  ];
}

/** Decides `stage <service> <version>`: brings a version onto the idle color. */
function change(facts: Facts, command: StageCommand, driver: Driver): Decision {
  const draft = draftOf(facts.record);
  const { record } = draft;
  const target = idleColor(record);
  const theirs = anothers(record, command.actor);
  if (record.state === 'staged')
    dropStaged(draft, command.actor, 'superseded', `${command.version} is staged instead`);
  if (theirs) tellReplaced(draft, theirs, command);
  if (countdownOf(record))
    callOff(draft, command.actor, line`${mention(command.actor)} stages ${command.version} on ${target}.`);
  const idle = record.colors[target];
  const kept =
    idle.role !== 'previous' || versionKnown(facts.settings) || facts.settings.deploy.kind !== 'none';
  if (!kept) record.colors[target] = { role: 'unknown', version: null, since: fromNow() };
  const older = record.releases[0];
  if (older) markCard(draft, older);
  record.sequence += 1;
  const release = {
    id: crypto.randomUUID(),
    number: record.sequence,
    version: command.version,
    color: target,
    from: record.colors[record.live].version,
    status: 'staging' as const,
    stagedBy: command.actor,
    stagedAt: fromNow(),
    ...schemaBefore(record),
    ...(command.noWayBack !== undefined && {
      noWayBack: { reason: command.noWayBack, by: command.actor, at: fromNow() },
    }),
    steps: [],
  };
  const lasting = [releaseOn(record, record.live), releaseOn(record, target)];
  record.releases = [release, ...record.releases].filter((each, at) => at < shown || lasting.includes(each));
  moveTo(record, 'staging');
  keepSettings(record, facts);
  record.op = {
    id: crypto.randomUUID(),
    kind: 'stage',
    release: release.id,
    target,
    version: command.version,
    actor: command.actor,
    at: fromNow(),
    step: steps.stage[0],
    driver,
  };
  markCard(draft);
  const stands = draft.record.releases[0]?.noWayBack;
  const twice = command.again !== undefined && isLive(record, command.version);
  addHistory(
    draft,
    command.actor,
    'stage',
    line`${record.service} #${release.number} ${command.version} on ${target}${twice ? ` again: ${command.again}` : ''}${stands ? `; ${noWayBackWords(stands)}` : ''}`,
  );
  if (stands) tellNoWayBack(draft, command.version, stands);
  if (twice)
    notify(
      draft,
      'event',
      line`${command.version} is live on ${record.live} and is staged again: ${asSentence(command.again ?? '')} Both colors report it. ${toldApart(facts)}`,
    );
  const again = facts.record.releases.find(
    (each) => each.version === command.version && each.status === 'reverted',
  );
  if (again?.revertedBy)
    notify(
      draft,
      'event',
      line`${command.version} was live before and was reverted by ${mention(again.revertedBy)}.`,
      { to: userOf(command.actor) },
    );
  return {
    kind: 'change',
    draft,
    drives: true,
    text: line`stage: ${record.service} #${release.number} ${command.version} is being staged on ${target}.`,
  };
}
