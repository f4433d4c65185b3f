/** When something was last heard of alerts that fire, and what it means when nothing is. Pure. */
import type { AlertGroup, Member } from './alert.ts';

/** To which a hearing is noted, ms: more often it would be a save for each repeat of a lively sender. */
export const heardMs = 60_000;
/** Alertmanager's and Grafana's own `repeat_interval`: of a sender that is not known yet, ms. */
const defaultRepeatMs = 4 * 3_600_000;
/** What is believed of a sender's repeats, ms: Alertmanager looks at a group every 5 minutes. */
const believable = { least: 300_000, most: 86_400_000 };
/**
 * So many repeats are remembered, and so many must have been heard to know a sender by them; by less than its usual
 * repeat, only when all that are remembered are about as long.
 */
const repeats = { most: 4, least: 2, alike: 1.5 };
/** After so long without a word a message says so, ms: where the sender's repeats are known, after three of them. */
const quiet = { afterMs: 86_400_000, leastMs: 3_600_000 };

type Heard = Pick<AlertGroup, 'heardAt' | 'repeats'>;

/** The longest of the last pauses between two repeats of a group, ms; undefined: too few were heard, or they differ. */
function learnedMs({ repeats: known }: Heard): number | undefined {
  if (known == null || known.length < repeats.least) return undefined;
  const longest = Math.max(believable.least, ...known);
  const agree =
    known.length >= repeats.most && longest <= repeats.alike * Math.max(believable.least, Math.min(...known));
  return longest >= defaultRepeatMs || agree ? Math.min(believable.most, longest) : undefined;
}

/** After so long without a word of an alert, a later beginning of it is a new firing, ms. */
export function lostAfterMs(group: Heard): number {
  return 2 * (learnedMs(group) ?? defaultRepeatMs);
}

/** A delivery of a group was heard; `repeat`: it says nothing new, of no other group either. */
export function withHearing(before: Heard, now: number, repeat: boolean): Heard {
  const pause = now - (before.heardAt ?? now);
  const known = before.repeats ?? [];
  const counts = repeat && pause >= heardMs && pause <= believable.most;
  return { heardAt: now, repeats: counts ? [...known, pause].slice(-repeats.most) : known };
}

/** When a member was last heard to fire, by the store's clock. One that an older version stored: when its group was. */
export function heardAtOf({ heardAt, since }: Member, group: Heard): number {
  return heardAt ?? group.heardAt ?? since;
}

/** When something was last heard of what fires in the group. Undefined: it names nothing that fires. */
function lastHeardAt(group: AlertGroup): number | undefined {
  const firing = Object.values(group.members).filter(({ status }) => status === 'firing');
  return firing.length === 0 ? undefined : Math.max(...firing.map((member) => heardAtOf(member, group)));
}

/** When its message is to say that nothing is heard of it; undefined: never. */
export function quietAt(group: AlertGroup): number | undefined {
  const last = lastHeardAt(group);
  if (last === undefined || group.status === 'resolved') return undefined;
  const learned = learnedMs(group);
  return last + (learned === undefined ? quiet.afterMs : Math.max(quiet.leastMs, 3 * learned));
}

/** For how long nothing was heard of a group that fires, ms, once that is long; undefined: it was. */
export function quietForMs(group: AlertGroup, now: number): number | undefined {
  const at = quietAt(group);
  return at === undefined || now < at ? undefined : now - (lastHeardAt(group) ?? now);
}
