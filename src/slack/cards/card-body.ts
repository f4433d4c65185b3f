/** The lines under a card's heading: what it means, what somebody can do, and what else needs attention. */
import { signedColor } from '../../release/color.ts';
import { countdownNext, countdownWhy } from '../../release/auto-revert/words.ts';
import { unmeasuredHelp } from '../../release/bake-words.ts';
import { mention, mentionAll } from '../../release/draft.ts';
import { asSentence, line, typed } from '../../release/line.ts';
import type { Line, Part } from '../../release/line.ts';
import { noWayBackOf } from '../../release/no-way-back.ts';
import { idleColor } from '../../release/release.ts';
import type { Bake, Release, ServiceRecord } from '../../release/release.ts';
import type { Settings } from '../../release/settings.ts';
import { urgentVerdict } from '../../release/evidence/words.ts';
import { isWayBackDead, refusedBecause, stillUnreverted, wayBack } from '../../release/way-back.ts';
import type { RecordFacts } from '../../text/describe.ts';
import { bakeEnd, colorWith } from './card-heading.ts';

/** A version as code, so that nothing in it is read as formatting. */
export function versionCode(version: string | null): Part {
  return version === null ? 'unknown' : { code: version };
}

/** The cause as a sentence of its own. */
function sentence(cause: string): string {
  return asSentence(cause.replace(/^[a-z]/, (letter) => letter.toUpperCase()));
}

function colored(record: ServiceRecord, color: 'blue' | 'green'): Line {
  return colorWith(record, color, versionCode);
}

/** Where a revert would go, and until when it is possible. */
function backLines(record: ServiceRecord): Line[] {
  const back = wayBack(record);
  const idle = idleColor(record);
  if (!back || back.color !== idle) return [];
  if (noWayBackOf(record)) return [line`Revert to ${colored(record, idle)} is refused unless forced.`];
  const healthy = record.bake?.wayBack === 'alive' ? ' (healthy)' : '';
  return [line`Revert goes back to ${colored(record, idle)}${healthy}, until another version is staged.`];
}

function bakingLines(record: ServiceRecord, bake: Bake, settings?: Settings): Line[] {
  const { live } = record;
  const idle = idleColor(record);
  const dead = isWayBackDead(record);
  const back = bake.wayBackCause ?? 'no answer';
  const sick = bake.cause ?? 'no verdict';
  const unwatched = bake.unwatched ? [line`Nobody watches it: no replica can read its settings.`] : [];
  const unmeasured = bake.unmeasured
    ? [line`It is not measured now. ${sentence(bake.unmeasured.cause)} ${unmeasuredHelp(record)}`]
    : bake.unsettled === undefined
      ? []
      : [line`It is not settled. ${sentence(bake.unsettled)} ${unmeasuredHelp(record)}`];
  if (bake.verdict === 'healthy' && !dead) {
    const none = bake.wayBack === 'none' ? [line`There is no version to go back to.`] : backLines(record);
    return [...unwatched, ...unmeasured, ...none];
  }
  if (bake.verdict === 'healthy')
    return [
      line`Traffic is on ${signedColor[live]}, which is healthy and watched until ${bakeEnd(bake)}.`,
      line`Start ${colored(record, idle)} again. Until it answers, Revert is refused unless forced. ${idle}: ${asSentence(back)}`,
    ];
  if (dead)
    return [
      line`If nothing that both share is broken, start ${colored(record, idle)} again, then press Revert; or fix ${live}. Until ${idle} answers, Revert is refused unless forced.`,
      line`Users affected: not known to the checks; see your alerts. ${live}: ${sick} · ${idle}: ${back}`,
    ];
  const alone = settings?.promotion.autoRevert && !noWayBackOf(record) ? '' : ' Nothing happens by itself.';
  const end: Line = bake.endedAt === undefined ? [] : line` It is settled once it is healthy again.`;
  return [
    line`${asSentence(sick)} Users affected: not known to the checks; see your alerts.${alone}${end}`,
    ...backLines(record),
  ];
}

