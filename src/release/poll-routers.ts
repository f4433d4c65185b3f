/** Asks all routers from time to time, and notes drift. See docs/design.md#drift. */
import { adoptFirst } from './first-adoption.ts';
import { logUnreadable } from './bad-record.ts';
import { countdownOf, isWatched } from './auto-revert/rule.ts';
import { countdownDue } from './auto-revert/state.ts';
import { feedDue } from './both-fed.ts';
import { writesDue } from './stopped-writes.ts';
import { compareDue } from './evidence/port.ts';
import { mirrorDue } from './mirror/port.ts';
import type { Configured } from './command.ts';
import { mayHaveLost, justFailedOver } from './failover.ts';
import { Fault, isBadSettings } from './fault.ts';
import { routersDiffer } from './former-router.ts';
import { observed, summarise } from './router-answers.ts';
import { limits } from './limits.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import { settingsFor } from './parts.ts';
import type { RouterAnswer } from './ports.ts';
import { underWay } from './release.ts';
import { save } from './save.ts';
import { noteShutOut } from './shut-out.ts';
import { putsBack } from './outcomes/common.ts';
import { changedBy, driftOver, noteDrift } from './steps/compare-router.ts';
import type { Loaded } from './store.ts';

/** How often every router is asked, ms. */
export const pollMs = 60_000;
/** How soon the routers are asked again while a service could not be adopted yet, ms. */
const adoptAgainMs = 5_000;

/** How often routers with other writers are asked, ms: people should be notified soon. */
const othersMs = 5_000;
/** The due name of that. An older version takes it for a poll of all routers. */
const othersName = 'sweep:others';

/** How many adoptions run at once: each asks a color for its version. */
const adoptions = 8;

/**
 * Asks every router where traffic goes. Services without a record are adopted; a disagreement with the record is
 * drift. A service that the file does not name is left out: anyone who can write to the storage could name any
 * address. `only`: the services that the caller wants to know about now. Resolves to the wait until the next poll,
 * ms. A poll of all routers also restores due times that the storage has lost.
 */
export async function pollRouters(
  parts: Parts,
  signal: AbortSignal,
  only?: readonly string[],
): Promise<number> {
  const { store, catalog } = parts;
  const names = only ?? catalog.names();
  const loaded = await store.loadMany(names);
  const records = new Map(names.map((name, i) => [name, loaded[i]]));
  const settings = new Map<string, Configured>();
  for (const name of names) {
    const found = settingsOrNothing(parts, name, records.get(name));
    if (found) settings.set(name, found);
  }
  const { firstLook } = parts.remembered;
  const whole = only === undefined;
  if (whole && loaded.every(({ record, bad }) => record !== null || bad !== undefined)) firstLook.end();
  if (noteLost(parts, records, only)) await parts.clock.sleep(limits.leaseMs, signal);
  if (whole) await parts.agenda.repair([...new Set([...names, ...(await store.services())])]);
  const askedAt = parts.clock.mono();
  const answers = await parts.sweep(settings, signal);
  if (signal.aborted) return adoptAgainMs;
  await store.saveAsked(
    new Map([...answers].map(([service, each]) => [service, observed(parts, each, askedAt)])),
  );

  let soon = false;
  const strangers: (() => Promise<boolean>)[] = [];
  for (const [service, each] of answers) {
    const at = records.get(service);
    const configured = settings.get(service);
    if (at?.record) soon = !(await alone(parts, service, () => compare(parts, at, each, configured))) || soon;
    else if (configured)
      strangers.push(() => alone(parts, service, () => adoptFirst(parts, service, configured, each)));
  }
  for (let i = 0; i < strangers.length; i += adoptions) {
    const adopted = await Promise.all(strangers.slice(i, i + adoptions).map((adopt) => adopt()));
    soon ||= adopted.includes(false);
  }
  if (whole) firstLook.end();
  return soon ? adoptAgainMs : pollMs;
}

/** Sets when the routers are asked, if the storage has no time for it. */
export async function ensurePolls(parts: Parts, inMs: number): Promise<void> {
  await parts.agenda.ensure('sweep', inMs);
  if (sharedServices(parts).length > 0) await parts.agenda.ensure(othersName, othersMs);
}

/** Does what is due by the name `sweep` (all routers), or by that of the routers with other writers. */
export async function pollNamed(parts: Parts, name: string, signal: AbortSignal): Promise<number> {
  if (name !== othersName) return pollRouters(parts, signal);
  const shared = sharedServices(parts);
  if (shared.length > 0) await pollRouters(parts, signal, shared);
  return othersMs;
}

