/** Takes the moves of break-glass into the records. See docs/design.md#break-glass. */
import { explain } from '../net/explain.ts';
import type { Configured } from '../release/command.ts';
import type { Draft } from '../release/draft.ts';
import { Fault } from '../release/fault.ts';
import type { BreakGlassEntry } from '../release/break-glass.ts';
import { sameAnswers, summarise } from '../release/router-answers.ts';
import type { Parts } from '../release/parts.ts';
import { settingsFor } from '../release/parts.ts';
import { persistRouterState } from '../release/persist-router-state.ts';
import { askRouter } from '../release/ask-router.ts';
import type { ServiceRecord } from '../release/release.ts';
import { openSession } from '../release/session.ts';
import type { Session } from '../release/session.ts';
import type { Agenda, DueName } from '../release/store.ts';
import { applyBreakGlass, isApplied } from '../release/apply-break-glass.ts';
import type { ImportFacts } from '../release/apply-break-glass.ts';
import { folderFault, breakGlassFiles, readEntry, setAside } from './files.ts';
import type { BreakGlassFile } from './files.ts';

/** Pause before a file that could not be taken in is tried again, ms. */
const againMs = 1_000;
/** A `begun` entry of this age belongs to a process that died: the command line tries for less long, ms. */
const begunMs = 45_000;
/** Two answers of the router must be this far apart, ms. */
const apartMs = 1_000;

/** Takes in what the command line did while the storage was unavailable. */
export interface Importer {
  /** Tries new files, and resolves when they are taken in or must wait. Never throws. */
  look(): Promise<void>;
  /** Returns true while work on this name must wait. Its due lease holds it back from every process until it ends. */
  holds(name: DueName): boolean;
}

/** A file that was not taken in yet. */
interface Waiting {
  service: string;
  triedAt: number;
  tries: number;
}

/** Makes an importer. Each `look` reads the folder. */
export function makeImporter(parts: Parts, folder: string, stopping: AbortSignal): Importer {
  const { clock, log } = parts;
  const waiting = new Map<string, Waiting>();
  /** What was logged last about each file: the same complaint is logged once. */
  const said = new Map<string, string>();
  let running: Promise<void> | undefined;
  let complaint: string | undefined;
  let first = true;

  const once = (path: string, what: string, write: () => void): void => {
    if (said.get(path) === what) return;
    said.set(path, what);
    write();
  };
  const leaveAlone = (path: string, why: string): void => {
    waiting.delete(path);
    once(path, why, () =>
      log.error({ file: path }, `A break-glass file ${why}; it is left unchanged and not recorded`),
    );
  };

  /** Resolves to false when the file must wait. */
  const tryOne = async ({ path, glass, age }: BreakGlassFile & { ok: true }): Promise<boolean> => {
    const { tries } = waiting.get(path) ?? { tries: 0 };
    waiting.set(path, { service: glass.service, triedAt: clock.mono(), tries: tries + 1 });
    if (glass.status === 'begun' && age < begunMs) return false;
    try {
      const end = await importOne(parts, glass, stopping);
      if (end === 'later') return false;
      if (end === 'unknown') leaveAlone(path, 'is about an unknown service');
      else {
        await setAside(folder, path);
        waiting.delete(path);
        log.info({ service: glass.service, id: glass.id }, 'A break-glass move was recorded');
      }
      return true;
    } catch (cause) {
      const away = cause instanceof Fault && cause.code === 'storage-unavailable';
      const words = away
        ? 'A break-glass move is not recorded yet: storage unavailable'
        : 'A break-glass move could not be recorded; trying again';
      once(path, words, () => log[away ? 'warn' : 'error']({ file: path, err: cause }, words));
      return false;
    }
  };

  const isDue = (path: string): boolean => {
    const tried = waiting.get(path);
    return tried === undefined || clock.mono() - tried.triedAt >= againMs;
  };

  const complain = (fault: string | undefined): void => {
    if (fault !== undefined && fault !== complaint)
      log.error({ folder }, `SWITCHBACK_STATE_DIR ${fault}; no break-glass file in it is recorded`);
    complaint = fault;
  };

  const lookNow = async (): Promise<void> => {
    try {
      const paths = await breakGlassFiles(folder);
      for (const path of waiting.keys()) if (!paths.includes(path)) waiting.delete(path);
      if (paths.length > 0 || first) complain(await folderFault(folder));
      first = false;
      if (paths.length === 0 || complaint !== undefined) return;
      const files: (BreakGlassFile & { ok: true })[] = [];
      for (const file of await Promise.all(paths.map(readEntry))) {
        if (file.ok) files.push(file);
        else leaveAlone(file.path, file.why);
      }
      // In the order of the moves: within one service no move overtakes another, even while that one waits.
      const stopped = new Set<string>();
      for (const file of files.toSorted((a, b) => (a.glass.startedAt < b.glass.startedAt ? -1 : 1))) {
        const { service } = file.glass;
        if (stopped.has(service)) continue;
        if (!isDue(file.path) || !(await tryOne(file))) stopped.add(service);
      }
    } catch (cause) {
      complain(`cannot be read: ${explain(cause)}`);
    }
  };

  return {
    async look() {
      running ??= lookNow().finally(() => {
        running = undefined;
      });
      // Files that could not be taken in must not keep other services waiting.
      if (waiting.size === 0) await running;
    },
    holds(name) {
      const held = [...waiting.values()];
      if (name === 'sweep') return held.some(({ tries }) => tries < 10);
      return held.some(({ service }) => name === `service:${service}` || name === `bake:${service}`);
    },
  };
}

