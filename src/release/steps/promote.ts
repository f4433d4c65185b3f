import { persistRouterState } from '../persist-router-state.ts';
import type { Code, Operation, Promote } from '../release.ts';
import { type Draft, showStep, notify, notifyActor } from '../draft.ts';
import { nextFreeze } from '../freeze.ts';
import { fromNow } from '../instant.ts';
import { keepSchema, lookAtSchema, misfit } from '../look-at-schema.ts';
import { lateMs } from '../late-writes.ts';
import { line, typed } from '../line.ts';
import { advance } from '../operation.ts';
import { reportEnd } from '../operation-log.ts';
import { keepPersist } from '../outcomes/common.ts';
import { promoted, promoteEnded } from '../outcomes/promote.ts';
import { markStuck } from '../outcomes/stuck.ts';
import { beginReadOnly, waitsForSwitch } from '../read-only.ts';
import { readyPatiently } from '../ready.ts';
import { oweWritesOff, stopWrites } from '../stopped-writes.ts';
import { switchTraffic } from '../switch-traffic.ts';
import { gateOf, notInSync, showInSync, turnEnded, turnTo } from '../turn-data.ts';
import { mayStillCome } from '../write-log.ts';
import { withTimeout } from '../with-timeout.ts';
import { compareFirst } from './compare-router.ts';
import { answersWell, checksBefore } from './check.ts';
import { closed } from './closed-gates.ts';
import { type StepContext, hookBody, monoAt, opOf, sinceIntent } from './context.ts';
import { denyFirst } from './deny-writes.ts';
import { callHooks } from './hooks.ts';
import { leftOut, showNext, waitReadOnly } from './wait-read-only.ts';

/** How long a switch may take to verify, and to undo, ms; and the pause between two tries to undo. */
const verifyMs = 10_000;
const againMs = 500;
/** How long the count of what is still on the color just left may take, ms. */
const countMs = 500;

async function end(context: StepContext, code: Code, cause: string): Promise<void> {
  const op = opOf(context);
  // A promote that was stuck and is retried has written to the router: where that points is still not known.
  if (op.intentAt !== undefined) return hangAgain(context, op, code, cause);
  const done = await context.session.commit((draft) => {
    promoteEnded(draft, op, { code, cause, actor: op.ending?.actor });
    if (code !== 'cancelled') {
      const { service } = draft.record;
      notifyActor(
        draft,
        op.actor,
        line`${{ code }}: ${service} is not promoted: ${cause}. It stays staged; ${typed(`why ${service}`)} shows what blocks it.`,
      );
    }
    return undefined;
  });
  if (done === 'ok') reportEnd(context, op, code);
}

async function hangAgain(context: StepContext, op: Operation, code: Code, cause: string): Promise<void> {
  const done = await context.session.commit((draft) => {
    markStuck(draft, op, `tried again, and stopped before the switch: ${cause}`, code, []);
    return undefined;
  });
  if (done === 'ok') reportEnd(context, op, 'stuck');
}

async function check(context: StepContext, op: Promote): Promise<void> {
  const { parts, session, adapters } = context;
  const [seen, router, gate, schema] = await Promise.all([
    answersWell(parts, checksBefore(adapters), op.target, op.version ?? undefined, session.soft),
    readyPatiently(parts, adapters.router, op.target, 'all', session.soft),
    gateOf(parts, adapters, session.loaded().record, op.target, { stopping: session.soft }),
    lookAtSchema(parts, adapters, session.soft),
  ]);
  if (session.soft.aborted) return;
  if (router.cause !== undefined) return end(context, 'router-not-ready', router.cause);
  const apart = notInSync(gate);
  if (apart !== undefined) return end(context, 'not-in-sync', apart);
  if (!seen.healthy) return end(context, seen.code, seen.cause);
  const behind = misfit(schema, session.loaded().record, op.target);
  if (behind !== undefined) return end(context, 'schema-incompatible', behind);
  const healthy = (draft: Draft): void => {
    showStep(
      draft,
      'health',
      'done',
      seen.version === undefined ? 'healthy' : `healthy, reports ${seen.version}`,
    );
    showInSync(draft, gate);
    keepSchema(draft, schema, op.target);
    for (const doubt of router.doubts) notify(draft, 'progress', line`Warning: ${doubt}`);
  };
  // If the intent is next, one save holds both: a press waits for each save.
  const without = leftOut(context, op);
  if (without.length === 2) return saveIntent(context, op, healthy);
  await session.commit((draft) => {
    advance(draft, 'check', without);
    healthy(draft);
    showNext(draft);
    return undefined;
  });
}

