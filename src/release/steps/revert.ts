import { askFor } from '../ask-router.ts';
import { otherColor } from '../color.ts';
import { persistRouterState } from '../persist-router-state.ts';
import type { Code, Revert } from '../release.ts';
import { showStep, notify } from '../draft.ts';
import type { Draft } from '../draft.ts';
import { reachableAt, silenceWords, summarise } from '../router-answers.ts';
import { fromNow } from '../instant.ts';
import { lookAtSchema, misfit } from '../look-at-schema.ts';
import { lateMs } from '../late-writes.ts';
import { asSentence, line } from '../line.ts';
import { reportEnd } from '../operation-log.ts';
import { advance, colorLeft } from '../operation.ts';
import { revertRefused } from '../outcomes/revert-refused.ts';
import { restored, reverted } from '../outcomes/revert.ts';
import { markStuck } from '../outcomes/stuck.ts';
import { readyPatiently } from '../ready.ts';
import { askProbe } from '../ask-probe.ts';
import { oweWritesOff, stopWrites } from '../stopped-writes.ts';
import { switchTraffic } from '../switch-traffic.ts';
import { gateOf, missedBy, notInSync, showInSync, turnEnded, turnTo } from '../turn-data.ts';
import type { Turned } from '../turn-data.ts';
import { mayStillCome } from '../write-log.ts';
import { askPatiently } from './compare-router.ts';
import { answersWell } from './check.ts';
import { monoAt, sinceIntent } from './context.ts';
import type { StepContext } from './context.ts';
import { keepDenied } from './deny-writes.ts';

/** How long a revert is tried before it is `stuck`, ms. */
const revertTimeoutMs = 120_000;
/** The pause before databases are turned again that could not be, ms. */
const againMs = 1_000;

async function refuse(
  context: StepContext,
  op: Revert,
  code: Code,
  cause: string,
  { turned, ...more }: { repair?: string; untouched?: true; turned?: Turned } = {},
): Promise<void> {
  const { parts, session } = context;
  const done = await session.commit((draft) => {
    if (turned) turnEnded(draft, turned);
    revertRefused(draft, op, { code, cause, ...more }, parts.driver);
    return undefined;
  });
  if (done !== 'ok') return;
  parts.observe.refusal(code);
  reportEnd(context, op, code);
}

/** Checks whether the router is there already. Then nothing has to be healthy: that is recorded. */
async function ask(context: StepContext, op: Revert): Promise<void> {
  const { parts, session } = context;
  const { answers } = await askPatiently(context, op.target);
  if (session.soft.aborted) return;
  const asked = summarise(answers);
  const { heading, detail } = asked;
  const remember = (): Promise<void> =>
    parts.store.saveAsked(new Map([[session.loaded().record.service, { heading, detail }]]));
  if (asked.heading === 'unreachable') {
    await remember();
    return refuse(context, op, 'router-unreachable', silenceWords(asked.detail));
  }
  const found = reachableAt(answers, op.target);
  // Nobody asked for the router to be moved.
  if (!found && op.kind === 'restore' && op.actor.kind === 'system')
    return refuse(context, op, 'router-drift', `the router says ${asked.detail}`);
  // Only databases are turned then.
  const turns = op.kind === 'restore' && session.loaded().record.turn !== undefined;
  const unasked = ((op.kind === 'revert' || turns) && found) || op.force !== undefined;
  // Sent in this order, but without waiting for each other's answer: both wait for the same disk.
  await Promise.all([
    remember(),
    session.commit((draft) => {
      const next = draft.record.op;
      if (next?.kind === 'revert' || next?.kind === 'restore') {
        advance(draft, 'ask-router', unasked ? ['check'] : []);
        next.found = found;
        next.saw = heading;
      }
      if (!unasked) showStep(draft, 'health of the way back', 'doing');
      return undefined;
    }),
  ]);
}

async function check(context: StepContext, op: Revert): Promise<void> {
  const { parts, session, adapters } = context;
  const [seen, router, gate, schema] = await Promise.all([
    answersWell(parts, adapters.health, op.target, op.version ?? undefined, session.soft),
    // A router that points there already is not moved: whether it could serve decides nothing.
    op.found === true ? undefined : readyPatiently(parts, adapters.router, op.target, 'some', session.soft),
    // A turn that was begun goes on, or is taken back: where one side takes no writes any more, nothing is asked first.
    op.kind === 'revert' && session.loaded().record.turn === undefined
      ? gateOf(parts, adapters, session.loaded().record, op.target, { stopping: session.soft })
      : undefined,
    op.kind === 'revert' ? lookAtSchema(parts, adapters, session.soft) : undefined,
    // The switch says so where it was interrupted.
    keepDenied(context),
  ]);
  if (session.soft.aborted) return;
  if (router?.cause !== undefined) {
    const { cause, repair } = router;
    return refuse(context, op, 'router-not-ready', cause, repair === undefined ? {} : { repair });
  }
  if (!seen.healthy) return refuse(context, op, seen.code, seen.cause);
  const behind = misfit(schema, session.loaded().record, op.target);
  if (behind !== undefined) return refuse(context, op, 'schema-incompatible', behind);
  const apart = notInSync(gate);
  if (apart !== undefined) return refuse(context, op, 'not-in-sync', await withMissed(context, op, apart));
  // The intent is next, and one save holds both: a press waits for each save.
  return intent(context, (draft) => {
    showStep(
      draft,
      'health of the way back',
      'done',
      seen.version === undefined ? 'healthy' : `healthy, reports ${seen.version}`,
    );
    showInSync(draft, gate);
    for (const doubt of [...(router?.partly ?? []), ...(router?.doubts ?? [])])
      notify(draft, 'progress', line`Warning: ${doubt}`);
  });
}

