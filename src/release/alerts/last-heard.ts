/** When firing alerts were last reported, and what silence of their sender means. Pure. */
import type { AlertGroup, Member } from './alert.ts';

/** The precision of report times, ms: a finer one would cost a save for each repeat of a busy sender. */
export const heardPrecisionMs = 60_000;
/** Alertmanager's and Grafana's default `repeat_interval`, for a sender that is not known yet, ms. */
const defaultRepeatMs = 4 * 3_600_000;
/** The repeats that are believed of a sender, ms: Alertmanager looks at a group every 5 minutes. */
const believable = { least: 300_000, most: 86_400_000 };
/**
 * How many repeats are remembered (`most`), and how many make a sender known (`least`). A repeat shorter than the
 * default counts only when all remembered ones are about as long (`alike`: the largest ratio).
 */
const repeats = { most: 4, least: 2, alike: 1.5 };
/**
 * After this long without a report a message says so, ms; after three repeats where the sender's repeats are known.
 */
const quiet = { afterMs: 86_400_000, leastMs: 3_600_000 };

type Heard = Pick<AlertGroup, 'heardAt' | 'repeats'>;

/** Returns the longest recent pause between repeats of a group, ms; undefined: too few are known, or they differ. */
function learnedMs({ repeats: known }: Heard): number | undefined {
  if (known == null || known.length < repeats.least) return undefined;
  const longest = Math.max(believable.least, ...known);
  const agree =
    known.length >= repeats.most && longest <= repeats.alike * Math.max(believable.least, Math.min(...known));
  return longest >= defaultRepeatMs || agree ? Math.min(believable.most, longest) : undefined;
}

/** Returns after how long without a report a later beginning of an alert is a new firing, ms. */
export function lostAfterMs(group: Heard): number {
  return 2 * (learnedMs(group) ?? defaultRepeatMs);
}

/** Notes a delivery of a group; `repeat`: it has no news, not even of other groups. */
export function withHearing(before: Heard, now: number, repeat: boolean): Heard {
  const pause = now - (before.heardAt ?? now);
  const known = before.repeats ?? [];
  const counts = repeat && pause >= heardPrecisionMs && pause <= believable.most;
  return { heardAt: now, repeats: counts ? [...known, pause].slice(-repeats.most) : known };
}

/** Returns when a member was last reported as firing, by the store's clock. In old data: its group's time. */
export function heardAtOf({ heardAt, since }: Member, group: Heard): number {
  return heardAt ?? group.heardAt ?? since;
}

/** Returns when a firing alert of the group was last reported. Undefined: no alert with a name fires. */
function lastHeardAt(group: AlertGroup): number | undefined {
  const firing = Object.values(group.members).filter(({ status }) => status === 'firing');
  return firing.length === 0 ? undefined : Math.max(...firing.map((member) => heardAtOf(member, group)));
}

/** Returns when its message must say that reports are missing; undefined: never. */
export function quietAt(group: AlertGroup): number | undefined {
  const last = lastHeardAt(group);
  if (last === undefined || group.status === 'resolved') return undefined;
  const learned = learnedMs(group);
  return last + (learned === undefined ? quiet.afterMs : Math.max(quiet.leastMs, 3 * learned));
}

/** Returns for how long a firing group was not reported, ms, once that is long; undefined: it was. */
export function quietForMs(group: AlertGroup, now: number): number | undefined {
  const at = quietAt(group);
  return at === undefined || now < at ? undefined : now - (lastHeardAt(group) ?? now);
}
