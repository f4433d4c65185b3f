/** What a resting service needs from time to time: expiries, reminders, a second look at the router. */
import { otherColor } from './color.ts';
import { draw, tell, userOf, who } from './draft.ts';
import { summarise } from './heading.ts';
import { holding } from './holding.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import { keepPersist } from './outcomes/common.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import type { Adapters } from './ports.ts';
import { underWay } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import { callHooks } from './steps/hooks.ts';
import { noteDrift } from './steps/ask-router.ts';
import type { Loaded } from './store.ts';

/** How often instances that must still follow a revert are tried, ms. */
const followMs = 2_000;

/**
 * Does everything that is due for a service without an operation under way, under its due lease, which `keep` renews.
 * Throws `Fault` when the storage is away.
 */
export async function tend(
  parts: Parts,
  service: string,
  keep: () => Promise<boolean>,
  stopping: AbortSignal,
): Promise<void> {
  const loaded = await parts.store.load(service);
  const { record } = loaded;
  if (!record || underWay(record)) return;
  if (await saveExpiries(parts, { ...loaded, record })) return;
  if (!record.afterRevert) return lookIfDue(parts, { ...loaded, record }, stopping);
  // Hooks may take minutes; the router is looked at again in time all the same.
  const over = new AbortController();
  const hooks = afterRevert(parts, record, keep, stopping).finally(() => over.abort());
  hooks.catch(() => {});
  while (!over.signal.aborted && !stopping.aborted) {
    const newest = await parts.store.load(service);
    if (newest.record && !underWay(newest.record))
      await lookIfDue(parts, { ...newest, record: newest.record }, stopping);
    await parts.clock.sleep(500, over.signal);
  }
  await hooks;
}

async function lookIfDue(
  parts: Parts,
  { record, now }: Loaded & { record: ServiceRecord },
  stopping: AbortSignal,
): Promise<void> {
  const due = (at: number | undefined): boolean => at !== undefined && at <= now;
  if (due(record.reask?.at[0]) || due(record.follow?.at) || due(record.persist?.at))
    await lookAtRouter(parts, record.service, stopping);
}

/** An open request past its expiry, a lock's reminder and end. True when something was saved: it is due again at once. */
async function saveExpiries(parts: Parts, loaded: Loaded & { record: ServiceRecord }): Promise<boolean> {
  const { record, now } = loaded;
  const { request, lock } = record;
  const top = record.releases[0] ? {} : { release: null };
  if (request?.status === 'open' && request.expiresAt <= now) {
    return save(parts, record, now, (draft) => {
      if (draft.record.request) draft.record.request.status = 'expired';
      draw(draft);
      draft.history.push({
        actor: { kind: 'system', rule: 'approval-expires' },
        what: 'request-expired',
        text: line`the request of ${who(request.requester)}`,
        code: 'approval-expired',
      });
      tell(
        draft,
        'broadcast',
        line`${who(request.requester)}: the request to promote ${record.service} expired with ${request.approvals.length} of ${request.needed} approvals. The release stays staged; promote asks again.`,
        { to: userOf(request.requester) },
      );
    });
  }
  if (lock && lock.until !== null && lock.until <= now) {
    return save(parts, record, now, (draft) => {
      draft.record.lock = null;
      draw(draft);
      draft.history.push({
        actor: { kind: 'system', rule: 'lock-ends' },
        what: 'lock-ended',
        text: line`the lock of ${who(lock.holder)}: ${lock.reason}`,
      });
      tell(draft, 'event', line`The lock of ${who(lock.holder)} on ${record.service} ended.`, top);
    });
  }
  if (lock && lock.until !== null && lock.remindAt !== null && lock.remindAt <= now) {
    const { until } = lock;
    return save(parts, record, now, (draft) => {
      if (draft.record.lock) draft.record.lock.remindAt = null;
      tell(
        draft,
        'broadcast',
        line`${who(lock.holder)}: your lock of ${record.service} ends ${{ at: until }}.`,
        { buttons: 'lock', to: userOf(lock.holder), ...top },
      );
    });
  }
  return false;
}

