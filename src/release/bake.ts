/**
 * Watches a release that has just become live: its health, and the health of the way back.
 * See docs/design.md#the-bake.
 */
import { hookCalls } from './after-hooks.ts';
import { countdownOf } from './auto-revert/rule.ts';
import { countdownDue } from './auto-revert/state.ts';
import { maySayUnmeasured, watchMeasured } from './bake-measured.ts';
import type { MeasuredWatch } from './bake-measured.ts';
import {
  unhealthyWords,
  unmeasuredWords,
  unsettledWords,
  wayBackAliveWords,
  wayBackDeadWords,
} from './bake-words.ts';
import type { Configured } from './command.ts';
import type { ServiceRecord } from './release.ts';
import { markCard, addHistory, notify, userOf } from './draft.ts';
import { inStep } from './in-step.ts';
import { fromNow } from './instant.ts';
import { heldMs } from './limits.ts';
import { leftFor, nobodyMs, othersMs } from './leave-to-others.ts';
import { isBadSettings } from './fault.ts';
import { line } from './line.ts';
import { otherColor } from './color.ts';
import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import { settingsOf } from './parts.ts';
import { save } from './save.ts';
import type { Adapters } from './ports.ts';
import { askOnce } from './steps/check.ts';
import type { Examined } from './steps/check.ts';
import { useConfigured } from './unreadable-settings.ts';
import { endBake } from './verbs/settle.ts';
import { withTimeout } from './with-timeout.ts';

/** Checks in a row, of one color. In memory only: another process counts from zero. */
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
 * Watches the bake of a service under its due lease until it ends or `over` aborts, and calls its hooks meanwhile.
 * Saves only when a verdict changes. Throws `Fault` when the storage is unavailable; the next process that finds it
 * due counts from zero. `for-others`: another replica should watch it, because the settings cannot be read here. A
 * service that the file does not name is watched like any other: another replica's file may name it, and the bake's
 * own time and checks end it.
 */
export async function watchBake(
  parts: Parts,
  service: string,
  over: AbortSignal,
): Promise<'for-others' | undefined> {
  const live: Count = { good: 0, bad: 0, cause: '' };
  const back: Count = { good: 0, bad: 0, cause: '' };
  const measured = watchMeasured(parts, over);
  const hooks = hookCalls(parts, over);
  let epoch: number | undefined;
  let wantAt = Number.NEGATIVE_INFINITY;
  try {
    while (!over.aborted) {
      const { record, now } = await parts.store.load(service);
      // Another epoch: another bake, with a new watch.
      if (!record || (epoch !== undefined && record.epoch !== epoch)) return undefined;
      epoch = record.epoch;
      if (!record.bake || record.state !== 'baking') {
        // A hook call that has begun may end, although the release was settled meanwhile.
        if (!hooks.underWay()) return undefined;
        await parts.clock.sleep(500, over);
        continue;
      }
      const configured = await watchedBy(parts, record, now);
      if (configured === 'for-others') return configured;
      if (configured === undefined) continue;
      const adapters = parts.adapters(service, configured);
      if (!record.bake.hooksDone) hooks.call(record);
      measured.ask(record, adapters.measured ?? []);
      if (parts.clock.mono() >= wantAt) {
        wantAt = parts.clock.mono() + heldMs;
        if (adapters.pairs) await parts.evidence.want(service, 1.5 * heldMs);
        if (configured.settings.promotion.autoRevert || countdownOf(record))
          await parts.agenda.ensure(`${countdownDue}${service}`, 0);
      }
      await look(parts, record, adapters, live, back, over);
      if (over.aborted) return;
      const { failures, autoRevert } = configured.settings.promotion;
      const automatic = autoRevert !== undefined;
      const successes = Math.max(...adapters.health.map((check) => check.successes));
      if (await judge(parts, { live, back, measured }, { service, failures, successes, automatic }))
        return undefined;
      const pause = Math.min(heldMs / 2, ...adapters.health.map((check) => check.intervalMs));
      const remainingMs = record.bake.until - now;
      const ms = remainingMs > 0 ? Math.max(20, Math.min(pause, remainingMs)) : pause;
      await parts.clock.sleep(inStep(parts.clock, ms), over);
    }
    return undefined;
  } finally {
    measured.end();
    hooks.end();
  }
}

/**
 * Returns the settings for a bake: those stored with it. Where no replica can read them, the configured ones replace
 * them, and a notice says so. `for-others`: other replicas get time to watch it, or none can; then a notice says so
 * once, and the bake continues. Undefined: look at the record again.
 */
async function watchedBy(
  parts: Parts,
  record: ServiceRecord,
  now: number,
): Promise<Configured | 'for-others' | undefined> {
  try {
    const configured = settingsOf(parts, record);
    if (!record.bake?.unwatched) return configured;
    await save(parts, record, now, (draft) => {
      delete draft.record.bake?.unwatched;
      notify(draft, 'event', line`${record.service} is watched again.`);
    });
    return undefined;
  } catch (cause) {
    if (!isBadSettings(cause)) throw cause;
    const ms = leftFor(parts, `bake:${record.service}`, String(record.epoch));
    const mine = useConfigured(parts, { ...record });
    if (ms < (mine ? othersMs : nobodyMs) || record.bake?.unwatched) return 'for-others';
    await save(parts, record, now, (draft) => {
      if (mine) useConfigured(parts, draft.record);
      else if (draft.record.bake) draft.record.bake.unwatched = true;
      const text = mine
        ? line`The settings stored with this release can no longer be read. It is watched with the configured ones.`
        : line`Nobody watches ${record.service}: no bot can read the settings stored with its promote (${cause.message.replace(/\.$/, '')}). It keeps baking until one can: correct that, and restart the bot.`;
      notify(draft, mine ? 'event' : 'broadcast', text);
    });
    return undefined;
  }
}

