import { z } from 'zod';
import {
  type Alarm,
  type Recent,
  type Side,
  type VerdictCode,
  alarmSchema,
  heldAlarm,
  mostlyShared,
  raisedAlarm,
  verdictOf,
} from './alarm.ts';
import { detector, lnMeans } from './detector.ts';
import { lnE } from './e-process.ts';
import type { Pair } from './pair.ts';

/** Pairs are counted in bins of this length, ms. */
export const binMs = 5_000;
/** The bins that are "now": a minute, the newest bin included. */
export const nowBins = 12;
/** The bins of the last 5 to 10 s. */
export const newestBins = 2;

const lookBack = 15 * 60_000;
const hour = 60 * 60_000;
/** At most 1 % false alarms an hour, of both colors together. */
const watch = detector(lookBack / binMs, hour / binMs, 0.005);
/**
 * The minute itself must speak against a color, so that an old outage and a short one now are no alarm: its failures are
 * eleven, or in three bins, and the other color has none. More, where the other has some.
 */
const lnMinute = Math.log(500);
const lnSpread = Math.log(4.5);
/** Five failures of the other color end an alarm, where the newest bins have none of its own. */
const lnTurned = Math.log(15);

const count = z.number().int().nonnegative();

export const momentSchema = z.looseObject({
  /** The number of the newest bin, from 0. */
  bin: count,
  /** The bins of the last minute, the newest last: pairs, only live failed, only the way back failed, both failed. */
  recent: z.array(z.tuple([count, count, count, count])).max(nowBins),
  /** The first bin that the detector counts. */
  since: count,
  /** What the detector counts, bin by bin, the newest last: only live failed, only the way back failed. */
  sides: z.array(z.tuple([count, count])).max(watch.starts),
  ln: z.tuple([z.number(), z.number()]),
  alarm: alarmSchema,
});
/** What each pair says, and for how long it is true. */
export type Moment = z.infer<typeof momentSchema>;

export function emptyMoment(): Moment {
  return { bin: 0, recent: [[0, 0, 0, 0]], since: 0, sides: [[0, 0]], ln: [0, 0], alarm: {} };
}

/** What the pairs of the last `most` bins counted, at the time of bin `bin`. */
export function recentOf(moment: Moment, bin: number, most = nowBins): Recent & { pairs: number } {
  const first = bin - most + 1 - (moment.bin - moment.recent.length + 1);
  const bins = moment.recent.slice(Math.max(0, first));
  const sum = (index: 0 | 1 | 2 | 3): number => bins.reduce((all, one) => all + one[index], 0);
  return { pairs: sum(0), onlyLive: sum(1), onlyBack: sum(2), shared: sum(3), own: sum(1) };
}

/** The same since the detector began: what speaks for an alarm. */
function speaking(moment: Moment, bin: number): Recent {
  const first = bin - nowBins + 1 - (moment.bin - moment.sides.length + 1);
  const bins = moment.sides.slice(Math.max(0, first));
  const sum = (index: 0 | 1): number => bins.reduce((all, one) => all + one[index], 0);
  return { ...recentOf(moment, bin), onlyLive: sum(0), onlyBack: sum(1) };
}

/** The alarm that still holds at the time of bin `bin`. */
const alarmAt = (moment: Moment, bin: number): Alarm => heldAlarm(moment.alarm, speaking(moment, bin));

/**
 * True where one color failed alone and the other has now joined it. Then the newest bins that have pairs count, not the
 * minute: what both share may have died.
 */
export function hasJoined(moment: Moment, bin: number): boolean {
  const { shared, onlyLive, onlyBack } = recentOf(moment, moment.bin, newestBins);
  return alarmAt(moment, bin).color !== undefined && mostlyShared(shared, Math.max(onlyLive, onlyBack));
}

/** The verdict at the time of bin `bin`; undefined while there is no alarm. */
export function verdictNow(moment: Moment, bin: number): VerdictCode | undefined {
  return hasJoined(moment, bin) ? 'does-not-help' : verdictOf(alarmAt(moment, bin));
}