async function afterRevert(
  parts: Parts,
  record: ServiceRecord,
  keep: () => Promise<boolean>,
  stopping: AbortSignal,
): Promise<void> {
  const call = record.afterRevert;
  if (!call) return;
  const adapters = parts.adapters(record.service, settingsOf(parts, record));
  const held = holding(parts, keep, stopping);
  const called = await callHooks(
    parts,
    adapters,
    'after-revert',
    {
      service: record.service,
      release: call.release,
      version: record.colors[record.live].version ?? '',
      from: call.from,
      to: otherColor(call.from),
      epoch: record.epoch,
      actor: call.actor,
      reason: call.reason,
    },
    held.signal,
  );
  if (!(await held.end())) return;
  const failures = [...(called.failed === undefined ? [] : [called.failed]), ...called.warnings];
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const { record: newest, now } = await parts.store.load(record.service);
    if (!newest?.afterRevert) return;
    const saved = await save(parts, newest, now, (draft) => {
      draft.record.afterRevert = null;
      for (const failure of failures)
        tell(
          draft,
          'event',
          line`Warning after the revert: ${failure}`,
          newest.releases[0] ? {} : { release: null },
        );
    });
    if (saved) return;
  }
}

/** Router questions and writes need the service lease; an operation that began meanwhile goes first. */
async function lookAtRouter(parts: Parts, service: string, stopping: AbortSignal): Promise<void> {
  // A token of its own: this process may begin to drive an operation of the same service meanwhile.
  const looker = { ...parts, driver: `${parts.driver}:look` };
  const askedAt = parts.clock.mono();
  const got = await parts.store.acquire(service, looker.driver);
  if (!got.held) return;
  if (!got.record || underWay(got.record)) return parts.store.release(service, looker.driver);
  const taken = { loaded: { ...got, record: got.record }, askedAt };
  const session = openSession(looker, service, taken, stopping);
  try {
    await lookAgain(parts, session, parts.adapters(service, settingsOf(parts, got.record)));
  } finally {
    await session.close();
  }
}

async function lookAgain(parts: Parts, session: Session, adapters: Adapters): Promise<void> {
  const { record } = session.loaded();
  const answers = await adapters.router.live(AbortSignal.timeout(2_000));
  const asked = summarise(answers);
  await parts.store.saveAsked(new Map([[record.service, asked]]));
  const now = session.now();
  const { live, reask, follow, persist } = record;
  const left = otherColor(live);
  const strays = answers.filter((answer) => answer.heading === left).map((answer) => answer.instance);
  // One that comes back without any color (its map is gone) must follow too.
  const following = answers
    .filter((answer) => answer.heading !== live && answer.heading !== 'unreachable')
    .map((answer) => answer.instance)
    .filter((instance) => follow?.instances.includes(instance));
  const relapsed =
    reask !== null && reask.left === left && reask.putBackUntil !== null && now <= reask.putBackUntil
      ? strays
      : [];
  const wanted = [...new Set([...following, ...relapsed])];
  if (wanted.length > 0) await adapters.router.point(live, record.epoch, session.leave(), wanted);
  const after = wanted.length > 0 ? await adapters.router.live(AbortSignal.timeout(2_000)) : answers;
  const behind = (follow?.instances ?? []).filter(
    (instance) => after.find((answer) => answer.instance === instance)?.heading !== live,
  );
  const persisted =
    persist && persist.at <= now
      ? await adapters.router.persist?.(live, AbortSignal.timeout(2_000))
      : persist?.cause;
  const reported = relapsed.length > 0;

  await session.commit((draft) => {
    const next = draft.record;
    const top = next.releases[0] ? {} : { release: null };
    if (next.reask) {
      const rest = next.reask.at.filter((at) => at > now);
      // One look that came to nothing must not be the last: an unreachable router is asked once more.
      next.reask =
        rest.length > 0 ? { ...next.reask, at: rest, ...(reported && { putBackUntil: null }) } : null;
    }
    if (reported) {
      tell(
        draft,
        'broadcast',
        line`A late write pointed the router of ${next.service} to ${left} again (${relapsed.join(', ')}); it was put back to ${live} at once.`,
        top,
      );
      draft.history.push({
        actor: { kind: 'system', rule: 'put-back' },
        what: 'put-back',
        text: line`${relapsed.join(', ')} said ${left}, just left; put back to ${live}`,
      });
    } else if (strays.some((instance) => !following.includes(instance))) {
      noteDrift(draft, summarise(answers.filter((answer) => !following.includes(answer.instance))).heading);
    }
    if (next.follow) {
      const came = next.follow.instances.filter((instance) => !behind.includes(instance));
      if (came.length > 0)
        tell(draft, 'event', line`${came.join(', ')} answers again and points to ${live} now.`, top);
      next.follow = behind.length > 0 ? { instances: behind, at: fromNow(followMs) } : null;
    }
    if (next.persist) {
      if (persisted === undefined) tell(draft, 'event', line`The router's map file is in step again.`, top);
      if (persisted === undefined || next.persist.at <= now) keepPersist(draft, persisted);
    }
    if (draft.notices.length > 0) draw(draft);
    return undefined;
  });
}
