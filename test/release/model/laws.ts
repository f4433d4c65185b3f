/** The guarantees of the contract, as checks of one save, and of one record at rest. Each answers with what is broken. */
import { countdownOf } from '../../../src/release/auto-revert/rule.ts';
import { otherColor } from '../../../src/release/color.ts';
import { follows, statuses } from '../../../src/release/machine.ts';
import type { State, Status } from '../../../src/release/machine.ts';
import { noWayBackOf } from '../../../src/release/no-way-back.ts';
import { lockAt } from '../../../src/release/release.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import type { Saved } from '../../support/memory-core.ts';

const resting: readonly State[] = ['idle', 'staged', 'baking'];

/** What no record may ever look like. */
export function* shapeLaws(record: ServiceRecord): Generator<string> {
  const { state, op, bake, request, colors, live } = record;
  const other = colors[otherColor(live)];
  if (colors[live].role !== 'live') yield `the live color has the role ${colors[live].role}`;
  if (other.role === 'live') yield 'both colors are live';
  if (resting.includes(state) !== (op === null)) yield `${state} with operation ${op?.kind ?? 'none'}`;
  const was = op !== null && (op.kind === 'revert' || op.kind === 'restore') ? op.was : undefined;
  const kinds = { staging: ['stage'], promoting: ['promote'], reverting: ['revert', 'restore'] };
  if (state in kinds && !kinds[state as keyof typeof kinds].includes(op?.kind ?? ''))
    yield `${state} with operation ${op?.kind ?? 'none'}`;
  const bakes = state === 'baking' || was === 'baking' || was === 'stuck';
  if (state === 'baking' && bake === null) yield 'baking without a bake';
  if (bake !== null && !bakes) yield `a bake in ${state}`;
  const mayAsk = state === 'staged' || state === 'promoting' || state === 'stuck' || state === 'reverting';
  if (request !== null && !mayAsk) yield `a request in ${state}`;
  if (request?.status === 'open' && state !== 'staged' && was !== 'staged')
    yield `an open request in ${state}`;
  if (other.role === 'staged' && (state === 'idle' || state === 'baking' || state === 'staging'))
    yield `a staged color in ${state}`;
  if ((state === 'staged' || state === 'promoting') && other.role !== 'staged')
    yield `${state}, but the idle color is ${other.role}`;
  const newest = record.releases[0];
  const possible: readonly Status[] = statuses[state];
  if (newest && !possible.includes(newest.status))
    yield `${state}, but the newest release is ${newest.status}`;
  if (!newest && !['idle', 'reverting', 'stuck'].includes(state)) yield `${state} without a release`;
  if (op && resting.includes(state)) yield `an operation at rest in ${state}`;
  if (op && op.intentAt === undefined && (op.step === 'switch' || op.step === 'undo'))
    yield `${op.kind} at ${op.step} without an intent`;
  if (countdownOf(record) && noWayBackOf(record)) yield 'a countdown where there is no way back';
  const alive = record.releases.filter((each) => each.status === 'live' || each.status === 'baking');
  if (alive.length > 1) yield `${alive.length} releases are live`;
  if (alive[0] && alive[0].color !== live) yield `release #${alive[0].number} is live on the idle color`;
}

/** What no save may do. */
export function* saveLaws({ before: { record: before, now }, after, change, by }: Saved): Generator<string> {
  yield* shapeLaws(after);
  if (before === null) return;
  const adopts = change.history.some((entry) => entry.what === 'adopt');
  const whats = change.history.map((entry) => entry.what);
  if (after.revision !== before.revision + 1) yield 'the revision did not rise by one';
  if (after.epoch - before.epoch !== (after.live === before.live ? 0 : 1))
    yield `live ${before.live} → ${after.live}, epoch ${before.epoch} → ${after.epoch}`;
  if (after.live !== before.live && !adopts && before.op?.kind !== 'promote' && before.op?.kind !== 'revert')
    yield `live changed in ${before.state}`;
  if (after.live !== before.live && !adopts && before.op?.intentAt === undefined)
    yield 'live changed without an intent';
  if (after.state !== before.state && !follows(before.state).has(after.state))
    yield `${before.state} → ${after.state}`;
  if (after.state !== before.state && whats.length === 0)
    yield `${before.state} → ${after.state} without an entry in the history`;
  const began = after.op !== null && after.op.id !== before.op?.id;
  if (before.op?.unconfirmedAt !== undefined && after.op?.id === before.op.id) {
    const { unconfirmedAt, step, intentAt } = after.op;
    const moved = step !== before.op.step || intentAt !== before.op.intentAt;
    if (unconfirmedAt !== undefined && moved) yield `went on at ${step} without being confirmed`;
  }
  if (began && after.op?.kind === 'revert' && after.op.force === undefined && noWayBackOf(before))
    yield 'an unforced revert began where there is no way back';
  if (began && change.lease === undefined) yield 'an operation began without a lease';
  if (!adopts && change.lease === undefined && before.op && after.op === null)
    yield 'an operation ended without the lease';
  if (change.lease && ![by, `${by}:look`].includes(change.lease.token))
    yield `${by} saved with the lease of ${change.lease.token}`;
  yield* roleLaws(before, after);
  if (whats.includes('reverted') && after.settings['revert'] !== undefined) {
    const { lockAfterRevert } = after.settings['revert'] as { lockAfterRevert: boolean };
    if (lockAfterRevert && !lockAt(after, now)) yield 'reverted, but not locked';
  }
  for (const release of after.releases) {
    const old = before.releases.find((each) => each.id === release.id);
    if (old && old.status === release.status) continue;
    if (!change.draw.some((mark) => mark.release === release.id))
      yield `#${release.number} ${old?.status ?? 'new'} → ${release.status} is not drawn`;
  }
  if (
    before.op &&
    after.op === null &&
    change.unlessPendingRevert !== true &&
    change.takesPendingRevert === undefined
  )
    yield 'an operation ended in a save that a pending revert does not stop';
}

function* roleLaws(before: ServiceRecord, after: ServiceRecord): Generator<string> {
  for (const color of ['blue', 'green'] as const) {
    const was = before.colors[color];
    const is = after.colors[color];
    if (is.role === was.role) {
      if (is.role === 'previous' && is.version !== was.version) yield 'the way back changed its version';
      continue;
    }
    if (is.role === 'previous' && was.role === 'live' && before.op?.kind !== 'promote')
      yield `${color}: live → previous without a promote`;
    if (is.role === 'previous' && was.role !== 'live' && was.wasPrevious !== true)
      yield `${color}: ${was.role} → previous`;
    if (is.role === 'reverted' && before.op?.kind !== 'revert')
      yield `${color}: ${was.role} → reverted without a revert`;
    if (is.role === 'staged' && before.op?.kind !== 'stage') yield `${color}: ${was.role} → staged`;
  }
}