async function look(
  { clock }: Parts,
  record: ServiceRecord,
  adapters: Adapters,
  live: Count,
  back: Count,
  over: AbortSignal,
): Promise<void> {
  const other = otherColor(record.live);
  const ask = (color: Color): Promise<Examined> =>
    withTimeout(
      clock,
      10_000,
      (signal) => askOnce(adapters.health, color, record.colors[color].version ?? undefined, signal),
      over,
    );
  const [now, then] = await Promise.all([
    ask(record.live),
    record.colors[other].role === 'previous' ? ask(other) : undefined,
  ]);
  if (over.aborted) return;
  count(live, now);
  if (then) count(back, then);
}

/** Saves a new verdict; resolves to true when that settled the bake. */
async function judge(
  parts: Parts,
  { live, back, measured }: { live: Count; back: Count; measured: MeasuredWatch },
  rule: { service: string; failures: number; successes: number; automatic: boolean },
): Promise<boolean> {
  const { record, now } = await parts.store.load(rule.service);
  const bake = record?.bake;
  if (!record || !bake || record.state !== 'baking') return false;
  const release = record.releases[0];
  const owner = release?.promotedBy;
  const cause = live.bad >= rule.failures ? live.cause : measured.bad(rule.failures);
  const sick = bake.verdict === 'healthy' && cause !== undefined;
  const past = now >= bake.until;
  // A hook that failed cannot improve before the end, as a check can.
  const repairs = bake.verdict === 'unhealthy' && bake.hookFailed === undefined && !past;
  const well = repairs && live.good >= rule.successes && measured.good(true);
  const doubted = bake.wasUnhealthy === true || bake.verdict === 'unhealthy';
  const backDied = bake.wayBack === 'alive' && back.bad >= rule.failures;
  const backLives = bake.wayBack === 'dead' && back.good >= rule.successes;
  const good = live.good >= (doubted ? rule.successes : 1) && measured.good(doubted);
  // A release that may be reverted in a moment is not settled.
  const settles = past && bake.hooksDone && good && countdownOf(record) === undefined;
  const unknown = measured.unknown(rule.failures);
  const speaks = maySayUnmeasured(bake, now);
  const quiet = bake.unmeasured?.quiet === true && speaks;
  const blind = unknown !== undefined && (!bake.unmeasured || quiet || (past && !bake.unmeasured.told));
  const sees = bake.unmeasured !== undefined && measured.known();
  const waits = past && !measured.good(doubted) && bake.verdict === 'healthy' && !bake.unmeasured;
  const short = waits && bake.unsettled === undefined ? measured.unsettled(rule.failures) : undefined;
  if (doubted && past && bake.endedAt === undefined) {
    // Only good checks after the end count for a bake that was unhealthy.
    live.good = 0;
    measured.restart();
    await save(parts, record, now, (draft) => {
      if (draft.record.bake) draft.record.bake.endedAt = fromNow();
      markCard(draft);
    });
    return false;
  }
  if (!sick && !backDied && !backLives && !settles && !well && !blind && !sees && !short) return false;
  const saved = await save(parts, record, now, (draft) => {
    const next = draft.record.bake;
    if (!next) return;
    if (backDied) {
      next.wayBack = 'dead';
      next.wayBackCause = back.cause;
      notify(draft, 'broadcast', wayBackDeadWords(draft.record, back.cause), {
        back: true,
        to: owner && userOf(owner),
        calls: 'operator',
      });
      addHistory(draft, { kind: 'system', rule: 'bake' }, 'way-back-dead', line`${back.cause}`, 'unhealthy');
    }
    if (backLives) {
      next.wayBack = 'alive';
      delete next.wayBackCause;
      notify(draft, 'event', wayBackAliveWords(draft.record));
    }
    if (sick) {
      next.verdict = 'unhealthy';
      next.wasUnhealthy = true;
      next.cause = cause;
      notify(draft, 'broadcast', unhealthyWords(draft.record, [cause], rule.automatic), {
        buttons: 'unhealthy',
        chart: true,
        to: owner && userOf(owner),
        calls: 'operator',
      });
      addHistory(draft, { kind: 'system', rule: 'bake' }, 'unhealthy', line`${cause}`, 'unhealthy');
    }
    if (well) {
      next.verdict = 'healthy';
      delete next.cause;
      notify(draft, 'event', line`${record.service} is healthy again.`);
    }
    if (blind) {
      if (speaks) {
        notify(draft, 'event', unmeasuredWords(draft.record, unknown, past), {
          to: past ? owner && userOf(owner) : undefined,
        });
        next.unmeasuredAt = fromNow();
      }
      next.unmeasured = { cause: unknown, told: past, ...(!speaks && { quiet: true }) };
    }
    if (sees) {
      delete next.unmeasured;
      if (!bake.unmeasured?.quiet) notify(draft, 'event', line`${record.service} is measured again.`);
    }
    if (short !== undefined && !sick && !blind) {
      next.unsettled = short;
      notify(draft, 'event', unsettledWords(draft.record, short), { to: owner && userOf(owner) });
    }
    markCard(draft);
    if (settles)
      endBake(
        draft,
        { kind: 'system', rule: 'bake' },
        line`${record.service} #${release?.number ?? 0} ${release?.version ?? ''} is settled.`,
      );
  });
  if (settles && saved) parts.observe.operation('promote', 'settled');
  return settles && saved;
}
