/** Watches sources with `deadman`: announces a silence of that length, and its end. */
import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import { formatDuration } from '../release/duration.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Log } from '../release/parts.ts';
import type { SenderNote, SenderNotes } from '../release/sender-notes.ts';
import type { AlertSource } from './sources/index.ts';

/** What the watch needs. `post`: posts once for all callers with the same `key`, within `ms`. */
export interface SilenceParts {
  sources: Readonly<Record<string, AlertSource>>;
  notes: SenderNotes;
  clock: Pick<Clock, 'sleep'>;
  log: Log;
  post(key: string, ms: number, text: Line): Promise<void>;
}

/** The state that one look leaves for the next, in any replica. Instants of the storage's clock. */
interface Watched {
  /** Since when replicas have watched without a gap: a source could not reach the bot while no replica ran. */
  from: number;
  /** The silence was announced; its start. */
  silent?: number;
}

const [shortestLookMs, longestLookMs] = [200, 10_000];
/** A gap between two looks in which no replica can have listened, in ms. */
const shortestGapMs = 60_000;
/** How long one silence is not announced twice, in ms. */
const onceMs = 7 * 86_400_000;

/** How often a sign of life of a source is noted, in ms. */
export function heardEveryMs(options: AlertSource | undefined): number {
  return options?.deadman === undefined ? 60_000 : Math.min(longestLookMs, options.deadman / 10);
}

/** Watches all sources until `stopping` aborts. */
export async function watchSilence(parts: SilenceParts, stopping: AbortSignal): Promise<void> {
  const watched = Object.entries(parts.sources).flatMap(([source, { deadman }]) =>
    deadman === undefined ? [] : [{ source, deadman }],
  );
  if (watched.length === 0) return;
  const soonest = Math.min(longestLookMs, ...watched.map(({ deadman }) => deadman / 5));
  const everyMs = Math.max(shortestLookMs, soonest);
  while (!stopping.aborted) {
    await lookAtSilence(parts, watched).catch((cause: unknown) => {
      // Other code reports an unavailable storage.
      if (!(cause instanceof Fault))
        parts.log.error({ err: cause }, 'Could not check whether alert sources are silent');
    });
    await parts.clock.sleep(everyMs, stopping);
  }
}

/**
 * Looks at each source once. Another replica, or the same one after a kill, may repeat it: a silence is still announced
 * once.
 */
export async function lookAtSilence(
  { notes: store, post }: Pick<SilenceParts, 'notes' | 'post'>,
  watched: readonly { source: string; deadman: number }[],
): Promise<void> {
  const { now, notes } = await store.all();
  const find = (kind: SenderNote['kind'], source: string): SenderNote | undefined =>
    notes.find((note) => note.kind === kind && note.source === source);
  for (const { source, deadman } of watched) {
    const heardAt = find('heard', source)?.at ?? 0;
    const last = find('watch', source);
    const from = watchedFrom(last, now, Math.max(shortestGapMs, deadman / 2));
    const since = Math.max(heardAt, from);
    let silent = numberOf(last?.facts['silent']);
    if (silent !== undefined && heardAt > silent) {
      const text = line`✅ Source ${source} sends again, after ${formatDuration(heardAt - silent)}.`;
      await post(`heard:${source}:${silent}`, onceMs, text);
      silent = undefined;
    } else if (silent === undefined && now - since > deadman) {
      await post(`silent:${source}:${since}`, onceMs, silentLine(source, deadman, since));
      silent = since;
    }
    const facts: Watched = { from, ...(silent !== undefined && { silent }) };
    await store.keep({ kind: 'watch', source, of: '', facts: { ...facts } });
  }
}

function silentLine(source: string, deadman: number, since: number): Line {
  return line`🔇 Source ${source} has sent nothing for ${formatDuration(deadman)}, since ${{ at: since }}. Its alerts may not arrive. Check that it runs and can reach the bot.`;
}

/**
 * Since when the source is watched without a gap; now, after a missing look, or when the storage's clock was set back.
 */
function watchedFrom(last: SenderNote | undefined, now: number, gapMs: number): number {
  const from = numberOf(last?.facts['from']);
  if (last === undefined || from === undefined || from > now) return now;
  return Math.abs(now - last.at) > gapMs ? now : from;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