async function beforeSwitch(context: StepContext, op: Promote): Promise<void> {
  const { parts, session, adapters } = context;
  const called = await callHooks(parts, adapters, 'before-switch', hookBody(context, op), session.soft);
  if (session.soft.aborted) return;
  if (called.failed !== undefined) return end(context, 'hook-failed', called.failed);
  await session.commit((draft) => {
    advance(draft, 'before-switch', leftOut(context, op));
    for (const warning of called.warnings) notify(draft, 'progress', line`Warning: ${warning}`);
    showStep(draft, 'before-switch', 'done');
    showNext(draft);
    return undefined;
  });
}

/** Asks the router again: the hooks before the switch may have taken long, and it may no longer be ready. */
async function lastLook(context: StepContext, op: Promote): Promise<void> {
  const { parts, session, adapters } = context;
  const [{ cause }, gate] = await Promise.all([
    readyPatiently(parts, adapters.router, op.target, 'all', session.soft),
    gateOf(parts, adapters, session.loaded().record, op.target, { stopping: session.soft }),
  ]);
  if (session.soft.aborted) return;
  if (cause !== undefined) return end(context, 'router-not-ready', cause);
  const apart = notInSync(gate);
  return apart === undefined ? saveIntent(context, op) : end(context, 'not-in-sync', apart);
}

async function saveIntent(context: StepContext, op: Promote, found?: (draft: Draft) => void): Promise<void> {
  const { session, configured, adapters } = context;
  const shut = await closed(context, op);
  if (session.soft.aborted) return;
  if (shut) return end(context, shut.code, shut.cause);
  const { record } = session.loaded();
  const ends = [
    op.duringFreeze === undefined ? nextFreeze(configured.settings.freeze, session.now()) : undefined,
    configured.settings.promotion.approvals > 0 ? record.request?.expiresAt : undefined,
  ].filter((each) => each !== undefined);
  const saved = await session.commit((draft) => {
    const next = draft.record.op;
    if (!next) return undefined;
    found?.(draft);
    advance(draft, 'intent');
    if (adapters.router.denial && !waitsForSwitch(draft.record)) beginReadOnly(draft, op.release);
    oweWritesOff(draft, context, op);
    next.intentAt = fromNow();
    next.deadlineAt = fromNow(verifyMs);
    showStep(draft, 'switch', 'doing');
    return { durable: true, ...(ends.length > 0 && { goodUntil: Math.min(...ends) }) };
  });
  if (saved !== 'ok' || session.replicated()) return;
  await session.commit((draft) => {
    const next = draft.record.op;
    if (next?.kind !== 'promote') return undefined;
    next.step = 'undo';
    next.deadlineAt = fromNow(verifyMs);
    next.ending = { code: 'storage-unavailable', cause: 'no Redis replica confirmed the intent' };
    return undefined;
  });
}

async function doSwitch(context: StepContext, op: Promote): Promise<void> {
  const { parts, session, adapters, writeLog, configured } = context;
  const { record } = session.loaded();
  const denied = await denyFirst(context);
  if (denied?.failed !== undefined)
    return undoFor(context, { code: 'router-not-ready', cause: denied.failed });
  const { followsMs } = adapters.router;
  const steered = await switchTraffic(parts, session, adapters, writeLog, {
    color: op.target,
    epoch: record.epoch + 1,
    need: 'all',
    owed: lateMs(record, record.live, session.now()) > 0,
    deadline: monoAt(context, op.deadlineAt ?? 0),
    // If traffic follows later, ask less often: the router's API counts the questions.
    ...(followsMs === undefined ? { pauseMs: 200 } : { graceMs: followsMs, pauseMs: 500 }),
    probe: true,
    stoppable: true,
    turn: turnTo(context, op.target),
    stop: stopWrites(context, op, { insists: false }),
    // Who changed it may have had a reason, and will change it again.
    yields: true,
  });
  if (steered.end === 'stopped') return;
  if (steered.end === 'there') {
    const switchMs = sinceIntent(context, op);
    const [persist, left] = await Promise.all([
      persistRouterState(parts, adapters.router, op.target),
      withTimeout(parts.clock, countMs, async (signal) => adapters.router.left?.(record.live, signal)),
    ]);
    const late = mayStillCome(writeLog);
    const done = await session.commit((draft) => {
      promoted(draft, op, configured.settings, {
        switchMs,
        probe: steered.probe,
        held: steered.held,
        turned: steered.turned,
        persist,
        left,
        leftAre: adapters.router.leftAre,
        keeps: adapters.router.keeps,
        late,
        deniedAt: denied?.at,
        now: session.now(),
      });
      for (const note of steered.notes ?? []) notify(draft, 'progress', line`Warning: ${note}`);
      return undefined;
    });
    if (done !== 'ok') return;
    parts.observe.switched('promote', switchMs);
    reportEnd(context, op, 'live');
    return;
  }
  const apart = steered.turned?.failed === undefined ? 'verify-failed' : 'not-in-sync';
  const code = steered.unstopped ? 'hook-failed' : apart;
  await undoFor(context, { code, cause: steered.cause });
}

