/** The watch over a release that has just become live: its health, and the health of the way back. */
import type { ServiceRecord } from './release.ts';
import { draw, log, tell, userOf, who } from './draft.ts';
import { fromNow } from './instant.ts';
import { heldMs } from './keeping.ts';
import { line } from './line.ts';
import { otherColor } from './color.ts';
import { actorId } from './release.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { save } from './save.ts';
import type { Adapters } from './ports.ts';
import { askOnce } from './steps/check.ts';
import type { Examined } from './steps/check.ts';
import { holding } from './holding.ts';
import { callHooks } from './steps/hooks.ts';
import { endBake } from './verbs/settle.ts';

/** Checks in a row, of one color. In memory only: a successor counts anew (SPEC 10). */
interface Count {
  good: number;
  bad: number;
  cause: string;
}

function count(tally: Count, seen: Examined): void {
  if (seen.healthy) {
    tally.good += 1;
    tally.bad = 0;
  } else {
    tally.bad += 1;
    tally.good = 0;
    tally.cause = seen.cause;
  }
}

/**
 * Watches the bake of a service until it ends, its due lease is lost, or the process stops. Saves only when a verdict
 * changes. Throws `Fault` when the storage is away; whoever finds it due counts anew.
 */
export async function watchBake(
  parts: Parts,
  service: string,
  keep: () => Promise<boolean>,
  stopping: AbortSignal,
): Promise<void> {
  const live: Count = { good: 0, bad: 0, cause: '' };
  const back: Count = { good: 0, bad: 0, cause: '' };
  let baking: string | undefined;
  while (!stopping.aborted) {
    const { record, now } = await parts.store.load(service);
    if (!record?.bake || record.state !== 'baking') return;
    if (baking !== undefined && baking !== `${record.bake.release} ${record.epoch}`) return;
    baking = `${record.bake.release} ${record.epoch}`;
    const configured = settingsOf(parts, record);
    const adapters = parts.adapters(service, configured);
    const unwatched = parts.catalog.find(service) === undefined;
    if (unwatched) {
      await save(parts, record, now, (draft) =>
        endBake(
          draft,
          { kind: 'system', rule: 'unconfigured' },
          line`${service} is no longer configured: its bake ends unwatched.`,
        ),
      );
      return;
    }
    if (!record.bake.hooksDone) {
      await afterSwitch(parts, record, adapters, keep, stopping);
      continue;
    }
    await look(record, adapters, live, back, stopping);
    if (stopping.aborted) return;
    const { failures } = configured.settings.promotion;
    const successes = Math.max(...adapters.health.map((check) => check.successes));
    if (await judge(parts, live, back, { service, failures, successes })) return;
    if (!(await keep())) return;
    const pause = Math.min(heldMs / 2, ...adapters.health.map((check) => check.intervalMs));
    const left = record.bake.until - now;
    await parts.clock.sleep(left > 0 ? Math.max(20, Math.min(pause, left)) : pause, stopping);
    if (!(await keep())) return;
  }
}

async function look(
  record: ServiceRecord,
  adapters: Adapters,
  live: Count,
  back: Count,
  stopping: AbortSignal,
): Promise<void> {
  const other = otherColor(record.live);
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(10_000)]);
  const [now, then] = await Promise.all([
    askOnce(adapters.health, record.live, record.colors[record.live].version ?? undefined, signal),
    record.colors[other].role === 'previous'
      ? askOnce(adapters.health, other, record.colors[other].version ?? undefined, signal)
      : undefined,
  ]);
  if (stopping.aborted) return;
  count(live, now);
  if (then) count(back, then);
}

