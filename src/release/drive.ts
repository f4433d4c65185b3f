import { awaitConfirmation, isUnconfirmed } from './confirm.ts';
import type { Operation } from './release.ts';
import { underWay } from './release.ts';
import { log, tell, tellActor, who } from './draft.ts';
import { Fault } from './fault.ts';
import { standing } from './gates.ts';
import { fromNow } from './instant.ts';
import { patienceMs } from './operation.ts';
import { line } from './line.ts';
import { summarise } from './heading.ts';
import { keeping } from './keeping.ts';
import { hangs } from './outcomes/stuck.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { openSession } from './session.ts';
import type { Session, Taken } from './session.ts';
import { newWheel } from './steer.ts';
import type { Wheel } from './steer.ts';
import { against, noteDrift } from './steps/ask-router.ts';
import type { StepContext } from './steps/context.ts';
import { promoteStep } from './steps/promote.ts';
import { revertStep } from './steps/revert.ts';
import { stageStep } from './steps/stage.ts';
import type { Loaded } from './store.ts';
import { beginRevert } from './verbs/revert.ts';

/** An operation that has not touched the router is not resumed after this long without a lease, ms (SPEC 3.3). */
const staleMs = 120_000;
/**
 * A promote that nobody carried on for this long is not switched any more while the router says what the record does, ms:
 * somebody may have moved it back meanwhile, by break-glass. Death of a process is noticed sooner.
 */
const abandonedMs = 8_000;
/** How often, and how many times, the one who accepted an operation asks for a lease that is out, ms. */
const busyMs = 100;
const patience = 30;

/**
 * Carries the operation of a service on, from whatever step is recorded, until nothing is under way, the lease is
 * lost, or the process stops. A fresh operation and one taken over after a crash run the same way. Returns at once
 * when another process holds the lease. Throws `Fault` when the storage is away; whoever finds it due goes on.
 */
export async function drive(
  parts: Parts,
  service: string,
  stopping: AbortSignal,
  attended: { nudged?: () => void; taken?: Taken | undefined } = {},
): Promise<void> {
  const { driver } = parts;
  const taken = attended.taken ?? (await take(parts, service, stopping));
  delete attended.taken;
  if (!taken) return;
  const { loaded: got } = taken;
  const session = openSession(parts, service, taken, stopping);
  attended.nudged = () => {
    session
      .refresh()
      .catch((cause: unknown) =>
        parts.log.warn({ service, err: cause }, 'The record could not be looked at'),
      );
  };
  try {
    // Without a lease anything may have happened meanwhile, to an operation of one's own too.
    let left = got.record.op?.driver !== driver || lapsed(got);
    let wheel = newWheel(!left && untouched(got.record.op));
    for (;;) {
      const { record, wish } = session.loaded();
      if (!session.alive() || stopping.aborted || !record.op || !underWay(record)) return;
      session.rearm();
      if (isUnconfirmed(record.op) && !wish) {
        await awaitConfirmation(parts, session);
        continue;
      }
      if (left || record.op.driver !== driver) {
        wheel = newWheel(false);
        left = !(await takeOver(parts, session, got.renewedAt));
        continue;
      }
      if (wish) {
        await takeWish(parts, session);
        continue;
      }
      await oneStep(parts, session, wheel);
    }
  } finally {
    delete attended.nudged;
    await session
      .close()
      .catch((cause: unknown) =>
        parts.log.warn({ service, err: cause }, 'The service lease could not be given back'),
      );
  }
}