/** Returns the agenda of a replica that first takes in what was left for it. */
export function importFirst(agenda: Agenda, importer: Importer): Agenda {
  return {
    ...agenda,
    async ensure(name, inMs) {
      await importer.look();
      await agenda.ensure(name, inMs);
    },
    async take(token, limit, leaseMs, except) {
      await importer.look();
      const due = await agenda.take(token, limit, leaseMs, except);
      return { ...due, names: due.names.filter((name) => !importer.holds(name)) };
    },
  };
}

/** Takes in one entry. `later`: no answer of the router, or another process works. `unknown`: a foreign service. */
async function importOne(
  parts: Parts,
  glass: BreakGlassEntry,
  stopping: AbortSignal,
): Promise<'done' | 'later' | 'unknown'> {
  const { service } = glass;
  const { record } = await parts.store.load(service);
  if (!record) return parts.catalog.find(service) ? 'later' : 'unknown';
  if (isApplied(record, glass)) return 'done';
  const configured = settingsFor(parts, service, record);
  if (!configured || !(configured.configured || parts.catalog.vouchesFor(record))) return 'unknown';
  const holder = { ...parts, driver: `${parts.driver}:glass` };
  const askedAt = parts.clock.mono();
  const got = await parts.store.acquire(service, holder.driver);
  if (!got.held || !got.record) return 'later';
  const session = openSession(holder, service, { loaded: { ...got, record: got.record }, askedAt }, stopping);
  try {
    return await takeInUnder(parts, session, glass, configured);
  } finally {
    await session.close();
  }
}

async function takeInUnder(
  parts: Parts,
  session: Session,
  glass: BreakGlassEntry,
  configured: Configured & { configured: boolean },
): Promise<'done' | 'later'> {
  const { router } = parts.adapters(glass.service, configured);
  const first = await askRouter(parts, router);
  await parts.clock.sleep(apartMs, session.soft);
  const answers = await askRouter(parts, router);
  const asked = summarise(answers);
  if (session.soft.aborted || asked.heading === 'unreachable' || !sameAnswers(first, answers)) return 'later';
  await parts.store.saveAsked(new Map([[glass.service, asked]]));
  const there = asked.heading === glass.target;
  const found: Omit<ImportFacts, 'now'> = {
    router: asked,
    behind: answers.filter(({ heading }) => heading !== glass.target).map(({ instance }) => instance),
    persist: there ? await persistRouterState(parts, router, glass.target) : undefined,
    facts: configured,
    driver: parts.driver,
  };
  const write = (draft: Draft, now: number): { takesPendingRevert?: string; unlessPendingRevert?: true } => {
    if (isApplied(draft.record, glass)) return {};
    const under: ServiceRecord['op'] = draft.record.op;
    applyBreakGlass(draft, glass, { ...found, now });
    // A pending revert was meant for the operation that ends here.
    const { pendingRevert } = session.loaded();
    if (under?.id === draft.record.op?.id) return {};
    return pendingRevert ? { takesPendingRevert: pendingRevert.id } : { unlessPendingRevert: true };
  };
  return (await session.commit(write, { despite: true })) === 'ok' ? 'done' : 'later';
}
