/** Watches, while there is a way back, whether a revert would lose writes. See docs/data.md. */
import { otherColor } from './color.ts';
import type { Color } from './color.ts';
import { mostBad, nextLookMs } from './data-sync-schema.ts';
import type { DataSync } from './data-sync-schema.ts';
import { addHistory, markCard, notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { isBadSettings } from './fault.ts';
import { fromNow } from './instant.ts';
import { asSentence, line, typed } from './line.ts';
import type { Line } from './line.ts';
import { settingsOf } from './parts.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import { underWay } from './release.ts';
import type { ServiceRecord } from './release.ts';
import { save } from './save.ts';
import type { Loaded } from './store.ts';
import { gateOf, missedBy, notInSync } from './turn-data.ts';
import { wayBack } from './way-back.ts';

const actor = { kind: 'system', rule: 'data-sync' } as const;

/** Begins to watch, after a switch that turned them to the other color. */
export function beginSync({ record }: Draft, back: Color): void {
  record.dataSync = { color: back, since: fromNow(), bad: 0, asked: false };
}

/** Returns what is known of a revert to the present way back; undefined: nothing, or the colors share databases. */
export function syncOf(record: ServiceRecord): DataSync | undefined {
  const { dataSync } = record;
  return dataSync !== undefined && wayBack(record)?.color === dataSync.color ? dataSync : undefined;
}

/** What is left of a turn while nothing is under way: the live color may take no writes. Undefined: nothing is. */
export function owedSync({ turn, op, live }: ServiceRecord): DataSync | undefined {
  if (!turn || op !== null) return undefined;
  return { color: live, since: turn.at, bad: mostBad, why: owedWords(live), owed: true };
}

function owedWords(live: Color): string {
  return `the databases are half turned: ${live} may take no writes, or both colors may; tried again until both databases answer`;
}

/** True where a revert would be refused for its databases. */
export function isApart({ bad }: DataSync): boolean {
  return bad >= mostBad;
}

/** `A revert loses no write.` */
export function syncLine(sync: DataSync): Line {
  if (sync.owed) return line`${sync.why}`;
  if (sync.asked === false) return line`it is not known yet whether a revert loses writes`;
  if (!isApart(sync)) return line`a revert loses no write`;
  const missed = sync.missed ? `; ${sync.missed}` : '';
  return line`a revert would be refused since ${{ at: sync.since }}: ${sync.why ?? 'unknown'}${missed}`;
}

/**
 * Asks whether the databases could be turned back. Resolves to true when something was saved; a number: when to ask
 * again, ms; false: there is nothing to watch. `for-others`: the settings cannot be read here.
 */
export async function watchSync(
  parts: Parts,
  { record, now }: Loaded & { record: ServiceRecord },
): Promise<boolean | number | 'for-others'> {
  if (!record.dataSync || record.turn || underWay(record) || record.state === 'stuck') return false;
  const sync = syncOf(record);
  if (!sync)
    return save(parts, record, now, (draft) => {
      delete draft.record.dataSync;
    });
  let adapters: Adapters;
  try {
    adapters = parts.adapters(record.service, settingsOf(parts, record));
  } catch (cause) {
    if (isBadSettings(cause)) return 'for-others';
    throw cause;
  }
  const why = notInSync(await gateOf(parts, adapters, record, sync.color));
  const missed = why === undefined ? '' : await missedBy(parts, adapters, otherColor(sync.color));
  const bad = why === undefined ? 0 : Math.min(mostBad, sync.bad + 1);
  const flips = isApart(sync) !== bad >= mostBad;
  if (bad === sync.bad && missed === (sync.missed ?? '') && sync.asked !== false) return nextLookMs(sync);
  return save(parts, record, now, (draft) => {
    const next: DataSync = { color: sync.color, since: flips ? fromNow() : sync.since, bad };
    if (why !== undefined) Object.assign(next, { why, missed });
    draft.record.dataSync = next;
    markCard(draft);
    if (flips) tell(draft, next);
  });
}

function tell(draft: Draft, sync: DataSync): void {
  const { service } = draft.record;
  if (!isApart(sync)) {
    const text = line`The databases of ${service} are in sync again: a revert loses no write.`;
    addHistory(draft, actor, 'in-sync', text);
    return notify(draft, 'event', text);
  }
  const missed = sync.missed ? ` ${asSentence(sync.missed)}` : '';
  const text = line`A revert of ${service} would be refused, ${{ code: 'not-in-sync' }}: ${asSentence(sync.why ?? '')}${missed} If traffic must go back anyway: ${typed(`revert ${service} --force <reason>`)}.`;
  addHistory(draft, actor, 'not-in-sync', text, 'not-in-sync');
  notify(draft, 'broadcast', text, { calls: 'operator' });
}