/** The switch has failed: next, the router is pointed back. */
async function undoFor({ session }: StepContext, ending: { code: Code; cause: string }): Promise<void> {
  await session.commit((draft) => {
    const next = draft.record.op;
    if (next?.kind !== 'promote') return undefined;
    next.step = 'undo';
    next.deadlineAt = fromNow(verifyMs);
    next.ending = ending;
    showStep(draft, 'switch', 'failed', ending.cause);
    showStep(draft, 'undo', 'doing');
    return undefined;
  });
}

async function undo(context: StepContext, op: Promote): Promise<void> {
  const { parts, session, adapters, writeLog, configured } = context;
  const { record } = session.loaded();
  const steered = await switchTraffic(parts, session, adapters, writeLog, {
    color: record.live,
    epoch: record.epoch,
    need: 'reachable',
    // Overwrite what any process may have written for this operation.
    owed: lateMs(record, op.target, session.now()) > 0,
    deadline: monoAt(context, op.deadlineAt ?? 0),
    graceMs: configured.settings.router.settles,
    pauseMs: 200,
    probe: false,
    stoppable: true,
    turn: record.turn && turnTo(context, record.live),
    stop: stopWrites(context, op, { insists: true }),
  });
  if (steered.end === 'stopped') return;
  if (steered.turned?.failed !== undefined && session.now() < (op.deadlineAt ?? 0)) {
    await parts.clock.sleep(againMs, session.soft);
    return;
  }
  const silent = steered.answers
    .filter((answer) => answer.heading === 'unreachable')
    .map((answer) => answer.instance);
  const doubtful = silent.filter(
    (instance) => writeLog.touched === undefined || writeLog.touched.has(instance),
  );
  const ending = op.ending ?? { code: 'verify-failed' as const, cause: 'not verified' };
  if (steered.end === 'there' && doubtful.length === 0) {
    const persist = await persistRouterState(parts, adapters.router, record.live);
    const done = await session.commit((draft) => {
      turnEnded(draft, steered.turned);
      promoteEnded(draft, op, ending, { late: mayStillCome(writeLog), now: session.now() });
      keepPersist(draft, persist);
      return undefined;
    });
    if (done === 'ok') reportEnd(context, op, ending.code);
    return;
  }
  if (steered.end === 'there' && session.now() < (op.deadlineAt ?? 0)) {
    await parts.clock.sleep(againMs, session.soft);
    return;
  }
  const cause =
    doubtful.length > 0
      ? `${doubtful.join(', ')} does not answer and may point to ${op.target}`
      : `${ending.cause}; going back failed too: ${steered.cause}`;
  const done = await session.commit((draft) => {
    markStuck(draft, op, cause, undefined, mayStillCome(writeLog));
    return undefined;
  });
  if (done === 'ok') reportEnd(context, op, 'stuck');
}

const run: Record<Promote['step'], (context: StepContext, op: Promote) => Promise<void>> = {
  'ask-router': (context) => compareFirst(context),
  check,
  'before-switch': beforeSwitch,
  'read-only': waitReadOnly,
  intent: lastLook,
  switch: doSwitch,
  undo,
};

/** Does the next step of a promote. */
export async function promoteStep(context: StepContext, op: Promote): Promise<void> {
  const switches = op.intentAt !== undefined && (op.step === 'switch' || op.step === 'undo');
  if (op.ending && !switches) return end(context, op.ending.code, op.ending.cause);
  return run[op.step](context, op);
}