function stagedLines(record: ServiceRecord, release: Release, settings?: Settings): Line[] {
  const { request, live } = record;
  const traffic = line`Traffic is on ${colored(record, live)}.`;
  if (request?.status === 'open') {
    const given = request.approvals.map(({ actor }) => actor);
    const by = given.length === 0 ? [] : line` Approved by ${mentionAll(given)}.`;
    const moves = request.needed - given.length > 1 ? 'The last approval moves' : 'Approve moves';
    return [
      line`${traffic} ${mention(request.requester)} asked ${{ at: request.openedAt, show: 'time' }}; the request ends ${{ at: request.expiresAt, show: 'time' }}.${by} ${moves} all traffic to ${colored(record, release.color)}.`,
    ];
  }
  const asked =
    request?.status === 'expired' ? line` The request of ${mention(request.requester)} expired.` : [];
  if (release.code !== undefined)
    return [
      line`${release.cause === undefined || release.cause === release.code ? `It ended: ${release.code}.` : sentence(release.cause)} ${traffic}`,
      line`Fix the cause, then promote again, or cancel.`,
    ];
  const approvals = settings?.promotion.approvals ?? 0;
  const needed =
    approvals > 0 && request?.status !== 'granted'
      ? ` Promote asks for ${approvals} ${approvals === 1 ? 'approval' : 'approvals'}.`
      : '';
  return [line`${traffic}${asked}${needed}`];
}

/**
 * Why the release was reverted. A typed reason for a forced revert is quoted as that person's, not as the bot's
 * finding.
 */
function whyLine({ forced, revertedBy }: Release, why: string): Line {
  if (!forced || revertedBy === undefined) return line`Why: ${asSentence(why)}`;
  return line`Reason of ${mention(revertedBy)}: “${why}”`;
}

function idleLines(record: ServiceRecord, release: Release): Line[] {
  const { service, live } = record;
  const why = release.cause === undefined || release.cause === release.code ? undefined : release.cause;
  switch (release.status) {
    case 'failed': {
      // This card also shows when the router was put back after drift.
      const untouched = release.steps.every(({ name }) => !name.startsWith('switch'));
      const where = untouched
        ? line`Traffic was not touched: it is on ${colored(record, live)}.`
        : line`Traffic is on ${colored(record, live)}.`;
      return [
        line`${sentence(why ?? release.code ?? 'It failed')} ${where}`,
        line`Fix the cause, then ${typed(`stage ${service} ${release.version}`)}.`,
      ];
    }
    case 'reverted': {
      const forced = release.forced
        ? [
            line`Look at ${colored(record, live)} and at your alerts now: nobody has checked whether it answers.`,
          ]
        : [];
      return [...forced, ...(why === undefined ? [] : [whyLine(release, why)])];
    }
    case 'dropped':
      return why === undefined ? [] : [[asSentence(why)]];
    default: {
      const back = backLines(record);
      return back.length > 0 ? back : [line`There is no version to go back to.`];
    }
  }
}

function movingLines(record: ServiceRecord): Line[] {
  const { op, live, state } = record;
  const keeps = op?.intentAt === undefined ? 'keeps traffic on' : 'moves traffic back to';
  if (state === 'promoting') return [line`Revert stops it and ${keeps} ${colored(record, live)}.`];
  const force = op?.kind === 'revert' && op.force !== undefined;
  return force ? [line`Forced: ${op.target} is not checked first.`] : [];
}

function stuckLines({ awaits }: ServiceRecord, release: Release): Line[] {
  const answers = awaits === null;
  const cause = release.cause ?? 'Neither done nor undone';
  const adopt = 'Adopt keeps what the router does.';
  return [
    answers
      ? line`The router answers now: press Revert if alerts fire, else Retry. ${adopt}`
      : line`Press Revert if alerts fire, else Retry. When a silent router answers, a message here says so. ${adopt}`,
    // The router's earlier silence is over by then.
    ...(answers && release.code === 'router-unreachable' ? [] : [line`${sentence(cause)}`]),
  ];
}

