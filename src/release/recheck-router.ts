/**
 * Looks at the router of a service at rest again: after a switch, for instances that must follow, for its map file.
 * See docs/design.md#late-writes.
 */
import { otherColor } from './color.ts';
import type { Color } from './color.ts';
import { markCard, notify } from './draft.ts';
import { mayHaveLost, justFailedOver } from './failover.ts';
import { adaptersFor } from './former-router.ts';
import { allAt, observed, summarise, whyOf } from './router-answers.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Line } from './line.ts';
import { noteLate } from './late-writes.ts';
import { keepPersist, putsBack, watchOn } from './outcomes/common.ts';
import type { Parts } from './parts.ts';
import { readableSettings } from './parts.ts';
import { settingsOrLeave } from './leave-to-others.ts';
import { persistRouterState } from './persist-router-state.ts';
import type { Adapters, PointAnswer, RouterAnswer } from './ports.ts';
import { askRouter } from './ask-router.ts';
import { underWay } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import { openSession } from './session.ts';
import type { Session } from './session.ts';
import { changedBy, driftOver, noteDrift } from './steps/compare-router.ts';
import type { Loaded } from './store.ts';
import { wayBack } from './way-back.ts';

/**
 * How often instances that must follow a revert are asked, ms; that costs no save. An instance that answers again is
 * switched at once. One that answered and did not follow is tried again after `followMs`.
 */
const peekMs = 2_000;
const followMs = 30_000;

/**
 * Looks at the router when that is due, or when an unreachable instance answers again (asked when `peek`). Resolves to
 * how soon it must be asked again, ms, if that is sooner than the record says; `for-others`: by another replica,
 * because the settings cannot be read here.
 */
export async function recheckIfDue(
  parts: Parts,
  { record, now }: Loaded & { record: ServiceRecord },
  stopping: AbortSignal,
  peek = true,
): Promise<number | 'for-others' | undefined> {
  if (!record.reask && !record.follow && !record.persist) return undefined;
  // Commands that a failover lost are submitted again first.
  if (justFailedOver(parts)) return peekMs;
  const settings = settingsOrLeave(parts, record);
  if (settings === 'for-others') return settings;
  if (settings === undefined) {
    await lookNoMore(parts, record, now);
    return undefined;
  }
  const adapters = adaptersFor(parts, record, settings);
  const due = [record.reask?.at[0], record.follow?.at, record.persist?.at].some(
    (at) => at !== undefined && at <= now,
  );
  if (due && !record.follow && (await asRecorded(parts, { record, now }, adapters, stopping)))
    return undefined;
  if (due || (peek && (await answersAgain(parts, record, adapters, stopping))))
    await lookAtRouter(parts, record.service, stopping);
  return record.follow ? peekMs : undefined;
}

/**
 * Handles what nearly every look after a switch finds: the router agrees with the record. Then nothing is written to
 * it, and no lease is needed. Resolves to false when there is more to do than to note the look.
 */
async function asRecorded(
  parts: Parts,
  { record, now }: Pick<Loaded, 'now'> & { record: ServiceRecord },
  { router }: Adapters,
  stopping: AbortSignal,
): Promise<boolean> {
  const { live, drift, persist } = record;
  if (drift || (persist && persist.at <= now)) return false;
  const askedAt = parts.clock.mono();
  const answers = await askRouter(parts, router, { stopping, wanted: otherColor(live) });
  if (!allAt(answers, live)) return false;
  await Promise.all([
    parts.store.saveAsked(new Map([[record.service, observed(parts, answers, askedAt)]])),
    save(parts, record, now, ({ record: next }) => {
      next.reask = looksAfter(next.reask, now);
    }),
  ]);
  return true;
}

/** Returns the remaining looks; null: none. */
function looksAfter(reask: ServiceRecord['reask'], now: number): ServiceRecord['reask'] {
  const at = (reask?.at ?? []).filter((each) => each > now);
  return reask && at.length > 0 ? { ...reask, at } : null;
}

