import type { Actor } from './actor.ts';
import { criticalOn } from './alert-gate.ts';
import type { Color } from './color.ts';
import type { Overrides } from './command.ts';
import { unreadable, unusable } from './bad-record.ts';
import { isBadSettings } from './fault.ts';
import { approvalsHold, countApprovals, requireRole, refuse } from './gates.ts';
import type { Facts } from './gates.ts';
import { summarise } from './router-answers.ts';
import { leftSince } from './abandoned.ts';
import { formatDuration } from './duration.ts';
import { line, order, typed } from './line.ts';
import { automaticWords } from './auto-revert/words.ts';
import { urgentVerdict } from './evidence/words.ts';
import type { Line } from './line.ts';
import { lookAtSchema } from './look-at-schema.ts';
import { mayGoBack, noWayBackWords } from './no-way-back.ts';
import { notAdopted, starting } from './not-adopted.ts';
import { diffFor } from './mirror/diff.ts';
import type { Parts } from './parts.ts';
import { settingsFor } from './parts.ts';
import { askRouter } from './ask-router.ts';
import { queueWords } from './waiting-line.ts';
import { askReady, routerReadiness } from './ready.ts';
import type { NeedReady } from './ready.ts';
import { firstLook } from './known-services.ts';
import type { Refusal } from './refusals.ts';
import { idleColor } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { fitOf, keptOf } from './schema.ts';
import type { SchemaLook } from './schema.ts';
import { against } from './steps/compare-router.ts';
import type { HealthCheck } from './ports.ts';
import { askOnce, checksBefore } from './steps/check.ts';
import type { Examined } from './steps/check.ts';
import { rolesOf } from './roles.ts';
import { promoteGates } from './verbs/promote.ts';
import { stateGate } from './state-gate.ts';
import { gateOf, notInSync } from './turn-data.ts';
import { doubtOfWayBack, wayBack } from './way-back.ts';
import { withTimeout } from './with-timeout.ts';

/** The current result of one gate: passed when there is no refusal. */
export interface Gate {
  gate: string;
  refusal: Refusal | undefined;
  /** Information about a gate that passes. */
  note?: Line;
}

/** All gates of one service for one person, now. */
export interface Gates {
  promote: readonly Gate[];
  revert: readonly Gate[];
  /** What asking both colors says about a revert, where that is worth reading first. */
  verdict?: Line;
  /** Whether the live release may be reverted by itself, and what would cause it; absent: never. */
  automatic?: Line;
}

/** How long router and colors may take, ms: Slack's acknowledgement waits for the answer. */
const timeoutMs = 1_800;

/**
 * Checks every gate of promote (with these overrides) and of revert for one person, now: record, roles, router, and
 * the colors that would get traffic. Changes nothing. Throws `Fault` when the storage is unavailable.
 */
