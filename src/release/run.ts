/**
 * The loop of a process: takes what is due, and drives what this process accepted.
 * See docs/design.md#from-a-command-to-traffic.
 */
import { notStored } from './answer.ts';
import { makeAwayLog } from './away-log.ts';
import { isBadRecord, logUnreadable } from './bad-record.ts';
import { watchBake } from './bake.ts';
import type { SubmittedCommand } from './command.ts';
import { drive } from './drive.ts';
import { Fault, isBadSettings } from './fault.ts';
import { watchAutoRevert } from './auto-revert/watch.ts';
import { holdDueLease } from './due-lease.ts';
import { heldMs, limits } from './limits.ts';
import { othersMs } from './leave-to-others.ts';
import { makeLedger } from './accepted-commands.ts';
import { lookFor, lookForCommand } from './lost-commands.ts';
import type { Parts } from './parts.ts';
import { underWay } from './release.ts';
import { watchFeed } from './both-fed.ts';
import { watchWritesOff } from './stopped-writes.ts';
import { makeSubmit } from './submit.ts';
import { tellLater } from './tell-later.ts';
import { ensurePolls, pollRouters, pollMs, pollNamed } from './poll-routers.ts';
import { doDueWork } from './due-work.ts';
import { watchPairs } from './evidence/watch-pairs.ts';
import { watchMirror } from './mirror/watch-mirror.ts';
import { lookAtVersions } from './version-drift.ts';
import type { DueName } from './store.ts';
import type { Wake } from './save-decision.ts';
import type { TakenLease } from './session.ts';

/** How often due times are checked, ms: while a service lease is held, and otherwise. */
const busyMs = 250;
const calmMs = 1_000;
const limit = 64;
/** How often a replica checks that the poll of the routers is still due at all, ms: the storage may have lost it. */
const ensureMs = 5_000;
/** Pause after an operation could not continue for a reason that does not pass, ms. */
const restMs = 5_000;

/** A service is due as soon as its lease ends without being renewed. */
function pauseOf(leasedForMs: number | null): number {
  return leasedForMs === null ? calmMs : Math.min(busyMs, leasedForMs + 1);
}

/** Handles the due names that the core does not know: `channel:…`. It must give the name back with `agenda.done`. */
export interface Sender {
  (name: DueName, token: string, stopping: AbortSignal): Promise<void>;
  /** Call it when there is something new to send in this channel, or in any. */
  look?(channel?: string): void;
}

/** The running loop. */
export interface Running {
  wake: Wake;
  /** Takes no new work; current work ends its step or is handed over. Resolves when nothing runs here any more. */
  stop(): Promise<void>;
}

/** A service that this process drives or watches now. `nudged` makes the driver read the record at once. */
interface Attended {
  again: boolean;
  nudged?: () => void;
  /** The lease that came with the save of the operation. */
  taken?: TakenLease | undefined;
}