/** Saves what the counts say, where that is new; true when the bake is over. */
async function judge(
  parts: Parts,
  live: Count,
  back: Count,
  rule: { service: string; failures: number; successes: number },
): Promise<boolean> {
  const { record, now } = await parts.store.load(rule.service);
  const bake = record?.bake;
  if (!record || !bake || record.state !== 'baking') return true;
  const release = record.releases[0];
  const owner = release?.promotedBy;
  const sick = bake.verdict === 'healthy' && live.bad >= rule.failures;
  const over = now >= bake.until;
  const well = bake.verdict === 'unhealthy' && bake.hookFailed === undefined && live.good >= rule.successes;
  const backDied = bake.wayBack === 'alive' && back.bad >= rule.failures;
  const backLives = bake.wayBack === 'dead' && back.good >= rule.successes;
  const settles = over && (bake.verdict === 'healthy' ? live.good > 0 : well);
  if (bake.verdict === 'unhealthy' && over && bake.endedAt === undefined) {
    // Only good answers after the end of an unhealthy bake count.
    live.good = 0;
    await save(parts, record, now, (draft) => {
      if (draft.record.bake) draft.record.bake.endedAt = fromNow();
      draw(draft);
    });
    return false;
  }
  if (!sick && !backDied && !backLives && !settles && !(well && !over)) return false;
  await save(parts, record, now, (draft) => {
    const next = draft.record.bake;
    if (!next) return;
    if (backDied) {
      next.wayBack = 'dead';
      next.wayBackCause = back.cause;
      tell(
        draft,
        'broadcast',
        line`${owner ? who(owner) : 'Somebody'}: the way back of ${record.service} is dead: ${back.cause}. A revert would be refused without --force.`,
        { to: owner && userOf(owner) },
      );
      log(draft, { kind: 'system', rule: 'bake' }, 'way-back-dead', line`${back.cause}`, 'unhealthy');
    }
    if (backLives) {
      next.wayBack = 'alive';
      delete next.wayBackCause;
      tell(draft, 'event', line`The way back of ${record.service} answers again.`);
    }
    if (sick) {
      next.verdict = 'unhealthy';
      next.cause = live.cause;
      tell(
        draft,
        'broadcast',
        line`${owner ? who(owner) : 'Somebody'}: ${record.service} #${release?.number ?? 0} ${{ bold: release?.version ?? '' }} is unhealthy: ${live.cause}. It does not settle.`,
        { buttons: 'unhealthy', to: owner && userOf(owner) },
      );
      log(draft, { kind: 'system', rule: 'bake' }, 'unhealthy', line`${live.cause}`, 'unhealthy');
    }
    if (well && !settles) {
      next.verdict = 'healthy';
      delete next.cause;
      tell(draft, 'event', line`${record.service} is healthy again.`);
    }
    draw(draft);
    if (settles)
      endBake(
        draft,
        { kind: 'system', rule: 'bake' },
        line`${record.service} #${release?.number ?? 0} ${release?.version ?? ''} is settled.`,
      );
  });
  if (settles) parts.observe.operation('promote', 'settled');
  return settles;
}

async function afterSwitch(
  parts: Parts,
  record: ServiceRecord,
  adapters: Adapters,
  keep: () => Promise<boolean>,
  stopping: AbortSignal,
): Promise<void> {
  const release = record.releases[0];
  const held = holding(parts, keep, stopping);
  const called = await callHooks(
    parts,
    adapters,
    'after-switch',
    {
      service: record.service,
      release: release?.id ?? '',
      version: release?.version ?? '',
      from: otherColor(record.live),
      to: record.live,
      epoch: record.epoch,
      actor: release?.promotedBy ? actorId(release.promotedBy) : '',
      reason: '',
    },
    held.signal,
  );
  if (!(await held.end())) return;
  await save(parts, record, record.bake?.until ?? 0, (draft) => {
    const { bake } = draft.record;
    if (!bake) return;
    bake.hooksDone = true;
    for (const warning of called.warnings) tell(draft, 'progress', line`Warning: ${warning}`);
    if (called.failed === undefined) return;
    bake.verdict = 'unhealthy';
    bake.cause = called.failed;
    bake.hookFailed = called.failed;
    const owner = release?.promotedBy;
    tell(
      draft,
      'broadcast',
      line`${owner ? who(owner) : 'Somebody'}: ${record.service} is unhealthy, ${{ code: 'hook-failed' }}: ${called.failed}. It does not settle.`,
      { buttons: 'unhealthy', to: owner && userOf(owner) },
    );
    log(draft, { kind: 'system', rule: 'bake' }, 'unhealthy', line`${called.failed}`, 'hook-failed');
    draw(draft);
  });
}
