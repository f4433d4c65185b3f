/** `adopt`: router and record disagree, and the router is right. */
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import type { BaseCommand } from '../command.ts';
import type { Decision } from '../decision.ts';
import { draftOf, markCard, addHistory, notify, mention } from '../draft.ts';
import { refuse } from '../gates.ts';
import type { Facts } from '../gates.ts';
import { fromNow } from '../instant.ts';
import { line, typed } from '../line.ts';
import type { Line } from '../line.ts';
import { moveTo } from '../machine.ts';
import { lateMs } from '../late-writes.ts';
import { mayComeLate, persistSoon, watch } from '../outcomes/common.ts';
import { oweTurn } from '../owed-turn.ts';
import { deployMayRun } from '../outcomes/stage.ts';
import { endReadOnly } from '../read-only.ts';
import type { Refusal } from '../refusals.ts';
import { releaseOn, subjectOf } from '../release.ts';
import type { Release, ServiceRecord } from '../release.ts';
import { outcomeOf, reportedVersion, unreachable } from '../state-gate.ts';
import { dropStaged } from './stage.ts';
import type { Definition } from './verb.ts';

/** Takes over into the record what the router says. */
export type AdoptCommand = BaseCommand<'adopt'>;

/** `adopt <service>`. */
export const adopt: Definition<AdoptCommand> = {
  name: 'adopt',
  usage: 'adopt <service>',
  summary: 'Accept what the router says, or the version that the live color reports.',
  examples: ['adopt checkout'],
  roles: ['admin'],
  options: {},
  unconfigured: true,
  needs: ['router'],
  acts: () => true,
  gates: (facts) => [oneColor(facts)],
  change,
};

/** Returns the release that brought the version of a color, also one that was reverted. */
function broughtTo(record: ServiceRecord, color: Color): Release | undefined {
  const { version } = record.colors[color];
  const takenBack = record.releases.find(
    (each) => each.color === color && each.version === version && each.status === 'reverted',
  );
  return releaseOn(record, color) ?? takenBack;
}

/** Records the version that the live color reports; a staged release stays. */
function adoptVersion({ record }: Facts, { actor }: BaseCommand, version: string): Decision {
  const draft = draftOf(record);
  const next = draft.record;
  const { live, service } = next;
  const before = next.colors[live].version ?? 'unknown';
  next.colors[live] = { ...next.colors[live], version, since: fromNow() };
  next.versionDrift = null;
  for (const each of next.releases) {
    if (each.color !== live || (each.status !== 'live' && each.status !== 'baking')) continue;
    each.status = 'replaced';
    markCard(draft, each);
  }
  markCard(draft);
  addHistory(
    draft,
    actor,
    'adopt',
    line`${service}: ${live} runs ${version}, not ${before}; epoch ${next.epoch}`,
  );
  notify(
    draft,
    'event',
    line`${mention(actor)} adopted the version that ${live} reports: ${service} is live on ${live} ${version}, not ${before}.`,
    next.releases[0] ? {} : { release: null },
  );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`adopt: ${service} is live on ${live} ${version}.`,
  };
}

/** Says what helps where the router says no color that could be adopted. */
function waysOf(service: string, { heading, shut }: NonNullable<Facts['router']>): Line {
  const retry = typed(`retry ${service}`);
  if (heading === 'mixed') return line`Make its instances agree, or use ${retry}.`;
  return shut ? line`Repair that. Then use ${retry}.` : line`Use ${retry}.`;
}

/** Refuses while the router names no color. */
function oneColor({ record, router }: Facts): Refusal | undefined {
  if (router === undefined || router.heading === 'unreachable') return unreachable(router);
  if (router.heading !== 'mixed' && router.heading !== 'unknown') return undefined;
  return refuse(
    'router-mixed',
    router.heading === 'mixed'
      ? line`The instances of the router do not agree: ${router.detail}.`
      : line`The router names neither color: ${router.detail}.`,
    waysOf(record.service, router),
  );
}

/** Decides `adopt <service>`: the record takes over what the router says. Needs `facts.router`. */
function change(facts: Facts, command: AdoptCommand): Decision {
  const { record, router } = facts;
  const version = outcomeOf(facts, command) === 'stays' ? reportedVersion(facts) : undefined;
  if (version !== undefined) return adoptVersion(facts, command, version);
  const live = router?.heading;
  if (live !== 'blue' && live !== 'green') return { kind: 'joined', text: line`adopt: nothing to adopt.` };

  const draft = draftOf(record);
  const next = draft.record;
  const release = subjectOf(next);
  const changed = live !== record.live;
  const deploying = record.op && deployMayRun(record.op) ? record.op : undefined;
  if (record.state === 'staging' || record.state === 'staged')
    dropStaged(draft, command.actor, 'interrupted', 'adopt');
  const stays = record.state === 'stuck' ? changed === (record.op?.kind === 'promote') : !changed;
  const ends = record.state === 'stuck' || record.state === 'baking' ? release : undefined;
  moveTo(next, 'idle', ends ?? null, stays ? 'live' : 'reverted');
  if (changed) {
    const brought = record.state === 'idle' ? broughtTo(next, live) : undefined;
    for (const each of next.releases) {
      const replaced = each !== release || record.state === 'idle';
      if (each === brought) each.status = 'live';
      else if (replaced && each.color !== live && (each.status === 'live' || each.status === 'baking'))
        each.status = 'replaced';
      else continue;
      markCard(draft, each);
    }
  }
  if (ends) {
    ends.code = 'interrupted';
    ends.cause = 'adopt';
  }
  if (changed) {
    next.epoch += 1;
    next.live = live;
    endReadOnly(draft);
    delete next.dataSync;
    const other = otherColor(live);
    next.colors[live] = { role: 'live', version: next.colors[live].version, since: fromNow() };
    next.colors[other] = { role: 'unknown', version: next.colors[other].version, since: fromNow() };
  } else if (next.colors[otherColor(live)].role === 'staged') {
    next.colors[otherColor(live)].role = 'failed';
  }
  oweTurn(draft, changed);
  if (deploying && deploying.version !== null && deploying.target !== live)
    next.colors[deploying.target].mayBecome = deploying.version;
  next.op = null;
  next.bake = null;
  next.request = null;
  next.drift = null;
  const left = otherColor(live);
  // Earlier writes may still come; the router must then keep the color that is adopted now.
  if (lateMs(next, left, facts.now) > 0) watch(next, left, [], facts.now);
  else next.reask = null;
  next.follow = null;
  if (facts.persists === true) persistSoon(draft);
  markCard(draft);
  markCard(draft, release);
  addHistory(
    draft,
    command.actor,
    'adopt',
    line`${record.service}: live ${live} ${next.colors[live].version ?? 'unknown'}, epoch ${next.epoch}`,
  );
  notify(
    draft,
    'event',
    line`${mention(command.actor)} adopted what the router says: ${record.service} is live on ${live}.${mayComeLate(next, otherColor(live), facts.now)}`,
    release ? {} : { release: null },
  );
  if (deploying)
    notify(
      draft,
      'event',
      line`Warning: a deploy of ${deploying.version ?? 'a version'} to ${deploying.target} may be under way, and may change it at any time.`,
    );
  return {
    kind: 'change',
    draft,
    drives: false,
    text: line`adopt: ${record.service} is live on ${live} ${next.colors[live].version ?? 'unknown'}.`,
  };
}