/** Starts to check due times. `sender` gets the channels. */
export function run(given: Parts, sender: Sender): Running {
  const log = makeAwayLog(given.log, () => given.clock.mono());
  const parts = { ...given, log };
  const { agenda, clock, driver } = parts;
  const stopping = new AbortController();
  const tasks = new Set<Promise<void>>();
  const busy = new Map<string, Attended>();

  const spawn = (facts: { service?: string; name?: string }, work: () => Promise<void>): void => {
    const task = work()
      .catch((cause: unknown) => {
        if (isBadRecord(cause) && facts.service !== undefined)
          return logUnreadable(parts, facts.service, cause.message);
        const text =
          cause instanceof Fault && cause.code === 'storage-unavailable'
            ? 'Deferred: storage unavailable'
            : isBadSettings(cause)
              ? 'Left to other replicas: the settings cannot be used here'
              : 'A task failed';
        log.warn({ ...facts, err: cause }, text);
      })
      .finally(() => tasks.delete(task));
    tasks.add(task);
  };

  const attend = (service: string, taken?: TakenLease): void => {
    const mine = busy.get(service);
    if (mine) {
      mine.again = true;
      mine.nudged?.();
      return;
    }
    const state: Attended = { again: false, taken };
    busy.set(service, state);
    spawn({ service }, async () => {
      try {
        do {
          state.again = false;
          await drive(parts, service, stopping.signal, state);
        } while (state.again && !stopping.signal.aborted);
      } catch (cause) {
        // What a person must fix (settings, a record of another version) is not tried four times a second.
        const away = cause instanceof Fault && cause.code === 'storage-unavailable';
        if (!away) {
          leaveToOthers(`service:${service}`, restMs);
          await clock.sleep(restMs, stopping.signal);
        }
        throw cause;
      } finally {
        busy.delete(service);
      }
    });
  };

  const firstSweep = async (): Promise<void> => {
    let againMs = 0;
    while (!stopping.signal.aborted && againMs < pollMs) {
      await clock.sleep(againMs, stopping.signal);
      try {
        againMs = await pollRouters(parts, stopping.signal);
      } catch (cause) {
        log.warn({ err: cause }, 'The routers could not be asked at start; trying again');
        againMs = calmMs;
      }
    }
  };

  /** Names that this process cannot handle for now, and until when by its clock: other processes can take them. */
  const others = new Map<DueName, number>();
  const leaveToOthers = (name: DueName, ms: number): void => void others.set(name, clock.mono() + ms);
  const othersNow = (): DueName[] => {
    for (const [name, until] of others) if (until <= clock.mono()) others.delete(name);
    return [...others.keys()];
  };

  /** Does due work under its due lease, and gives the name back, due again after the result of `work` (ms). */
  const held = async (
    name: DueName,
    work: (over: AbortSignal) => Promise<number | 'for-others' | undefined>,
  ): Promise<void> => {
    const lease = holdDueLease(parts, () => agenda.extend(name, driver, heldMs), stopping.signal);
    let againMs: number | 'for-others' | undefined;
    try {
      againMs = await work(lease.signal);
    } finally {
      await lease.end();
    }
    if (againMs === 'for-others') {
      leaveToOthers(name, othersMs);
      againMs = undefined;
    }
    // If it was lost, it may be this process's again by now, for other work.
    if (!lease.signal.aborted || stopping.signal.aborted) await agenda.done(name, driver, againMs);
  };

  let versions = false;
  const take = (name: DueName): void => {
    const at = name.indexOf(':');
    const of = name.slice(at + 1);
    switch (at < 0 ? name : name.slice(0, at)) {
      case 'service':
        spawn({ name, service: of }, async () => {
          const loaded = await parts.store.load(of);
          const { record } = loaded;
          // An operation has its own lease; a due lease that is held longer would only delay a takeover.
          if (record === null || underWay(record)) {
            if (record) attend(of);
            return agenda.done(name, driver);
          }
          await held(name, (over) => doDueWork(parts, { ...loaded, record }, over, () => attend(of)));
        });
        return;
      case 'bake':
        spawn({ name, service: of }, () => held(name, (over) => watchBake(parts, of, over)));
        return;
      case 'compare':
        spawn({ name, service: of }, () =>
          held(name, (over) => watchPairs(parts, of, over, (channel) => wake.look(channel))),
        );
        return;
      case 'mirror':
        spawn({ name, service: of }, () =>
          held(name, (over) => watchMirror(parts, of, over, (channel) => wake.look(channel))),
        );
        return;
      case 'writes':
        spawn({ name, service: of }, () => held(name, (over) => watchWritesOff(parts, of, over)));
        return;
      case 'feed':
        spawn({ name, service: of }, () => held(name, (over) => watchFeed(parts, of, over)));
        return;
      case 'countdown':
        spawn({ name, service: of }, () => held(name, (over) => watchAutoRevert(parts, submit, of, over)));
        return;
      case 'sweep':
        spawn({ name }, () => held(name, (over) => pollNamed(parts, name, over)));
        // Not under the same lease: it takes longer, and the routers are asked once a minute.
        if (!versions && name === 'sweep') {
          versions = true;
          spawn({ name: 'versions' }, () =>
            lookAtVersions(parts, stopping.signal).finally(() => (versions = false)),
          );
        }
        return;
      default:
        spawn({ name }, async () => {
          await sender(name, driver, stopping.signal);
          // What came between its last look and its end is due now. Other due names still wait for their turn.
          if (name.startsWith('channel:')) hurry.abort('look');
        });
    }
  };

  let hurry = new AbortController();
  const looking = (async () => {
    let started = false;
    let ensuredAt = -Infinity;
    while (!stopping.signal.aborted) {
      let pauseMs = calmMs;
      hurry = new AbortController();
      try {
        if (clock.mono() - ensuredAt >= ensureMs) {
          await ensurePolls(parts, started ? 0 : pollMs);
          ensuredAt = clock.mono();
        }
        if (!started) spawn({ name: 'first sweep' }, firstSweep);
        started = true;
        const due = await agenda.take(driver, limit, heldMs, othersNow());
        log.back();
        for (const name of due.names) take(name);
        pauseMs = due.names.length === limit ? 0 : pauseOf(due.leasedForMs);
      } catch (cause) {
        log.warn({ err: cause }, 'Could not read the due times');
        // The storage may come back with less than it had.
        ensuredAt = -Infinity;
        pauseMs = busyMs;
      }
      await clock.sleep(pauseMs, AbortSignal.any([stopping.signal, hurry.signal]));
    }
  })();

  const confirmLater = (command: SubmittedCommand): void => {
    spawn({ service: command.service }, async () => {
      const since = clock.now();
      const otherwise = notStored(command, parts.store);
      // An answer to one message has an id, so that it is not sent twice.
      const id = crypto.randomUUID();
      while (!stopping.signal.aborted) {
        await clock.sleep(busyMs, stopping.signal);
        try {
          // The save may still be on its way: what people read now must stay true.
          const outcome = (await parts.store.recall(command.marks, otherwise)) ?? otherwise;
          const forgotten = clock.now() - since >= limits.markMs && outcome.code === otherwise.code;
          await tellLater(parts, id, command, forgotten ? undefined : outcome);
          return;
        } catch (cause) {
          if (!(cause instanceof Fault)) throw cause;
        }
      }
    });
  };

  const wake: Wake = {
    drive: attend,
    nudge: (service) => {
      if (busy.has(service)) attend(service);
    },
    look(channel) {
      hurry.abort('look');
      sender.look?.(channel);
    },
    confirmLater,
    accepted: (accepted, since) => ledger.note(since, lookForCommand(parts, submit, accepted)),
    acceptedElsewhere: (sent, since) => ledger.note(since, lookFor(parts, sent)),
  };
  const submit = makeSubmit(parts, wake);
  const ledger = makeLedger(parts.store.server, parts, stopping.signal);
  return {
    wake,
    async stop() {
      stopping.abort();
      await looking;
      await ledger.idle();
      await Promise.all(tasks);
    },
  };
}
