/** Saves in memory, as the Redis script does. See docs/design.md#one-save. */
import { limits } from '../release/limits.ts';
import { readRecord } from '../release/read-record.ts';
import { underWay } from '../release/release.ts';
import type { Change, SaveAnswer, PendingRevert } from '../release/store.ts';
import { drawAlerts } from './alerts.ts';
import { refreshDue } from './due.ts';
import { putDraw, putNotices } from './outbox.ts';
import { appendHistory, instantAt, entryOf, knownOutcome, resolved, setMarks } from './state.ts';
import type { ServiceEntry, MemoryState } from './state.ts';

/** Saves everything of a change or nothing. The checks have the order of the Redis script. */
export function saveChange(state: MemoryState, change: Change): SaveAnswer {
  const now = state.clock.now();
  const outcome = knownOutcome(state, change.mark?.keys ?? [], now);
  if (outcome !== undefined && !(change.mark?.confirms === true && outcome.open === true))
    return { ok: false, why: 'repeat', outcome };
  const kept = entryOf(state, change.service);
  const held = kept.token !== null && kept.until > now;
  const { lease } = change;
  if (kept.revision !== change.expect) return { ok: false, why: 'revision' };
  if (change.goodUntil !== undefined && instantAt(change.goodUntil, now) <= now)
    return { ok: false, why: 'expired' };
  if (lease !== undefined && lease.act !== 'take' && !(held && kept.token === lease.token)) {
    return { ok: false, why: 'lease' };
  }
  const pendingRevert =
    kept.pendingRevert === null ? undefined : (JSON.parse(kept.pendingRevert) as PendingRevert);
  if (change.unlessPendingRevert === true && pendingRevert !== undefined)
    return { ok: false, why: 'pending-revert' };
  if (
    change.takesPendingRevert !== undefined &&
    pendingRevert !== undefined &&
    pendingRevert.id !== change.takesPendingRevert
  )
    return { ok: false, why: 'pending-revert' };

  const json = resolved({ ...change.record, revision: change.expect + 1 }, now);
  const record = readRecord(change.service, json);
  kept.revision = change.expect + 1;
  kept.record = json;
  kept.op = underWay(record) ? (record.op?.id ?? '') : '';
  if (change.takesPendingRevert !== undefined || kept.op !== kept.pendingRevertOp) {
    kept.pendingRevert = null;
    kept.pendingRevertOp = '';
  }
  const leased = lease !== undefined && applyLease(kept, lease, now);
  kept.dueService = change.due.service === null ? null : instantAt(change.due.service, now);
  kept.dueBake = change.due.bake === null ? null : instantAt(change.due.bake, now);
  for (const entry of change.history) appendHistory(kept, entry, now);
  putNotices(state, change.notices, now);
  for (const { channel, release, service = change.service } of change.draw)
    putDraw(state, channel, service, release, now);
  const shown = `${record.epoch} ${record.state}`;
  if (kept.shown !== shown) drawAlerts(state, record, now);
  kept.shown = shown;
  refreshDue(state, `service:${change.service}`, now);
  refreshDue(state, `bake:${change.service}`, now);
  setMarks(state, change.mark, now);
  return { ok: true, record, now, leased, replicated: true };
}

/** Takes, renews or drops the lease with a save; returns true when that token holds it afterwards. */
function applyLease(kept: ServiceEntry, lease: NonNullable<Change['lease']>, now: number): boolean {
  switch (lease.act) {
    case 'drop':
      kept.token = null;
      kept.until = 0;
      return false;
    case 'take':
    case 'keep':
      if (kept.token !== null && kept.until > now && kept.token !== lease.token) return false;
      kept.token = lease.token;
      kept.until = now + limits.leaseMs;
      kept.renewedAt = now;
      return true;
    default:
      return lease.act satisfies never;
  }
}
