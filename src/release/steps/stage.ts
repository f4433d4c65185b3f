import { feedDue, oweFeed } from '../both-fed.ts';
import { showStep, notify } from '../draft.ts';
import { fromNow } from '../instant.ts';
import { lateMs } from '../late-writes.ts';
import { line } from '../line.ts';
import { mirrorDue } from '../mirror/port.ts';
import { keepSchema, lookAtSchema } from '../look-at-schema.ts';
import { advance } from '../operation.ts';
import { reportEnd } from '../operation-log.ts';
import { staged, stageEnded } from '../outcomes/stage.ts';
import { versionKnown } from '../settings.ts';
import type { DeployJob } from '../ports.ts';
import { compareFirst } from './compare-router.ts';
import { askVersion, checksBefore, untilHealthy } from './check.ts';
import { hookBody, monoAt, opOf } from './context.ts';
import type { StepContext } from './context.ts';
import { showLink, tellProgress } from './deploy-progress.ts';
import { callHooks } from './hooks.ts';
import type { Code, Stage } from '../release.ts';
import { withTimeout } from '../with-timeout.ts';
import { stopAside, stopDeploy } from './stop-deploy.ts';

/** A deploy that could not be started is tried again after 1 s, 2 s and so on, up to this, ms. */
const longestPauseMs = 30_000;

/** Ends the stage. `mayRun`: whether the deploy may still change its color. */
async function end(context: StepContext, code: Code, cause: string, mayRun = false): Promise<void> {
  await context.session.commit((draft) => {
    if (draft.record.op) draft.record.op.ending = { code, cause, mayRun };
    return undefined;
  });
}

/** Runs the deploy. Whenever this process stops waiting for it, no part of it runs on here. */
async function deploy(context: StepContext): Promise<void> {
  const { session, adapters } = context;
  const op = opOf(context);
  const { service } = session.loaded().record;
  const job = { service, color: op.target, version: op.version ?? '', release: op.release };
  try {
    await followDeploy(context, job);
  } finally {
    adapters.deploy?.abandon?.(job);
    // If the service was adopted meanwhile, no later step drops the deploy.
    if (session.loaded().record.op?.id !== op.id)
      stopAside(context.parts, adapters.deploy, service, { ...op, deadlineAt: op.deadlineAt ?? 0 });
  }
}

async function followDeploy(context: StepContext, job: DeployJob): Promise<void> {
  const { parts, session, adapters, configured } = context;
  const op = opOf(context);
  const adapter = adapters.deploy;
  if (!adapter) return;
  let again = op.deadlineAt !== undefined;
  if (op.deadlineAt === undefined) {
    const begun = await session.commit((draft) => {
      const { record } = draft;
      if (!record.op) return undefined;
      record.op.deadlineAt = fromNow(adapter.deadlineMs);
      showStep(draft, 'deploy', 'doing');
      if (!versionKnown(configured.settings))
        record.colors[op.target] = { role: 'unknown', version: null, since: fromNow() };
      return undefined;
    });
    if (begun !== 'ok') return;
  }
  const deadline = monoAt(context, opOf(context).deadlineAt ?? 0);
  const late = (): boolean => parts.clock.mono() >= deadline;
  let id = op.deployId;
  let last = 'no answer';
  const progress = tellProgress(context);
  const link = showLink(context);
  let pauseMs = 1_000;
  // It is not known what an earlier process sent.
  let maySent = again;
  while (id === undefined) {
    const started = await adapter.start({ ...job, again }, session.soft);
    if (session.soft.aborted) return;
    again = true;
    maySent ||= !started.ok && started.mayRun === true;
    if (started.ok) {
      id = started.id;
      break;
    }
    last = started.reason;
    if (!started.retryable) {
      const cause = started.mayRun ? last : `the deploy could not be started: ${last}`;
      return end(context, 'deploy-failed', cause, maySent);
    }
    const over = () => end(context, 'timed-out', `the deploy could not be started: ${last}`, maySent);
    if (late()) return over();
    await progress(last);
    const leftMs = Math.max(0, deadline - parts.clock.mono());
    await parts.clock.sleep(Math.min(leftMs, Math.max(pauseMs, started.afterMs ?? 0)), session.soft);
    if (session.soft.aborted) return;
    if (late()) return over();
    pauseMs = Math.min(2 * pauseMs, longestPauseMs);
  }
  if (op.deployId === undefined) {
    const saved = await session.commit((draft) => {
      if (draft.record.op) draft.record.op.deployId = id;
      return undefined;
    });
    if (saved !== 'ok') return;
  }
  for (;;) {
    const stand = await adapter.follow(id, session.soft);
    if (session.soft.aborted) return;
    await link(stand);
    if (stand.state === 'failed')
      return end(
        context,
        'deploy-failed',
        `the deploy failed${stand.message === undefined ? '' : `: ${stand.message}`}`,
      );
    if (stand.state === 'succeeded') break;
    last = stand.message ?? 'still running';
    if (late()) return end(context, 'timed-out', `the deploy did not end in time: ${last}`, true);
    if (stand.message !== undefined) await progress(stand.message);
    await parts.clock.sleep(adapter.pollMs ?? 1_000, session.soft);
  }
  await session.commit((draft) => {
    const { op: next } = draft.record;
    if (!next) return undefined;
    advance(draft, 'deploy');
    delete next.deadlineAt;
    showStep(draft, 'deploy', 'done');
    showStep(draft, 'health', 'doing');
    return undefined;
  });
}