/** Returns the services of the file whose router has other writers. */
function sharedServices(parts: Parts): string[] {
  const { catalog } = parts;
  return catalog.names().filter((service) => {
    const configured = catalog.find(service);
    try {
      return configured !== undefined && parts.adapters(service, configured).router.othersWrite === true;
    } catch (cause) {
      if (!isBadSettings(cause)) throw cause;
      return false;
    }
  });
}

/**
 * Remembers which services have a record, and logs when one has lost its record. Returns true when that is new: a
 * process that drove an operation of it may still write to the router, until its lost lease would have ended.
 */
function noteLost(
  { remembered: { recorded, lost, unreadable }, catalog, log }: Parts,
  records: ReadonlyMap<string, Loaded | undefined>,
  only: readonly string[] | undefined,
): boolean {
  const there = (service: string): boolean => {
    const at = records.get(service);
    return at !== undefined && (at.record !== null || at.bad !== undefined);
  };
  for (const service of records.keys()) {
    if (records.get(service)?.bad === undefined) unreadable.delete(service);
    if (!there(service)) continue;
    recorded.add(service);
    lost.delete(service);
  }
  if (only !== undefined) return false;
  const gone = [...recorded].filter((service) => !there(service) && !lost.has(service));
  if (gone.length === 0) return false;
  for (const service of gone) {
    if (catalog.find(service)) lost.add(service);
    else recorded.delete(service);
  }
  log.error(
    { services: gone.length, some: gone.slice(0, 10) },
    'Redis lost its data: records are gone. Configured services are adopted again as they run, and locked; locks, approvals and ways back are gone',
  );
  return true;
}

/** Does the work for one service. A failure is logged, and does not hold up other services. */
async function alone(parts: Parts, service: string, work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof Fault && cause.code === 'storage-unavailable') throw cause;
    parts.log.error({ service, err: cause }, 'The answer of a router could not be used');
    return true;
  }
}

/** Returns nothing for a record, or settings, that cannot be read here: its router is not asked. */
function settingsOrNothing(parts: Parts, service: string, at: Loaded | undefined): Configured | undefined {
  try {
    if (at?.bad !== undefined) {
      logUnreadable(parts, service, at.bad);
      return undefined;
    }
    return settingsFor(parts, service, at?.record ?? null);
  } catch (cause) {
    parts.log.error({ service, err: cause }, 'A service cannot be read; its router is not asked');
    return undefined;
  }
}

/**
 * Compares the router's answer with the record. Drift is saved against the revision that was read before the router
 * was asked, so a switch in between wins. Resolves to false when a save came in between: the router must be asked
 * again soon.
 */
async function compare(
  parts: Parts,
  { record, now }: Loaded,
  answers: readonly RouterAnswer[],
  configured: Configured | undefined,
): Promise<boolean> {
  // A process of an older version, or a failover, may have lost what keeps it true.
  if (record?.writesOff) await parts.agenda.ensure(`${writesDue}${record.service}`, 0);
  if (record?.fed) await parts.agenda.ensure(`${feedDue}${record.service}`, 0);
  if (!record || underWay(record)) return true;
  if (record.evidence) await parts.agenda.ensure(`${compareDue}${record.service}`, 0);
  if (record.state === 'staged' && configured?.settings.mirror)
    await parts.agenda.ensure(`${mirrorDue}${record.service}`, 0);
  if (countdownOf(record) || isWatched(record, configured?.settings, now))
    await parts.agenda.ensure(`${countdownDue}${record.service}`, 0);
  // The next look puts a late write back; it is not drift.
  const { reask } = record;
  const late = reask && putsBack(reask, reask.left, now) && !mayHaveLost(parts, record, now);
  if (late && answers.some(({ heading, by }) => heading === reask.left && by === undefined)) return true;
  const behind = record.follow?.instances ?? [];
  const asked = summarise(answers.filter((answer) => !behind.includes(answer.instance)));
  const { heading } = asked;
  const told = noteShutOut(parts, { record, now }, asked);
  if (told) return told;
  if (heading === 'unreachable') return true;
  if (heading !== record.live) {
    // A stuck service already asks for a person; drift that was noted before can still end.
    if (record.state === 'stuck' || record.drift?.saw === heading) return true;
    // A revert that a failover lost is submitted again first.
    if (justFailedOver(parts)) return false;
    const other = configured !== undefined && routersDiffer(record, configured);
    const why = other
      ? line`The bot's file names a different router than the one that was switched; this is what the router of the file says.`
      : changedBy(answers);
    return save(parts, record, now, (draft) => noteDrift(parts, draft, asked, why));
  }
  if (!record.drift) return true;
  return save(parts, record, now, (draft) => driftOver(draft));
}
