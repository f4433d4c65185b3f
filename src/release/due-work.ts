/** The periodic work of a service at rest: expiries, reminders, its line, hooks after a revert, the router. */
import { afterRevert } from './after-hooks.ts';
import { awaitRouter } from './await-router.ts';
import { markCard, notify, userOf, mention } from './draft.ts';
import { line } from './line.ts';
import { watchSync } from './data-sync.ts';
import { beginOwedTurn } from './owed-turn.ts';
import { recheckIfDue } from './recheck-router.ts';
import { tendReadOnly } from './read-only.ts';
import { settingsOrLeave } from './leave-to-others.ts';
import { queueCard } from './parts.ts';
import type { Parts } from './parts.ts';
import { underWay } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { mentionAgain } from './mention-again.ts';
import { save } from './save.ts';
import type { Loaded } from './store.ts';

/** How often the record is read while hooks are running, ms. */
const hooksMs = 500;

/**
 * Does everything that is due for a service at rest, as `loaded`, under its due lease, until `over` aborts. Resolves
 * to how soon it must be done again, ms, if that is sooner than the record says; `for-others`: by another replica,
 * because the settings of the service cannot be read here. Calls `carryOn` when an operation was accepted meanwhile
 * and no process works on it. Throws `Fault` when the storage is unavailable.
 */
export async function doDueWork(
  parts: Parts,
  loaded: Loaded & { record: ServiceRecord },
  over: AbortSignal,
  carryOn: () => void,
): Promise<number | 'for-others' | undefined> {
  if (loaded.queueLapsed)
    await parts.store.leave(loaded.record.service, null, queueCard(parts, loaded.record));
  if (await saveExpiries(parts, loaded)) return undefined;
  const owed = await beginOwedTurn(parts, loaded, carryOn);
  if (owed !== false) return owed === true ? undefined : owed;
  const tended = await tendReadOnly(parts, loaded);
  if (tended !== false) return tended === true ? undefined : tended;
  if (!loaded.record.afterRevert) {
    const awaited = await awaitRouter(parts, loaded, over);
    if (awaited === 'for-others') return awaited;
    const looked = await recheckIfDue(parts, loaded, over);
    if (looked === 'for-others') return looked;
    const synced = await watchSync(parts, loaded);
    if (synced === 'for-others' || synced === true) return synced === true ? undefined : synced;
    return sooner(sooner(awaited, looked), synced === false ? undefined : synced);
  }
  if (settingsOrLeave(parts, loaded.record) === 'for-others') return 'for-others';
  const done = new AbortController();
  const hooks = afterRevert(parts, loaded.record, AbortSignal.any([over, done.signal]));
  const ended = hooks.finally(() => done.abort('done'));
  ended.catch(() => {});
  try {
    await lookDuringHooks(parts, loaded.record.service, AbortSignal.any([over, done.signal]), carryOn);
  } finally {
    done.abort('done');
  }
  await hooks;
  return undefined;
}

function sooner(one: number | undefined, two: number | undefined): number | undefined {
  return one === undefined || two === undefined ? (one ?? two) : Math.min(one, two);
}

/** Does the other work on time while hooks run: they may take minutes. */
async function lookDuringHooks(
  parts: Parts,
  service: string,
  over: AbortSignal,
  carryOn: () => void,
): Promise<void> {
  let idle: string | undefined;
  let peekAt = 0;
  while (!over.aborted) {
    const loaded = await parts.store.load(service);
    const { record } = loaded;
    if (record && underWay(record)) {
      // The lease is free at two looks in a row: the process that accepted the operation takes it sooner than that.
      const free = loaded.lease === null ? record.op?.id : undefined;
      if (free !== undefined && free === idle) carryOn();
      idle = free;
    } else if (record && !(await saveExpiries(parts, { ...loaded, record }))) {
      const peek = parts.clock.mono() >= peekAt;
      const againMs = await recheckIfDue(parts, { ...loaded, record }, over, peek);
      if (peek) peekAt = parts.clock.mono() + (againMs === 'for-others' ? hooksMs : (againMs ?? 0));
    }
    await parts.clock.sleep(hooksMs, over);
  }
}

/**
 * Saves what a time ended: an expired request, a lock's reminder and end, an unanswered mention. Resolves to true
 * when something was saved: the service is due again at once.
 */
async function saveExpiries(parts: Parts, loaded: Loaded & { record: ServiceRecord }): Promise<boolean> {
  const { record, now } = loaded;
  const { request, lock } = record;
  const top = record.releases[0] ? {} : { release: null };
  if (request?.status === 'open' && request.expiresAt <= now) {
    return save(parts, record, now, (draft) => {
      if (draft.record.request) draft.record.request.status = 'expired';
      markCard(draft);
      draft.history.push({
        actor: { kind: 'system', rule: 'approval-expires' },
        what: 'request-expired',
        text: line`the request of ${mention(request.requester)}`,
        code: 'approval-expired',
      });
      notify(
        draft,
        'broadcast',
        line`${mention(request.requester)}: the request to promote ${record.service} expired with ${request.approvals.length} of ${request.needed} approvals. The release stays staged; promote asks again.`,
        { to: userOf(request.requester) },
      );
    });
  }
  if (lock && lock.until !== null && lock.until <= now) {
    return save(parts, record, now, (draft) => {
      draft.record.lock = null;
      markCard(draft);
      draft.history.push({
        actor: { kind: 'system', rule: 'lock-ends' },
        what: 'lock-ended',
        text: line`the lock of ${mention(lock.holder)}: ${lock.reason}`,
      });
      notify(draft, 'event', line`The lock of ${mention(lock.holder)} on ${record.service} ended.`, top);
    });
  }
  if (lock && lock.until !== null && lock.remindAt !== null && lock.remindAt <= now) {
    const { until } = lock;
    return save(parts, record, now, (draft) => {
      if (draft.record.lock) draft.record.lock.remindAt = null;
      notify(
        draft,
        'broadcast',
        line`${mention(lock.holder)}: your lock of ${record.service} ends ${{ at: until }}.`,
        { buttons: 'lock', to: userOf(lock.holder), ...top },
      );
    });
  }
  return mentionAgain(parts, record, now);
}