async function check(context: StepContext): Promise<void> {
  const { parts, session, adapters } = context;
  const op = opOf(context);
  const seen = await untilHealthy(
    parts,
    checksBefore(adapters),
    op.target,
    op.version ?? undefined,
    session.soft,
  );
  if (session.soft.aborted) return;
  if (!seen.healthy) return end(context, seen.code, seen.cause);
  await session.commit((draft) => {
    advance(draft, 'check');
    showStep(
      draft,
      'health',
      'done',
      seen.version === undefined ? 'healthy' : `healthy, reports ${seen.version}`,
    );
    return undefined;
  });
}

async function finish(context: StepContext): Promise<void> {
  const { parts, session, adapters } = context;
  const op = opOf(context);
  const body = hookBody(context, op);
  const called = await callHooks(parts, adapters, 'after-stage', body, session.soft);
  if (session.soft.aborted) return;
  if (called.failed !== undefined) return end(context, 'hook-failed', called.failed);
  const schema = await lookAtSchema(parts, adapters, session.soft);
  if (session.soft.aborted) return;
  const done = await session.commit((draft) => {
    keepSchema(draft, schema, op.target);
    for (const warning of called.warnings) notify(draft, 'progress', line`Warning: ${warning}`);
    staged(draft, op);
    oweFeed(draft, adapters, body);
    return undefined;
  });
  if (done !== 'ok') return;
  reportEnd(context, op, 'staged');
  // If that is lost, the poll of the routers finds it.
  if (adapters.feedHooks) await parts.agenda.ensure(`${feedDue}${session.loaded().record.service}`, 0);
  if (adapters.mirror) await parts.agenda.ensure(`${mirrorDue}${session.loaded().record.service}`, 0);
}

/** Drops a stage that ended, and asks what its color reports: a way back that is still there stays one. */
async function drop(context: StepContext): Promise<void> {
  const { parts, session, adapters } = context;
  const op = opOf(context);
  const { service } = session.loaded().record;
  const stopped = await stopDeploy(parts.clock, adapters.deploy, service, op, session.soft);
  if (session.soft.aborted) return;
  const seen = await withTimeout(
    parts.clock,
    5_000,
    (signal) => askVersion(parts, adapters.health, op.target, signal),
    session.soft,
  );
  if (session.soft.aborted) return;
  const done = await session.commit((draft) => {
    stageEnded(draft, op, seen, stopped);
    return undefined;
  });
  if (done === 'ok') reportEnd(context, op, op.ending?.code ?? 'interrupted');
}

async function compare(context: StepContext): Promise<void> {
  const { session, adapters } = context;
  const { record } = session.loaded();
  const late = adapters.deploy ? lateMs(record, opOf(context).target, session.now()) : 0;
  return compareFirst(context, late);
}

const run: Record<Stage['step'], (context: StepContext) => Promise<void>> = {
  'ask-router': compare,
  deploy,
  check,
  'after-stage': finish,
};

/** Does the next step of a stage. */
export async function stageStep(context: StepContext, op: Stage): Promise<void> {
  return op.ending ? drop(context) : run[op.step](context);
}