/** Adds what a revert would miss to the cause of its refusal. */
async function withMissed({ parts, adapters }: StepContext, op: Revert, cause: string): Promise<string> {
  const missed = await missedBy(parts, adapters, otherColor(op.target));
  return missed === '' ? cause : `${cause}; ${missed}`;
}

async function intent(context: StepContext, found?: (draft: Draft) => void): Promise<void> {
  const { session } = context;
  const saved = await session.commit((draft) => {
    const next = draft.record.op;
    if (!next) return undefined;
    found?.(draft);
    advance(draft, 'intent');
    oweWritesOff(draft, context, next);
    next.intentAt = fromNow();
    next.deadlineAt = fromNow(revertTimeoutMs);
    showStep(draft, 'switch back', 'doing');
    return { durable: true };
  });
  if (saved !== 'ok' || session.replicated()) return;
  await session.commit((draft) => {
    notify(draft, 'event', line`No Redis replica confirmed the revert; it continues.`);
    return undefined;
  });
}

async function doSwitch(context: StepContext, op: Revert): Promise<void> {
  const { parts, session, adapters, writeLog, configured } = context;
  const { record } = session.loaded();
  const [first, open] = await Promise.all([askFor(parts, adapters, op.target), keepDenied(context)]);
  const already = reachableAt(first.answers, op.target);
  const found = already && op.found === true;
  const decides = op.force === undefined && !found;
  // Nothing was written, and nothing of before is open: all is as it was.
  const untouched = (): boolean =>
    writeLog.certain &&
    writeLog.touched?.size === 0 &&
    op.interrupted === undefined &&
    (op.was === 'idle' || op.was === 'baking' || op.was === 'staged');
  const steered = await switchTraffic(parts, session, adapters, writeLog, {
    color: op.target,
    first,
    epoch: record.live === op.target ? record.epoch : record.epoch + 1,
    need: op.kind === 'revert' ? 'some' : 'reachable',
    owed: lateMs(record, otherColor(op.target), session.now()) > 0,
    deadline: monoAt(context, op.deadlineAt ?? 0),
    pauseMs: 1_000,
    probe: decides,
    stoppable: true,
    // A person wants a revert or a put-back now.
    insists: true,
    // A put-back moves only the router, unless databases were left half turned.
    turn:
      op.kind === 'revert' || record.turn
        ? turnTo(context, op.target, { force: op.force !== undefined })
        : undefined,
    stop: stopWrites(context, op, { insists: true }),
    // Anything else would end stuck: then the writes go on, since the router may be repaired in time.
    givesUp: untouched,
  });
  if (steered.end === 'stopped') return;
  const switchMs = sinceIntent(context, op);
  const { turned } = steered;
  if (steered.end === 'there') {
    const behind = steered.answers
      .filter((answer) => answer.heading !== op.target)
      .map((answer) => answer.instance);
    const persist = await persistRouterState(parts, adapters.router, op.target);
    const { keeps } = adapters.router;
    const proof = decides ? undefined : await unproved(context, op);
    const late = mayStillCome(writeLog);
    const done = await session.commit((draft) => {
      const now = session.now();
      if (op.kind === 'restore') restored(draft, op, { persist, proof, keeps, late, turned, now });
      else
        reverted(draft, op, configured.settings, {
          switchMs,
          probe: steered.probe,
          held: steered.held,
          turned,
          behind,
          persist,
          proof,
          keeps,
          already: found || (already && writeLog.touched?.size === 0),
          late,
          now,
        });
      for (const note of [...(open === undefined ? [] : [open]), ...(steered.notes ?? [])])
        notify(draft, 'progress', line`Warning: ${note}`);
      return undefined;
    });
    if (done !== 'ok') return;
    if (op.kind === 'revert') parts.observe.switched('revert', switchMs);
    reportEnd(context, op, op.kind === 'revert' ? 'reverted' : 'restored');
    return;
  }
  const isLeft = turned?.failed !== undefined && (record.live === op.target || !turned.finished);
  if (isLeft && session.now() < (op.deadlineAt ?? 0)) {
    await parts.clock.sleep(againMs, session.soft);
    return;
  }
  const { cause, repair } = steered;
  if (turned?.failed !== undefined && turned.finished && record.live !== op.target && untouched())
    return refuse(context, op, 'not-in-sync', await withMissed(context, op, cause), {
      untouched: true,
      turned,
    });
  if (repair !== undefined)
    return refuse(context, op, 'router-not-ready', cause, { repair, untouched: true });
  const done = await session.commit((draft) => {
    const why = `${cause}; ${colorLeft(draft.record, op)} may still have traffic`;
    markStuck(draft, op, why, undefined, mayStillCome(writeLog));
    return undefined;
  });
  if (done === 'ok') reportEnd(context, op, 'stuck');
}

/** Returns why a probe did not decide. */
async function unproved({ parts, adapters, session }: StepContext, op: Revert): Promise<string | undefined> {
  // The message of a forced revert says that it is not verified.
  if (!adapters.probe || op.force !== undefined) return undefined;
  const said = await askProbe(parts, adapters, session.loaded().record, op.target, 2_000);
  return said?.verdict === 'other' ? `Its probe does not agree: ${asSentence(said.detail)}` : undefined;
}

const run: Record<Revert['step'], (context: StepContext, op: Revert) => Promise<void>> = {
  'ask-router': ask,
  check,
  intent: (context) => intent(context),
  switch: doSwitch,
};

/** Does the next step of a revert or a restore. */
export async function revertStep(context: StepContext, op: Revert): Promise<void> {
  if (op.ending && op.step !== 'switch') return refuse(context, op, op.ending.code, op.ending.cause);
  return run[op.step](context, op);
}