/** Stops looking: without settings that some replica can read, the address of the router is not known. */
async function lookNoMore(parts: Parts, record: ServiceRecord, now: number): Promise<void> {
  await save(parts, record, now, (draft) => {
    const { record: next } = draft;
    const behind = next.follow?.instances ?? [];
    if (behind.length > 0)
      notify(
        draft,
        'broadcast',
        line`${behind.join(', ')} may still point to ${otherColor(next.live)}: the settings of ${next.service} can no longer be read, so nobody checks.`,
        next.releases[0] ? {} : { release: null },
      );
    next.reask = null;
    next.follow = null;
    next.persist = null;
  });
}

async function answersAgain(
  parts: Parts,
  { follow, live }: ServiceRecord,
  { router }: Adapters,
  stopping: AbortSignal,
): Promise<boolean> {
  if (!follow) return false;
  const answers = await askRouter(parts, router, { stopping });
  return answers.some(
    ({ instance, heading }) =>
      follow.instances.includes(instance) &&
      (heading === live || (heading !== 'unreachable' && follow.unwilling?.includes(instance) !== true)),
  );
}

/** Looks under the service lease, which writes to the router need; an operation that begins meanwhile goes first. */
async function lookAtRouter(parts: Parts, service: string, stopping: AbortSignal): Promise<void> {
  // With its own token: this process may begin to drive an operation of the same service meanwhile.
  const looker = { ...parts, driver: `${parts.driver}:look` };
  const askedAt = parts.clock.mono();
  const got = await parts.store.acquire(service, looker.driver);
  if (!got.held) return;
  if (!got.record || underWay(got.record)) return parts.store.release(service, looker.driver);
  const taken = { loaded: { ...got, record: got.record }, askedAt };
  const session = openSession(looker, service, taken, stopping);
  try {
    const settings = readableSettings(parts, got.record);
    if (settings !== undefined && !justFailedOver(parts))
      await lookAgain(parts, session, adaptersFor(parts, got.record, settings));
  } finally {
    await session.close();
  }
}

/** Says what a person who moved the router themselves should do instead. */
function byHand(record: ServiceRecord, left: Color): Line {
  return wayBack(record)?.color === left
    ? line`press Revert if you want ${left}.`
    : line`stage and promote the version that you want live.`;
}

/** Says why a change was not put back, if the router refused that. */
function notPutBack(written: readonly PointAnswer[]): Line | undefined {
  const refused = written.find(({ outcome, detail }) => outcome === 'refused' && detail !== undefined);
  return refused && line`The bot wanted to put it back. ${refused.instance}: ${whyOf(refused)}.`;
}

