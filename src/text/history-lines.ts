/** The history for people: steps stand next to their command, and refusals are listed only on request. */
import type { Actor } from '../release/actor.ts';
import { actorId } from '../release/actor.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { HistoryEntry } from '../release/store.ts';

/** One entry with the steps that led to it, newest first. */
export interface EntryWithSteps {
  entry: HistoryEntry;
  steps: HistoryEntry[];
}

/** A command or press that changed nothing. */
function isRefused({ what, code }: HistoryEntry): boolean {
  return (what === 'refused' || what === 'press') && code !== undefined;
}

/**
 * Folds entries, newest first: a step belongs to the next event of its release. `hidden`: the number of refused
 * commands and presses left out; none with `refused`.
 */
export function folded(
  entries: readonly HistoryEntry[],
  most: number,
  refused: boolean,
): { told: EntryWithSteps[]; hidden: number } {
  const told: EntryWithSteps[] = [];
  let hidden = 0;
  for (const entry of entries) {
    if (!refused && isRefused(entry)) {
      if (told.length < most) hidden += entry.times ?? 1;
      continue;
    }
    const last = told.at(-1);
    const belongs = entry.what === 'step' && last !== undefined && last.entry.release === entry.release;
    if (belongs) last.steps.push(entry);
    else if (told.length === most) break;
    else told.push({ entry, steps: [] });
  }
  return { told, hidden };
}

/** One entry, with its time to the second. In a thread, `drawReply` names people without mentioning them. */
export function entryLine(entry: HistoryEntry): Line {
  const code: Line = entry.code === undefined || entry.code === entry.what ? [] : [' ', { code: entry.code }];
  const times = (entry.times ?? 1) > 1 ? ` (${entry.times} times)` : '';
  return line`${{ at: entry.at, show: 'seconds' }} · ${name(entry.actor)} · ${{ bold: entry.what }}${code}${entry.text.length === 0 ? [] : [' · ', ...entry.text]}${times}`;
}

/** An entry with its steps, oldest first. */
export function toldLine({ entry, steps }: EntryWithSteps): Line {
  if (steps.length === 0) return entryLine(entry);
  const done = steps.toReversed().flatMap(({ text }, i): Line => (i === 0 ? text : [', ', ...text]));
  return line`${entryLine(entry)} (${done})`;
}

function name(actor: Actor): Line {
  return actor.kind === 'slack' ? [{ user: actor.user }] : [actorId(actor)];
}