export async function explainGates(
  parts: Parts,
  service: string,
  actor: Actor,
  overrides: Overrides = {},
): Promise<Gates> {
  let [loaded] = await parts.store.loadMany([service]);
  if (loaded?.record === null && loaded.bad === undefined && parts.catalog.find(service)) {
    if (!(await firstLook(parts.remembered, parts.clock))) return refusedBy('adopted', starting(service));
    [loaded] = await parts.store.loadMany([service]);
  }
  if (!loaded) throw new Error('the store answered for no service');
  const { record, now, bad } = loaded;
  if (bad !== undefined) {
    return refusedBy('record', unreadable(service, bad));
  }
  const configured = readSettings(parts, service, record);
  if (typeof configured === 'string') return refusedBy('settings', unusable(service, configured));
  if (!configured || !record) {
    return refusedBy('adopted', notAdopted(service, loaded, parts.remembered.recorded.has(service)));
  }
  const approvers = parts.people.mentions('approver', configured.settings);
  const adapters = parts.adapters(service, configured);
  const idle = idleColor(record);
  const back = wayBack(record);
  const doubt = doubtOfWayBack(record);
  const examine = (checks: readonly HealthCheck[], color: Color, version: string | null): Promise<Examined> =>
    withTimeout(parts.clock, timeoutMs, (signal) => askOnce(checks, color, version ?? undefined, signal));
  const could = async (color: Color, need: NeedReady): Promise<Gate> => {
    const { cause, repair } = routerReadiness(
      await askReady(parts, adapters.router, color, { ms: timeoutMs }),
      need,
    );
    const refusal =
      cause === undefined
        ? undefined
        : refuse(
            'router-not-ready',
            line`${cause}.`,
            repair !== undefined
              ? line`${order(repair)} --force does not help before that.`
              : need === 'all'
                ? line`It clears when the router can serve ${color}.`
                : line`${typed(`revert ${service} --force <reason>`)} goes back anyway.`,
          );
    return { gate: `router could serve ${color}`, refusal };
  };
  const databases = async (color: Color, next: Line): Promise<Gate[]> => {
    const gate = await gateOf(parts, adapters, record, color, { ms: timeoutMs });
    if (gate === undefined) return [];
    const why = notInSync(gate);
    const refusal = why === undefined ? undefined : refuse('not-in-sync', line`${why}.`, next);
    return [
      { gate: 'databases', refusal, ...(gate.ok && { note: line`${formatDuration(gate.lagMs)} behind` }) },
    ];
  };
  const [
    promoter,
    reverter,
    router,
    schema,
    doubts,
    firing,
    diff,
    staged,
    target,
    ahead,
    behind,
    databasesAhead,
    databasesBehind,
  ] = await Promise.all([
    rolesOf(parts, { actor, verb: 'promote', ...overrides }, configured),
    rolesOf(parts, { actor, verb: 'revert' }, configured),
    askRouter(parts, adapters.router, { ms: timeoutMs }).then(summarise),
    lookAtSchema(parts, adapters),
    withTimeout(parts.clock, timeoutMs, async (signal) => (await adapters.router.doubts?.(signal)) ?? []),
    criticalOn(parts.alerts, record),
    diffFor(parts, record, configured),
    record.state === 'staged'
      ? examine(checksBefore(adapters), idle, record.colors[idle].version)
      : undefined,
    back ? examine(adapters.health, back.color, back.version) : undefined,
    record.state === 'staged' ? could(idle, 'all') : undefined,
    back ? could(back.color, 'some') : undefined,
    record.state === 'staged' ? databases(idle, line`It clears when that is corrected.`) : [],
    back ? databases(back.color, line`${typed(`revert ${service} --force <reason>`)} goes back anyway.`) : [],
  ]);

  const facts: Facts = {
    ...configured,
    record,
    now,
    leftAt: leftSince(loaded),
    ...promoter,
    approvers,
    firing,
    diff,
  };
  const wrong = against(record, router);
  const routerGate =
    wrong &&
    refuse(
      wrong.code,
      line`${wrong.cause}.`,
      wrong.code === 'router-unreachable'
        ? line`It clears when the router answers.`
        : wrong.code === 'router-drift'
          ? line`${typed(`retry ${service}`)} puts the router back, ${typed(`adopt ${service}`)} accepts what it says.`
          : line`${router.shut ? 'Repair that. Then ' : ''}${typed(`retry ${service}`)} puts the router back.`,
    );
  const { approvals } = facts.settings.promotion;
  const missing =
    approvals === 0 || approvalsHold(facts, actor)
      ? undefined
      : refuse(
          'approval-needed',
          line`It needs ${countApprovals(approvals)}.`,
          line`${typed(`promote ${service}`)} opens the request; ${approvers} can approve it.`,
        );
  // A waiting command does not block commands that do not wait.
  const waiting = queueWords(loaded.queue, { record, settings: configured.settings, now });
  const gates = promoteGates(facts, actor, overrides);
  const stands = record.state === 'staged' ? record.releases[0]?.noWayBack : undefined;
  const verdict = urgentVerdict(record);
  const automatic = automaticWords(record, configured.settings, now);
  const requested = gates.some((gate) => gate.gate === 'request' && gate.refusal);
  return {
    promote: [
      ...gates,
      ...(waiting.length > 0 ? [{ gate: 'line', refusal: undefined, note: waiting }] : []),
      // Only a staged release can be approved; that none is staged is a gate of its own.
      ...(requested || record.state !== 'staged' ? [] : [{ gate: 'approvals', refusal: missing }]),
      {
        gate: 'router',
        refusal: routerGate,
        ...(doubts.length > 0 && { note: line`${doubts.map(({ what }) => what).join('; ')}` }),
      },
      ...(stands ? [{ gate: 'way back', refusal: undefined, note: line`${noWayBackWords(stands)}` }] : []),
      ...(record.state === 'staged' ? schemaGates(schema, record, idle) : []),
      ...(ahead ? [ahead] : []),
      ...databasesAhead,
      ...(staged
        ? [{ gate: `health of ${idle}`, refusal: health(staged, line`It clears when ${idle} answers well.`) }]
        : []),
    ],
    revert: [
      {
        gate: 'role',
        refusal: requireRole({ ...facts, ...reverter }, { verb: 'revert', actor }, 'operator'),
      },
      {
        gate: 'way back',
        refusal: stateGate(facts, { verb: 'revert', actor }) ?? mayGoBack(facts, undefined),
        ...(doubt !== undefined && { note: line`${doubt}` }),
      },
      {
        gate: 'router',
        refusal:
          router.heading === 'unreachable'
            ? refuse(
                'router-unreachable',
                line`No instance of the router answers (${router.detail}).`,
                line`It clears when one answers.`,
              )
            : undefined,
      },
      ...(back ? schemaGates(schema, record, back.color) : []),
      ...(behind ? [behind] : []),
      ...databasesBehind,
      ...(back && target
        ? [
            {
              gate: `health of ${back.color}`,
              refusal: health(target, line`${typed(`revert ${service} --force <reason>`)} goes back anyway.`),
            },
          ]
        : []),
    ],
    ...(verdict.length > 0 && { verdict }),
    ...(automatic.length > 0 && { automatic }),
  };
}

/** Returns the same as `settingsFor`; a text says why the stored settings cannot be used. */
function readSettings(
  parts: Parts,
  service: string,
  record: ServiceRecord | null,
): ReturnType<typeof settingsFor> | string {
  try {
    return settingsFor(parts, service, record);
  } catch (cause) {
    if (isBadSettings(cause)) return cause.message;
    throw cause;
  }
}

/** Refuses both for the same cause. */
function refusedBy(gate: string, refusal: Refusal): { promote: Gate[]; revert: Gate[] } {
  return { promote: [{ gate, refusal }], revert: [{ gate, refusal }] };
}

/** The gate of the schema, where the colors report it. */
function schemaGates(look: SchemaLook | undefined, { releases }: ServiceRecord, color: Color): Gate[] {
  const fit = look && fitOf(keptOf(look, releases[0]?.schema), color);
  if (!fit) return [];
  const gate = `schema of ${color}`;
  if (fit.fits === false) {
    const next = line`It clears when ${color} and the database fit.`;
    return [{ gate, refusal: refuse('schema-incompatible', line`${fit.words}.`, next) }];
  }
  const note = fit.fits === true ? line`the database is at ${fit.at}` : line`not known: ${fit.why}`;
  return [{ gate, refusal: undefined, note }];
}

function health(seen: Examined, next: Line): Refusal | undefined {
  return seen.healthy ? undefined : refuse(seen.code, line`${seen.cause}.`, next);
}
