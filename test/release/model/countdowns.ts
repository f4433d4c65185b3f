/** Follows countdowns to an automatic revert in a random life, and holds them against their guarantees. */
import { autoReverter } from '../../../src/release/auto-revert/countdown.ts';
import { autoRevertOf, countdownOf, isWatched } from '../../../src/release/auto-revert/rule.ts';
import { countdownDue, mostHolds } from '../../../src/release/auto-revert/state.ts';
import type { CauseKind } from '../../../src/release/auto-revert/state.ts';
import type { VerdictCode } from '../../../src/release/evidence/alarm.ts';
import { aliveMs } from '../../../src/release/evidence/compare-now.ts';
import { evidenceAt } from '../../../src/release/evidence/evidence.ts';
import type { Evidence } from '../../../src/release/evidence/evidence.ts';
import { readKept } from '../../../src/release/evidence/watch-pairs.ts';
import { plain } from '../../../src/release/line.ts';
import type { ServiceRecord } from '../../../src/release/release.ts';
import { noWayBackOf } from '../../../src/release/no-way-back.ts';
import { settingsSchema } from '../../../src/release/settings.ts';
import type { HistoryEntry } from '../../../src/release/store.ts';
import { isWayBackDead } from '../../../src/release/way-back.ts';
import type { Core, Saved } from '../../support/memory-core.ts';
import type { Action, AutoRevertSetup } from './actions.ts';

/** From a look to its save: the calls of the storage between, and a save that comes late, ms. */
const lateMs = 3_500;
/** For how long an answer about the limit counts, ms. */
const limitMs = 15_000;
/** A process that looked before the end may have stood still for less than this, ms; its lease is as old as that. */
const lookedMs = 6_500;
const sampleMs = 250;

type Entry = Pick<HistoryEntry, 'actor' | 'what'> & { text: HistoryEntry['text'] };

/** What is followed of one life. */
export interface CountdownWatch {
  /** What the messages of countdowns showed, oldest first. */
  readonly shown: { release: string | null; epoch: number; subject: string }[];
  limit(state: 'over' | 'under' | 'no-data'): void;
  alert(action: Action & { do: 'alert' }): Promise<void>;
  /** What a save breaks. */
  saved(saved: Saved): Generator<string>;
  /** Waits, in a world that is well, until no countdown is left. Returns what is broken then. */
  rest(): Promise<string[]>;
}