/** Goes on to a later bin without pairs. An alarm of one color that ends there starts the detector again. */
function advanced(moment: Moment, bin: number): Moment {
  const passed = bin - moment.bin;
  if (passed <= 0) return moment;
  const zeros = <T>(zero: T, most: number): T[] => Array.from({ length: Math.min(passed, most) }, () => zero);
  const recent = [...moment.recent, ...zeros([0, 0, 0, 0] as [number, number, number, number], nowBins)];
  const later = { ...moment, bin, recent: recent.slice(-nowBins), alarm: alarmAt(moment, bin) };
  if (moment.alarm.color !== undefined && later.alarm.color === undefined) return restarted(later);
  const sides = [...moment.sides, ...zeros([0, 0] as [number, number], watch.starts)];
  const counted = sides.slice(-Math.min(watch.starts, bin - moment.since + 1));
  return { ...later, sides: counted, ln: lnMeans(watch, counted) };
}

/** Counts a pair. `bin` is the bin that its time belongs to. */
export function withPairNow(before: Moment, bin: number, { liveOk, backOk }: Pair): Moment {
  const moment = advanced(before, bin);
  const onlyLive = !liveOk && backOk ? 1 : 0;
  const onlyBack = liveOk && !backOk ? 1 : 0;
  const [pairs, live, back, both] = moment.recent.at(-1) ?? [0, 0, 0, 0];
  const newest: [number, number, number, number] = [
    pairs + 1,
    live + onlyLive,
    back + onlyBack,
    both + (liveOk || backOk ? 0 : 1),
  ];
  const counted = { ...moment, recent: [...moment.recent.slice(0, -1), newest] };
  if (liveOk && backOk) return counted;
  if (liveOk !== backOk) {
    const [s, f] = counted.sides.at(-1) ?? [0, 0];
    counted.sides = [...counted.sides.slice(0, -1), [s + onlyLive, f + onlyBack]];
    counted.ln = lnMeans(watch, counted.sides);
  }
  return settled(counted);
}

/** The detector begins again with the next pair. */
const restarted = (moment: Moment): Moment => ({ ...moment, since: moment.bin, sides: [[0, 0]], ln: [0, 0] });

/** Ends and raises alarms after a failure. */
function settled(moment: Moment): Moment {
  const held = alarmAt(moment, moment.bin);
  const { alarm } = moment;
  if (alarm.color === undefined || (alarm.color === held.color && !turned(moment, alarm.color))) {
    const recent = speaking(moment, moment.bin);
    return { ...moment, alarm: raisedAlarm(held, recent, raised(moment, recent)) };
  }
  const left: Alarm = held.shared === true ? { shared: true } : {};
  return restarted({ ...moment, alarm: raisedAlarm(left, speaking(moment, moment.bin), undefined) });
}

/** True when of late only the other color fails. */
function turned(moment: Moment, color: Side): boolean {
  const { onlyLive, onlyBack } = recentOf(moment, moment.bin, newestBins);
  return (color === 'live' ? lnE(onlyBack, onlyLive) : lnE(onlyLive, onlyBack)) >= lnTurned;
}

/** The color that the detector and the minute speak against. */
function raised({ ln, sides }: Moment, { onlyLive, onlyBack }: Recent): Side | undefined {
  const bins = sides.slice(-nowBins);
  const live = bins.filter((bin) => bin[0] > bin[1]).length;
  const back = bins.filter((bin) => bin[1] > bin[0]).length;
  const against = (s: number, f: number, spread: number): boolean =>
    lnE(s, f) >= lnMinute || spread >= lnSpread;
  if (ln[0] >= watch.lnAlarm && against(onlyLive, onlyBack, lnE(live, back))) return 'live';
  return ln[1] >= watch.lnAlarm && against(onlyBack, onlyLive, lnE(back, live)) ? 'back' : undefined;
}
