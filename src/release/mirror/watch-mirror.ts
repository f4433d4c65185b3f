/**
 * Asks both colors the same GETs while a version is staged, and saves what that found.
 * See docs/design.md#the-get-diff.
 */
import { otherColor } from '../color.ts';
import type { Color } from '../color.ts';
import type { Configured } from '../command.ts';
import { markCard } from '../draft.ts';
import type { KeptEvidence } from '../evidence/port.ts';
import { isBadSettings } from '../fault.ts';
import { inStep } from '../in-step.ts';
import { fromNow } from '../instant.ts';
import { channelFor, settingsFor } from '../parts.ts';
import type { Parts } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import { save } from '../save.ts';
import type { CompareRule } from './compare-answers.ts';
import { comparePath } from './compare-path.ts';
import type { KnownPath } from './compare-path.ts';
import { noCounts } from './counts.ts';
import type { Counts, PathCounts } from './counts.ts';
import { brief, diffOf, isCompared, keptAs, readCounts } from './diff.ts';
import type { Diff } from './diff.ts';
import type { Mirror } from './port.ts';
import { savedDiff } from './words.ts';

/** How often the record is read, ms. */
const lookMs = 1_000;
/** How many paths of a service are asked at a time. */
const together = 2;
/** The first round begins within this, ms, at random: after a start many services may be staged. */
const firstMs = 1_000;
/** A round begins so much sooner or later, as a share of the pause. */
const jitter = 0.1;

/** The GETs of a service, and its settings. */
interface Mirrored {
  mirror: Mirror;
  configured: Configured;
}

/**
 * Compares the answers of the colors under the due lease `mirror:<service>`, for as long as a version is staged, or
 * until `over` aborts. While it is being promoted nothing is asked. Throws `Fault` when the storage is unavailable; the
 * next process goes on from what was kept. Resolves to 0 when it was stopped: due at once, for another process.
 * `for-others`: the settings cannot be read here. `look` is called when there is something new to send in a channel.
 */
export async function watchMirror(
  parts: Parts,
  service: string,
  over: AbortSignal,
  look: (channel: string) => void = () => {},
): Promise<0 | 'for-others' | undefined> {
  const { clock, store, evidence } = parts;
  let rounds: ReturnType<typeof startRounds> | undefined;
  try {
    while (!over.aborted) {
      const { record, now } = await store.load(service);
      if (!record || !isCompared(record)) return undefined;
      const found = mirroredOf(parts, record);
      if (found === 'for-others') return found;
      if (found === undefined) return undefined;
      if (record.state !== 'staged' || rounds?.of !== nameOf(record, found)) {
        rounds?.stop();
        rounds = undefined;
      }
      if (record.state === 'staged') {
        rounds ??= startRounds(parts, { record, ...found }, await evidence.load(keptAs(service)), over);
        await rounds.keep();
        const diff = rounds.found();
        if (isNews(record, diff, found.configured)) {
          const saved = await save(parts, record, now, (draft) => {
            draft.record.diff = { ...brief(diff), release: releaseOf(record), at: fromNow() };
            markCard(draft);
          });
          if (saved) look(channelFor(parts, record));
        }
      }
      await clock.sleep(inStep(clock, lookMs), over);
    }
    await rounds?.keep();
    return 0;
  } finally {
    rounds?.stop();
  }
}

/** Returns the GETs of a service, by the settings that a promote would have now. */
function mirroredOf(parts: Parts, record: ServiceRecord): Mirrored | 'for-others' | undefined {
  try {
    const configured = settingsFor(parts, record.service, record);
    const { mirror } = configured ? parts.adapters(record.service, configured) : {};
    return configured && mirror && { mirror, configured };
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
}

function releaseOf({ releases }: ServiceRecord): string {
  return releases[0]?.id ?? '';
}

/** Names what is compared: counts of anything else do not count. */
function nameOf(record: ServiceRecord, { configured }: Mirrored): string {
  return [releaseOf(record), record.epoch, configured.digest].join(' ');
}

/** Starts to ask, and counts. Goes on from what another process kept about the same version. */
function startRounds(
  parts: Parts,
  of: Mirrored & { record: ServiceRecord },
  kept: KeptEvidence,
  over: AbortSignal,
) {
  const { clock, evidence, log } = parts;
  const { record, mirror, configured } = of;
  const { service, epoch, live } = record;
  const { digest } = configured;
  const before = readCounts(kept.json, record, { digest, mirror });
  const known = mirror.paths.map((_, i): KnownPath => ({ counts: before?.paths[i] ?? noCounts }));
  const counts = (): Counts => ({
    release: releaseOf(record),
    epoch,
    digest,
    paths: known.map((each) => each.counts),
  });
  const rule = (): CompareRule => ({
    ignore: mirror.ignore,
    now: clock.now(),
    live: ownNames(live, of),
    idle: ownNames(otherColor(live), of),
  });
  let isNew = false;
  const ended = new AbortController();
  const signal = AbortSignal.any([over, ended.signal]);

  const ask = async (next: () => number | undefined): Promise<void> => {
    for (let i = next(); i !== undefined && !signal.aborted; i = next()) {
      const [path, was] = [mirror.paths[i], known[i]];
      if (!path || !was) continue;
      const now = await comparePath(clock, { path, live, rule }, was, signal);
      if (now === undefined) return;
      known[i] = now;
      parts.observe.compared(lastResult(was.counts, now.counts));
      isNew = true;
    }
  };
  const round = async (): Promise<void> => {
    let at = 0;
    const next = (): number | undefined => (at < mirror.paths.length ? at++ : undefined);
    await Promise.all(Array.from({ length: together }, () => ask(next)));
  };
  const run = async (): Promise<void> => {
    await clock.sleep(Math.random() * Math.min(firstMs, mirror.everyMs), signal);
    while (!signal.aborted) {
      const began = clock.mono();
      await round();
      const pauseMs = mirror.everyMs * (1 - jitter + 2 * jitter * Math.random());
      await clock.sleep(Math.max(0, began + pauseMs - clock.mono()), signal);
    }
  };
  run().catch((cause: unknown) => log.error({ service, err: cause }, 'Answers could not be compared'));
  return {
    of: nameOf(record, of),
    stop: () => ended.abort('stopped'),
    found: () => diffOf(mirror, counts()),
    /** Keeps the counts for another process, and for those who ask. */
    async keep(): Promise<void> {
      if (!isNew) return;
      isNew = false;
      await evidence.keep(keptAs(service), JSON.stringify(counts()));
    },
  };
}

function lastResult(before: PathCounts, after: PathCounts): string {
  const results = ['alike', 'differ', 'unsure'] as const;
  return results.find((each) => after[each] > before[each]) ?? 'failed';
}

function ownNames(color: Color, { record, mirror }: Mirrored & { record: ServiceRecord }) {
  return { color, version: record.colors[color].version, host: mirror.hosts[color] };
}

/** True where the card should say something else. While nothing changes, it follows the counts more and more seldom. */
function isNews(record: ServiceRecord, diff: Diff, { settings }: Configured): boolean {
  const saved = savedDiff(record);
  const next = brief(diff);
  const compared = next.alike + next.differ;
  if (saved === undefined) return compared + next.unsure + next.failed > 0;
  const before = saved.alike + saved.differ;
  const atLeast = settings.mirror?.atLeast ?? 1;
  return (
    compared >= Math.max(1, 2 * before) ||
    before >= atLeast !== compared >= atLeast ||
    JSON.stringify([saved.differing, saved.of]) !== JSON.stringify([next.differing, next.of])
  );
}