async function lookAgain(parts: Parts, session: Session, adapters: Adapters): Promise<void> {
  const { record } = session.loaded();
  let askedAt = parts.clock.mono();
  const answers = await askRouter(parts, adapters.router, { stopping: session.soft });
  if (session.soft.aborted) return;
  const now = session.now();
  const { live, reask, follow, persist } = record;
  const left = otherColor(live);
  const awaited = (instance: string): boolean => follow?.instances.includes(instance) === true;
  const late = record.state !== 'stuck' && putsBack(reask, left, now) && !mayHaveLost(parts, record, now);
  const relapsed = answers
    // If the router says that somebody else made the change, it is no late write.
    .filter(({ instance, heading, by }) => late && heading === left && by === undefined && !awaited(instance))
    .map((answer) => answer.instance);
  // If somebody else moved the others meanwhile (by hand, by break-glass), no instance must follow the record.
  const moved = answers.some(
    ({ instance, heading }) => heading === left && !awaited(instance) && !relapsed.includes(instance),
  );
  // An instance that returns without any color (its map is gone) must follow too.
  const following = answers
    .filter(
      ({ instance, heading }) => !moved && heading !== live && heading !== 'unreachable' && awaited(instance),
    )
    .map((answer) => answer.instance);
  const wanted = [...following, ...relapsed];
  let after = answers;
  let written: PointAnswer[] = [];
  if (wanted.length > 0) {
    written = await adapters.router.point(live, record.epoch, session.permit(), wanted);
    askedAt = parts.clock.mono();
    after = await askRouter(parts, adapters.router);
    if (underWay(session.loaded().record)) return;
  }
  await parts.store.saveAsked(new Map([[record.service, observed(parts, after, askedAt)]]));
  const at = (instance: string): RouterAnswer['heading'] | undefined =>
    after.find((answer) => answer.instance === instance)?.heading;
  // An instance that the router no longer has (its name leads elsewhere now) need not follow any more.
  const gone = after.some(({ heading }) => heading !== 'unreachable')
    ? (follow?.instances ?? []).filter((instance) => at(instance) === undefined)
    : [];
  const behind = (follow?.instances ?? []).filter(
    (instance) => at(instance) !== live && !gone.includes(instance),
  );
  const back = relapsed.filter((instance) => at(instance) === live);
  const took = (instance: string): boolean =>
    written.some((write) => write.instance === instance && write.outcome === 'taken');
  // The router is slow: it took the write and does not show it yet.
  const taken = relapsed.filter((instance) => at(instance) !== live && took(instance));
  const open = written.some(
    ({ instance, outcome }) => outcome === 'unclear' || (outcome === 'taken' && at(instance) !== live),
  );
  // For an instance that falls silent now, its last answer is the newest that is known.
  const others = after
    .filter((answer) => !awaited(answer.instance))
    .map((answer) =>
      answer.heading === 'unreachable'
        ? (answers.find((before) => before.instance === answer.instance) ?? answer)
        : answer,
    );
  const persisted =
    persist && persist.at <= now ? await persistRouterState(parts, adapters.router, live) : persist?.cause;

  await session.commit((draft) => {
    const next = draft.record;
    const top = next.releases[0] ? {} : { release: null };
    if (next.reask) {
      const rest = next.reask.at.filter((each) => each > now);
      // Only once: another change after that is drift.
      const tried = relapsed.length > 0 && { putBackUntil: null };
      next.reask = rest.length > 0 || open ? { ...next.reask, at: rest, ...tried } : null;
    }
    if (open) {
      noteLate(next, [live]);
      watchOn(next, now);
    }
    if (back.length > 0) {
      notify(
        draft,
        'broadcast',
        line`A late write pointed the router of ${next.service} to ${left} again (${back.join(', ')}); it was put back to ${live} at once. If somebody moved it by hand: ${byHand(next, left)}`,
        top,
      );
    }
    const pointed = [...back, ...taken];
    if (pointed.length > 0)
      draft.history.push({
        actor: { kind: 'system', rule: 'put-back' },
        what: 'put-back',
        text: line`put back to ${live}: ${pointed.join(', ')} said ${left} again${taken.length > 0 ? `, and does not say ${live} yet` : ''}`,
      });
    const asked = summarise(others);
    if (others.some((answer) => answer.heading === left))
      noteDrift(
        parts,
        draft,
        asked,
        taken.length > 0
          ? line`A late write moved it. ${live} was written again at once, and ${taken.join(', ')} took it, but still says ${left}. The bot keeps asking the router.`
          : (changedBy(others) ?? notPutBack(written)),
      );
    else if (asked.heading === live && next.state !== 'stuck') driftOver(draft);
    if (next.follow) {
      const came = next.follow.instances.filter((instance) => at(instance) === live);
      if (gone.length > 0)
        notify(draft, 'event', line`${gone.join(', ')} is no longer an instance of the router.`, top);
      if (came.length > 0)
        notify(draft, 'event', line`${came.join(', ')} answers again and points to ${live} now.`, top);
      const unwilling = behind.filter((instance) => at(instance) !== 'unreachable');
      next.follow = behind.length > 0 ? { instances: behind, at: fromNow(followMs), unwilling } : null;
    }
    if (next.persist) {
      if (persisted === undefined && next.persist.untold !== true)
        notify(draft, 'event', line`The router's start configuration is up to date again.`, top);
      markCard(draft);
      if (persisted === undefined || next.persist.at <= now) keepPersist(draft, persisted);
    }
    if (draft.notices.length > 0) markCard(draft);
    return undefined;
  });
}
