/** Writes refusals into a history that strangers must not be able to fill. */
import type { Change } from './store.ts';

type Entry = Change['history'][number];

/** How many entries an hour, for one service and code, people without a role can cause. */
const mostAnHour = 60;
const open: ReadonlySet<string | undefined> = new Set(['not-allowed', 'stale-button']);
const boundMs = 3_600_000;

/** The bound for one service: at most `most` entries of this name within `ms`; after that `more` counts the rest. */
export interface EntryBound {
  name: string;
  most: number;
  ms: number;
  more: Entry;
}

/**
 * Returns a text that is equal for refusals that share one entry: the place where somebody asked makes no difference.
 */
export function sameness({ actor, ...entry }: Entry): string {
  if (actor.kind !== 'slack') return JSON.stringify({ ...entry, actor });
  const { channel: _channel, thread: _thread, ...who } = actor;
  return JSON.stringify({ ...entry, actor: who });
}

/** Returns the bound of an entry that people without a role can cause; undefined for all others. */
export function boundOf({ code }: Entry): EntryBound | undefined {
  if (!open.has(code) || code === undefined) return undefined;
  const text = [`More than ${mostAnHour} attempts within the hour were refused; the rest is only counted.`];
  const more: Entry = { actor: { kind: 'system', rule: 'refusals' }, what: 'refused', text, code };
  return { name: code, most: mostAnHour, ms: boundMs, more };
}