/** Takes the lease. Undefined: another process has it, or nothing is under way. */
async function take(
  { store, clock, driver }: Parts,
  service: string,
  stopping: AbortSignal,
): Promise<Taken | undefined> {
  let askedAt = clock.mono();
  let got = await store.acquire(service, driver);
  // A look at the router by another replica may hold the lease for a moment; who accepted the operation waits for it.
  for (let tries = 0; !got.held && got.record?.op?.driver === driver && tries < patience; tries += 1) {
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

function contextOf(parts: Parts, session: Session, wheel: Wheel): StepContext {
  const { record } = session.loaded();
  const configured = settingsOf(parts, record);
  return {
    parts,
    session,
    configured,
    wheel,
    adapters: parts.adapters(record.service, configured),
    beganAt: parts.clock.mono(),
  };
}

/** The operation, and what it began from, have not written to the router. */
function untouched(op: Operation | null): boolean {
  if (op?.intentAt !== undefined) return false;
  return !(op?.kind === 'revert' || op?.kind === 'restore') || (op.was !== 'stuck' && op.was !== 'promoting');
}

/** One step. Past its intent, an operation whose step keeps failing inside ends `stuck` at its deadline: a person must look. */
async function oneStep(parts: Parts, session: Session, wheel: Wheel): Promise<void> {
  try {
    await stepOf(contextOf(parts, session, wheel));
  } catch (cause) {
    const { op } = session.loaded().record;
    const away = cause instanceof Fault && cause.code === 'storage-unavailable';
    if (away || op?.intentAt === undefined || session.now() < (op.deadlineAt ?? 0)) throw cause;
    parts.log.error(
      { service: session.loaded().record.service, err: cause },
      'An operation cannot be carried on',
    );
    await session.commit((draft) => {
      hangs(draft, op, 'it cannot be carried on; the log of the bot says why');
      return undefined;
    });
  }
}

async function stepOf(context: StepContext): Promise<void> {
  const { op } = context.session.loaded().record;
  if (!op) return;
  switch (op.kind) {
    case 'stage':
      return stageStep(context);
    case 'promote':
      return promoteStep(context);
    case 'revert':
    case 'restore':
      return revertStep(context);
    default:
      return op satisfies never;
  }
}

/** Turns the waiting revert into the operation under way, or into force for the revert that is. */
async function takeWish(parts: Parts, session: Session): Promise<void> {
  await session.commit(
    (draft) => {
      const { wish } = session.loaded();
      const { op } = draft.record;
      if (!wish) return undefined;
      if (op?.kind === 'revert') {
        if (wish.force !== undefined) {
          op.force = wish.force;
          if (op.step === 'check') op.step = 'intent';
        }
        tell(draft, 'progress', line`${who(wish.actor)} joins the revert.`);
        return { takesWish: wish.id };
      }
      const begun = beginRevert(draft, wish.actor, parts.driver, { reason: wish.reason, force: wish.force });
      if (!begun) {
        tell(draft, 'event', line`The revert asked for by ${who(wish.actor)} has nothing to go back to.`);
        const { service } = draft.record;
        tellActor(
          draft,
          wish.actor,
          line`${{ code: 'nothing-to-revert-to' }}: ${service} is not reverted: what it would have gone back to was lost before the revert could begin. ${standing(draft.record)}`,
        );
        log(
          draft,
          wish.actor,
          'refused',
          line`revert: nothing to go back to any more`,
          'nothing-to-revert-to',
        );
      }
      return { takesWish: wish.id };
    },
    { despite: true },
  );
}

/** Nobody held the lease when it was acquired, nor shortly before. */
function lapsed({ now, renewedAt }: Loaded): boolean {
  return renewedAt !== null && now - renewedAt > keeping.leaseMs;
}

/**
 * Nobody carried this operation on for a while, because its process is gone or was cut off: says what is found, and
 * decides what is too old to go on. False: look again.
 */
async function takeOver(parts: Parts, session: Session, renewedAt: number | null): Promise<boolean> {
  const { record, wish } = session.loaded();
  const configured = settingsOf(parts, record);
  const answers = await parts.adapters(record.service, configured).router.live(AbortSignal.timeout(2_000));
  const asked = summarise(answers);
  const done = await session.commit(
    (draft, now) => {
      const { op } = draft.record;
      if (!op) return undefined;
      const own = op.driver === parts.driver;
      const age = now - (renewedAt ?? now);
      const untouched = op.intentAt === undefined && (op.kind === 'stage' || op.kind === 'promote');
      const at = op.step;
      op.driver = parts.driver;
      const alone = `nobody carried it on for ${Math.round(age / 1_000)} s`;
      const drift = (['blue', 'green'] as string[]).includes(asked.heading) && against(draft.record, asked);
      if (untouched && op.ending?.code === 'storage-unavailable') {
        // Never confirmed: that is why it is dropped, however late.
      } else if (untouched && age > staleMs) {
        op.ending = { code: 'interrupted', cause: alone };
      } else if (op.kind === 'stage' && drift) {
        // The color that was idle has the traffic now.
        op.ending = drift;
        noteDrift(parts, draft, asked.heading);
      } else if (untouched && op.kind === 'promote') {
        op.step = 'ask-router';
      } else if (op.intentAt !== undefined) {
        op.deadlineAt = fromNow(patienceMs(op));
        if (
          op.kind === 'promote' &&
          op.step === 'switch' &&
          age > abandonedMs &&
          !against(draft.record, asked)
        ) {
          op.step = 'undo';
          op.ending = {
            code: 'interrupted',
            cause: `${alone}, and the router still says ${draft.record.live}`,
          };
        }
      }
      const plan = wish
        ? 'a revert was asked for'
        : op.ending && untouched
          ? 'it is dropped'
          : op.step === 'undo'
            ? 'it is undone'
            : 'it goes on';
      const what = own
        ? line`The process that carries out this ${op.kind} was cut off at step "${at}". It took it up again`
        : line`The process that carried out this ${op.kind} stopped at step "${at}". Another took it up`;
      tell(
        draft,
        'event',
        line`${what}: the router says ${asked.detail}, the record says live ${draft.record.live}; ${plan}.`,
        draft.record.releases[0] ? {} : { release: null },
      );
      draft.history.push({
        actor: { kind: 'system', rule: 'takeover' },
        what: 'taken-over',
        text: line`the ${op.kind} at step ${at}: the router says ${asked.detail}`,
        release: op.release,
      });
      return undefined;
    },
    { despite: true },
  );
  return done === 'ok';
}
