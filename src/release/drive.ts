/** Carries operations on, step by step. See docs/design.md#takeover. */
import { awaitConfirmation, isUnconfirmed } from './confirm.ts';
import type { Operation } from './release.ts';
import { underWay } from './release.ts';
import { Fault, isBadSettings } from './fault.ts';
import { adaptersFor } from './former-router.ts';
import { reportEnd, logOf } from './operation-log.ts';
import { carriedAt, lapsed } from './abandoned.ts';
import { markStuck } from './outcomes/stuck.ts';
import type { Log, Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { openSession } from './session.ts';
import type { Session, TakenLease } from './session.ts';
import { newWriteLog } from './write-log.ts';
import type { WriteLog } from './write-log.ts';
import type { StepContext } from './steps/context.ts';
import { promoteStep } from './steps/promote.ts';
import { revertStep } from './steps/revert.ts';
import { stageStep } from './steps/stage.ts';
import { takeOver } from './takeover.ts';
import { takePendingRevert } from './pending-revert.ts';
import { endUnreadable } from './unreadable-settings.ts';

/** How often, and how many times, the process that accepted an operation asks for a lease that another holds, ms. */
const busyMs = 100;
const mostTries = 30;

/**
 * Carries the operation of a service on from its recorded step, until nothing is under way, the lease is lost, or the
 * process stops. A fresh operation and one that is taken over after a crash run the same way. Returns at once when
 * another process holds the lease. Throws `Fault` when the storage is unavailable; the next process that finds the
 * service due continues.
 */
export async function drive(
  parts: Parts,
  service: string,
  stopping: AbortSignal,
  attended: { nudged?: () => void; taken?: TakenLease | undefined } = {},
): Promise<void> {
  const { driver } = parts;
  // A save of this process that got no answer may still arrive; after another save it is refused.
  let mayArrive = attended.taken === undefined;
  const taken = attended.taken ?? (await take(parts, service, stopping));
  delete attended.taken;
  if (!taken) return;
  const { loaded: got } = taken;
  const session = openSession(parts, service, taken, stopping);
  const log = (): Log => logOf(parts.log, session.loaded().record);
  attended.nudged = () => {
    session.refresh().catch((cause: unknown) => log().warn({ err: cause }, 'Could not read a record'));
  };
  try {
    // Without a lease anything may have happened meanwhile, even to this process's own operation.
    let mustTakeOver = got.record.op?.driver !== driver || lapsed(got);
    let told = '';
    let writeLog = newWriteLog(!mustTakeOver && untouched(got.record.op));
    for (;;) {
      const { record, pendingRevert } = session.loaded();
      if (!session.alive() || stopping.aborted || !record.op || !underWay(record)) return;
      session.rearm();
      if (isUnconfirmed(record.op) && !pendingRevert) {
        await awaitConfirmation(parts, session);
        continue;
      }
      try {
        if (mustTakeOver || record.op.driver !== driver) {
          writeLog = newWriteLog(false);
          mustTakeOver = !(await takeOver(parts, session, carriedAt(got)));
          mayArrive &&= mustTakeOver;
        } else if (mayArrive) {
          mayArrive = (await session.commit(() => undefined, { despite: true })) !== 'ok';
        } else if (pendingRevert) {
          await takePendingRevert(parts, session, writeLog);
        } else {
          const step = `${record.op.id} ${record.op.step}`;
          if (step !== told) logOf(parts.log, record).info({}, 'A step begins');
          told = step;
          await oneStep(parts, session, writeLog);
        }
      } catch (cause) {
        if (!isBadSettings(cause)) throw cause;
        // This process knows nothing about writes of an operation that it did not begin.
        if (mustTakeOver) writeLog = newWriteLog(false);
        // A pending revert brings its own settings.
        if (session.loaded().pendingRevert) await takePendingRevert(parts, session, writeLog);
        else await endUnreadable(parts, session, cause);
        mustTakeOver = false;
      }
    }
  } finally {
    delete attended.nudged;
    await session
      .close()
      .catch((cause: unknown) => log().warn({ err: cause }, 'Could not release the service lease'));
  }
}

/** Takes the lease. Undefined: another process has it, or nothing is under way. */
async function take(
  { store, clock, driver }: Parts,
  service: string,
  stopping: AbortSignal,
): Promise<TakenLease | undefined> {
  let askedAt = clock.mono();
  let got = await store.acquire(service, driver);
  // A look at the router by another replica may hold the lease for a moment; the process that accepted the operation
  // waits.
  for (let tries = 0; !got.held && got.record?.op?.driver === driver && tries < mostTries; tries += 1) {
    await clock.sleep(busyMs, stopping);
    askedAt = clock.mono();
    got = await store.acquire(service, driver);
  }
  if (!got.held) return undefined;
  const { record } = got;
  if (record !== null && underWay(record)) return { loaded: { ...got, record }, askedAt };
  await store.release(service, driver);
  return undefined;
}

function contextOf(parts: Parts, session: Session, writeLog: WriteLog): StepContext {
  const { record } = session.loaded();
  const configured = settingsOf(parts, record);
  return {
    parts: { ...parts, log: logOf(parts.log, record) },
    session,
    configured,
    writeLog,
    adapters: adaptersFor(parts, record, configured),
  };
}

/** Returns true when neither the operation nor the one it began from has written to the router. */
function untouched(op: Operation | null): boolean {
  if (op?.intentAt !== undefined) return false;
  return !(op?.kind === 'revert' || op?.kind === 'restore') || (op.was !== 'stuck' && op.was !== 'promoting');
}

/** Does one step. If the code of a step past the intent keeps failing, the operation ends `stuck` at its deadline. */
async function oneStep(parts: Parts, session: Session, writeLog: WriteLog): Promise<void> {
  try {
    await stepOf(contextOf(parts, session, writeLog));
  } catch (cause) {
    const { record } = session.loaded();
    const { op } = record;
    const away = cause instanceof Fault && cause.code === 'storage-unavailable';
    if (away || isBadSettings(cause) || op?.intentAt === undefined || session.now() < (op.deadlineAt ?? 0))
      throw cause;
    logOf(parts.log, record).error({ err: cause }, 'An operation cannot continue');
    const done = await session.commit((draft) => {
      markStuck(draft, op, 'it cannot continue; the bot’s log says why');
      return undefined;
    });
    if (done === 'ok') reportEnd({ parts, session }, op, 'stuck');
  }
}

async function stepOf(context: StepContext): Promise<void> {
  const { op } = context.session.loaded().record;
  if (!op) return;
  switch (op.kind) {
    case 'stage':
      return stageStep(context, op);
    case 'promote':
      return promoteStep(context, op);
    case 'revert':
    case 'restore':
      return revertStep(context, op);
    default:
      return op satisfies never;
  }
}