/** Gives the world a number with a limit and pairs, and starts to follow. */
export function watchCountdowns(core: Core, { on, after: afterMs, pairs }: AutoRevertSetup): CountdownWatch {
  const { clock, world } = core;
  if (pairs) world.pairs = { everyMs: 500, blockMs: 1_000, asked: [] };
  const words = { over: '0.09 is above 0.05', under: '0.01 is not above 0.05', 'no-data': 'no data' };
  const setLimit = (state: keyof typeof words): void => void (world.limit = { state, words: words[state] });
  setLimit('under');

  /** When each was last true, ms of `mono`. */
  let overAt = Number.NEGATIVE_INFINITY;
  const firing: { since: number; until: number }[] = [];
  const samples: { at: number; epoch: number; now: VerdictCode; steady: VerdictCode }[] = [];
  const looked: { at: number; by: string }[] = [];
  const reverted = new Set<string>();
  const holds = new Map<string, number>();
  const shown: CountdownWatch['shown'] = [];

  core.watch.leased = (by, names) => {
    if (names.includes(`${countdownDue}checkout`)) looked.push({ at: clock.now(), by });
  };
  let kept: ReturnType<typeof readKept>;
  const note = (found: Pick<Evidence, 'now' | 'steady'> | undefined): void => {
    const { now = 'unknown', steady = 'unknown' } = found ?? {};
    samples.push({ at: clock.mono(), epoch: kept?.epoch ?? 0, now, steady });
    if (samples.length > 400) samples.splice(0, 200);
  };
  // What pairs say changes with the time, too.
  const noteKept = (): void => {
    if (kept && clock.now() - (kept.lookedAt ?? 0) < aliveMs) note(evidenceAt(kept.state, clock.now()));
    else note(undefined);
  };
  const keep = core.evidence.keep.bind(core.evidence);
  core.evidence.keep = async (service, json) => {
    await keep(service, json);
    kept = readKept(json);
    noteKept();
  };
  const sampling = async (): Promise<void> => {
    for (;;) {
      noteKept();
      await clock.sleep(sampleMs);
    }
  };
  void sampling();

  /** True where this may be the cause: it held at some moment that a process may have looked at. */
  const held = (kind: CauseKind, record: ServiceRecord, atEnd: boolean): boolean => {
    if (!on.includes(kind)) return false;
    const at = clock.mono();
    noteKept();
    const recent = samples
      .filter((each) => each.at >= at - lateMs)
      .map((each) => (each.epoch === record.epoch ? each : { now: 'unknown', steady: 'unknown' }));
    if (kind === 'compare')
      return recent.some(({ now, steady }) => now === 'helps' && (!atEnd || steady === 'helps'));
    if (recent.every(({ now }) => now === 'does-not-help' || now === 'hurts')) return false;
    if (kind === 'limit') return world.limit?.state === 'over' || overAt >= at - limitMs - lateMs;
    const switchedAt = record.releases[0]?.promotedAt ?? Number.POSITIVE_INFINITY;
    return firing.some(({ since, until }) => since >= switchedAt && until >= at - lateMs);
  };
  const cause = (record: ServiceRecord, atEnd: boolean): boolean =>
    (['compare', 'limit', 'critical'] as const).some((kind) => held(kind, record, atEnd));

  function* reverts(before: ServiceRecord, now: number, by: string): Generator<string> {
    const kept = autoRevertOf(before);
    const countdown = countdownOf(before);
    const release = `${before.epoch} ${before.releases[0]?.id}`;
    if (!countdown) return yield 'reverted by itself without a countdown';
    if (kept?.over !== undefined) yield `reverted by itself although that is over: ${kept.over}`;
    if (countdown.hold) yield 'reverted by itself while held';
    if (countdown.endsAt > now) yield `reverted by itself ${countdown.endsAt - now} ms too soon`;
    if (reverted.has(release)) yield 'reverted by itself twice';
    reverted.add(release);
    if (!cause(before, true)) yield 'reverted by itself without a cause';
    const { endsAt } = countdown;
    // It looked before the end, and did not stand still since.
    const own = looked.filter((each) => each.by === by && each.at >= endsAt - lookedMs);
    const gaps = [...own.map(({ at }) => at), now].map((at, i) => at - (own[i - 1]?.at ?? at));
    if (own[0] === undefined || own[0].at > endsAt || Math.max(...gaps) > lookedMs)
      yield `reverted by itself although ${by} did not look before the end`;
  }

  function* changes({ before: { record: before, now }, after, change, by }: Saved): Generator<string> {
    if (!before) return;
    const entries: readonly Entry[] = change.history;
    const own = (what: string): boolean =>
      entries.some((entry) => entry.what === what && entry.actor === autoReverter);
    const was = countdownOf(before);
    const is = countdownOf(after);
    // While the router is put back it does not count, and then goes on.
    const starts = is !== undefined && is.id !== autoRevertOf(before)?.countdown?.id;
    if (own('revert')) yield* reverts(before, now, by);
    if (starts !== entries.some(({ what }) => what === 'countdown'))
      yield starts ? 'a countdown began without an entry' : 'an entry of a countdown that did not begin';
    if (starts) {
      if (!cause(before, false)) yield 'a countdown began without a cause';
      if (autoRevertOf(before)?.over !== undefined) yield 'a countdown began although that is over';
      if (is.endsAt - is.startedAt !== afterMs) yield `a countdown of ${is.endsAt - is.startedAt} ms`;
      if (was?.hold && was.hold.until > now) yield 'a countdown began while one was held';
      shown.push({ release: after.releases[0]?.id ?? null, epoch: after.epoch, subject: is.id });
    }
    if (entries.some(({ what }) => what === 'hold')) {
      if (!is?.hold || is.hold.until <= now) yield 'a hold was accepted that holds nothing';
      const release = `${after.epoch} ${after.releases[0]?.id}`;
      if (!was?.hold || was.hold.until <= now) holds.set(release, (holds.get(release) ?? 0) + 1);
      if ((holds.get(release) ?? 0) > mostHolds) yield `held ${holds.get(release)} times`;
    }
    const settled = entries.find(({ what }) => what === 'settled');
    if (was && settled?.actor.kind === 'system') yield `settled in a countdown: ${plain(settled.text)}`;
    const kept = autoRevertOf(after);
    if (kept?.countdown && kept.over !== undefined) yield `a countdown although that is over: ${kept.over}`;
    if ((kept?.holds ?? 0) > mostHolds) yield `${kept?.holds} holds in the record`;
  }

  return {
    shown,
    limit(state) {
      if (world.limit?.state === 'over') overAt = clock.mono();
      setLimit(state);
    },
    async alert({ status, severity, began }) {
      const since = clock.now() - (began === 'now' ? 0 : 3_600_000);
      const at = clock.mono();
      for (const each of firing) each.until = Math.min(each.until, at);
      if (status === 'firing' && severity === 'critical')
        firing.push({ since, until: Number.POSITIVE_INFINITY });
      await core.fires({
        status,
        severity,
        since,
        ...(status === 'resolved' && { endedAt: clock.now() }),
      });
    },
    saved: changes,
    async rest() {
      const broken: string[] = [];
      // A hold, the countdown after it, its wait, and once more where nobody looked at its end.
      const longest = 600_000 + 2 * (afterMs + 125_000);
      const done = async (): Promise<boolean> => countdownOf(await core.record()) === undefined;
      await clock.until(done, longest).catch(() => broken.push('at rest, but a countdown goes on'));
      await clock.advance(60_000 + afterMs + 10_000);
      const { record, now } = await core.loaded();
      const settings = record ? settingsSchema.parse(record.settings) : undefined;
      if (!record || !settings || world.limit?.state !== 'over' || !on.includes('limit')) return broken;
      if (!isWatched(record, settings, now) || isWayBackDead(record)) return broken;
      if (noWayBackOf(record)) {
        if (!autoRevertOf(record)?.toldDead) broken.push('nobody heard why nothing is reverted by itself');
      } else if (!countdownOf(record)?.hold)
        broken.push('at rest the limit is passed, and nothing came of it');
      return broken;
    },
  };
}
