import type { Actor } from './actor.ts';
import { otherColor } from './color.ts';
import type { Overrides } from './command.ts';
import type { Draft } from './draft.ts';
import { fromNow } from './instant.ts';
import { moveTo, steps } from './machine.ts';
import type { State } from './machine.ts';
import type { Operation, Promote, Revert, ServiceRecord, Step } from './release.ts';
import { idleColor, newestRelease, releaseOn } from './release.ts';

/** The name of this process among the replicas; a new one at each start. */
export type Driver = string;

/** Starts the promote of the staged release. */
export function openPromote(draft: Draft, actor: Actor, driver: Driver, overrides: Overrides): Promote {
  const { record } = draft;
  const release = record.releases[0];
  if (!release) throw new Error('promote without a release');
  const op: Promote = {
    id: crypto.randomUUID(),
    kind: 'promote',
    release: release.id,
    target: idleColor(record),
    version: release.version,
    actor,
    at: fromNow(),
    step: steps.promote[0],
    driver,
    ...overrides,
  };
  record.op = op;
  moveTo(record, 'promoting');
  release.steps = [];
  release.promotedBy = actor;
  delete release.code;
  delete release.cause;
  return op;
}

/** Starts a revert to `target`, or a restore of the recorded live color. */
export function openRevert(
  draft: Draft,
  driver: Driver,
  plan: {
    kind: 'revert' | 'restore';
    target: Revert['target'];
    version: string | null;
    actor: Actor;
    was: State;
    reason?: string | undefined;
    force?: string | undefined;
    interrupted?: Operation | undefined;
  },
): Revert {
  const { record } = draft;
  // Failed stages may be newer than the live release.
  const leaving = plan.kind === 'revert' ? releaseOn(record, otherColor(plan.target)) : undefined;
  const release = leaving ?? newestRelease(record);
  const op: Revert = {
    id: crypto.randomUUID(),
    kind: plan.kind,
    release: release?.id ?? record.service,
    target: plan.target,
    version: plan.version,
    actor: plan.actor,
    at: fromNow(),
    step: steps[plan.kind][0],
    driver,
    was: plan.was,
    ...(plan.reason !== undefined && { reason: plan.reason }),
    ...(plan.force !== undefined && { force: plan.force }),
    ...(plan.interrupted?.kind === 'promote' && { interrupted: plan.interrupted }),
  };
  record.op = op;
  const gone = plan.kind === 'revert' ? release : undefined;
  if (gone) gone.steps = gone.steps.filter((step) => step.status !== 'doing');
  const had = gone && ['live', 'baking', 'promoting', 'stuck'].includes(gone.status);
  moveTo(record, 'reverting', had ? gone : null);
  return op;
}

/** Goes on to the step after `done`. `without`: steps that have nothing to do here. */
export function advance({ record: { op } }: Draft, done: Step, without: readonly Step[] = []): void {
  if (!op) return;
  const all: readonly Step[] = steps[op.kind];
  const next = all.slice(all.indexOf(done) + 1).find((step) => !without.includes(step));
  if (next !== undefined) Object.assign(op, { step: next });
}

/** Returns how long a switch is tried until it is verified, from its intent, a takeover or a retry, ms. */
export function switchTimeoutMs({ kind }: Pick<Operation, 'kind'>): number {
  return kind === 'promote' ? 10_000 : 120_000;
}

/** Returns the color that traffic leaves when this operation switches. */
export function colorLeft(record: ServiceRecord, op: Operation): 'blue' | 'green' {
  return op.kind === 'promote' ? record.live : otherColor(op.target);
}