function driftLines(record: ServiceRecord): Line[] {
  const { op, drift, live } = record;
  const seen = drift === null ? '' : line`, seen ${{ at: drift.at, show: 'time' }}`;
  const what =
    drift === null || drift.saw === 'blue' || drift.saw === 'green'
      ? 'was moved outside Switchback'
      : 'does not name one color';
  const moved = line`The router ${what}${seen}. Users affected: not known.`;
  if (op?.kind === 'restore') return [line`The router is being put back to ${colored(record, op.target)}.`];
  if (op?.kind === 'revert') return [moved, line`A revert to ${op.target} is under way.`];
  if (op) return [moved, line`The ${op.kind} under way stops if this stays.`];
  return [moved, line`Put back moves all traffic to ${colored(record, live)}, after one good health answer.`];
}

function lockLines({ state, service }: ServiceRecord, release: Release, found: RecordFacts['lock']): Line[] {
  if (found === undefined) return [];
  const lock = found.value;
  if (lock.holder.kind !== 'system') return [line`🔒 Locked ${found.line()}`];
  // A person who forced a revert must still check that color: nobody else has.
  const waits = state === 'idle' && !release.forced ? '; unlocking can wait until morning' : '';
  const locked = line`🔒 Locked: no release of ${service} until an operator unlocks it${waits}.`;
  const told = [`reverted: ${release.cause}`, `reverted from ${release.version}`].includes(lock.reason);
  return [told && release.status === 'reverted' ? locked : line`${locked} ${asSentence(lock.reason)}`];
}

/** Other facts of the service that may need a person. */
function remarkLines(record: ServiceRecord, release: Release, facts: RecordFacts): Line[] {
  const out = lockLines(record, release, facts.lock);
  const refused = stillUnreverted(record);
  // The heading already says that a color is down.
  if (refused && !isWayBackDead(record))
    out.push(
      refused.code === 'router-unreachable'
        ? line`❌ Not reverted yet: the router did not answer. It ${record.awaits ? 'is asked until it does' : 'answers now'}.`
        : line`❌ Not reverted yet: ${refusedBecause(refused)}.`,
    );
  if (facts.following) out.push(line`⏳ Router: ${facts.following.line()}`);
  if (facts.reload) out.push(line`❌ Router: ${facts.reload.line()}`);
  if (facts.fed)
    out.push(
      line`${facts.fed.value.cause === undefined ? '🔀' : '⚠️ Not both fed.'} Both fed: ${facts.fed.line()}`,
    );
  if (facts.noWayBack) out.push(line`⛔ No way back: ${facts.noWayBack.line()}`);
  if (facts.readOnly) out.push(facts.readOnly.line());
  if (facts.data) out.push(line`Data: ${facts.data.line()}.`);
  if (facts.writesOff) out.push(line`❌ Writes ${facts.writesOff.line()}`);
  if (facts.evidence?.value.now === 'no-difference') out.push(facts.evidence.line());
  if (facts.diff) out.push(line`${facts.diff.value.of > 0 ? '⚠️' : '🔍'} Answers: ${facts.diff.line()}.`);
  if (facts.waiting) out.push(line`⏳ In line: ${facts.waiting.line()}`);
  return out;
}

function stateLines(record: ServiceRecord, release: Release, settings?: Settings): Line[] {
  switch (record.state) {
    case 'idle':
      return idleLines(record, release);
    case 'staging':
      return [line`Traffic stays on ${colored(record, record.live)}.`];
    case 'staged':
      return stagedLines(record, release, settings);
    case 'promoting':
    case 'reverting':
      return movingLines(record);
    case 'baking':
      return record.bake ? bakingLines(record, record.bake, settings) : [];
    case 'stuck':
      return stuckLines(record, release);
    default:
      return record.state satisfies never;
  }
}

/** The lines of the newest release's card. `drift`: what the router says against the record. */
export function bodyLines(
  record: ServiceRecord,
  release: Release,
  settings: Settings | undefined,
  drift: string | undefined,
  facts: RecordFacts,
): Line[] {
  const verdict = urgentVerdict(record);
  const said =
    drift === undefined || record.state === 'stuck'
      ? stateLines(record, release, settings)
      : driftLines(record);
  const counting = facts.countdown?.value;
  const countdown: Line[] = counting
    ? [line`${countdownWhy(record, counting)} ${countdownNext(record, counting)}`]
    : [];
  return [
    ...countdown,
    ...(verdict.length > 0 ? [verdict] : []),
    ...said,
    ...remarkLines(record, release, facts),
  ];
}
