/** The outcome of an operation, judged by the record at rest. */
import { formatDuration } from '../release/duration.ts';
import type { Line } from '../release/line.ts';
import { line, order } from '../release/line.ts';
import { releaseOf, subjectOf } from '../release/release.ts';
import type { Release, ServiceRecord } from '../release/release.ts';
import type { HistoryEntry } from '../release/store.ts';
import { stillUnreverted } from '../release/way-back.ts';
import { exitCodes } from './exit-codes.ts';

/** How a command ended: the exit code, and the text for people. */
export interface Ended {
  code: number;
  text: Line;
  /** The code of a failure or a refusal; the text does not repeat it. */
  error?: string;
}

function named(record: ServiceRecord, { number, version }: Release): Line {
  return line`${record.service} #${number} ${{ bold: version }}`;
}

function failed(record: ServiceRecord, release: Release | undefined, what: string): Ended {
  const code = release?.code ?? 'interrupted';
  const why = release?.cause ?? `${record.service} is ${record.state} now`;
  const name = release ? named(record, release) : [record.service];
  return { code: exitCodes.otherwise, error: code, text: line`${name} is not ${what}: ${why}` };
}

/** The outcome of a stage. `id`: of its release. */
export function stageResult(record: ServiceRecord, id: string): Ended {
  const release = releaseOf(record, id);
  if (!release || !['staged', 'promoting', 'baking', 'live'].includes(release.status))
    return failed(record, release, 'staged');
  return {
    code: exitCodes.done,
    text: line`stage: ${named(record, release)} is staged on ${release.color}.`,
  };
}

/** The outcome of a cancel for the operation that it stopped. `id`: of its release. */
export function cancelEnded(record: ServiceRecord, id: string, kind: string): Ended {
  const release = releaseOf(record, id);
  const name = release ? named(record, release) : [record.service];
  if (release && ['promoting', 'baking', 'live'].includes(release.status))
    return {
      code: exitCodes.otherwise,
      error: 'operation-in-progress',
      text: line`${name} is ${release.status} anyway.`,
    };
  const stays = release?.status === 'staged' ? line` It stays staged.` : [];
  return { code: exitCodes.done, text: line`cancel: the ${kind} of ${name} is stopped.${stays}` };
}

/** The outcome of a promote, begun by `verb`. `id`: of its release. */
export function promoteResult(verb: string, record: ServiceRecord, id: string): Ended {
  const release = releaseOf(record, id);
  if (!release || (release.status !== 'baking' && release.status !== 'live'))
    return failed(record, release, 'promoted');
  const took =
    release.switchMs === undefined ? '' : `, switched and verified in ${formatDuration(release.switchMs)}`;
  const bakes = record.bake ? line` It bakes until ${{ at: record.bake.until }}.` : [];
  return {
    code: exitCodes.done,
    text: line`${verb}: ${named(record, release)} is live on ${release.color}${took}.${bakes}`,
  };
}

/** The outcome of a revert, begun by `verb` at `since`, an instant of the store's. `history`: newest first. */
export function revertEnded(
  verb: string,
  record: ServiceRecord,
  since: number,
  history: readonly HistoryEntry[],
): Ended {
  const { live, lastRevert, follow, lock } = record;
  if (record.state !== 'stuck' && lastRevert !== null && lastRevert.at >= since) {
    const behind = follow
      ? line` Not switched yet: ${follow.instances.join(', ')}. The bot keeps trying.`
      : [];
    const locked = lock?.holder.kind === 'system' ? line` It is locked until an operator unlocks it.` : [];
    return {
      code: exitCodes.done,
      text: line`${verb}: ${record.service} is live on ${live} ${record.colors[live].version ?? 'unknown'}.${behind}${locked}`,
    };
  }
  return (
    refusedSince(record, since, history, stillUnreverted(record)?.repair) ??
    failed(record, subjectOf(record), 'reverted')
  );
}

/** The outcome of putting the router back, begun by `verb` at `since`. `history`: newest first. */
export function restoreEnded(
  verb: string,
  record: ServiceRecord,
  since: number,
  history: readonly HistoryEntry[],
): Ended {
  if (record.state !== 'stuck' && history.some(({ what, at }) => what === 'restored' && at >= since))
    return {
      code: exitCodes.done,
      text: line`${verb}: the router of ${record.service} points to ${record.live} again.`,
    };
  return (
    refusedSince(record, since, history) ?? {
      code: exitCodes.otherwise,
      error: 'verify-failed',
      text: line`nobody knows whether the router of ${record.service} points to ${record.live}; the service is ${record.state} now.`,
    }
  );
}

/** A refusal after the operation began: everything is as before. `repair`: what no force replaces. */
function refusedSince(
  { state }: ServiceRecord,
  since: number,
  history: readonly HistoryEntry[],
  repair?: string,
): Ended | undefined {
  const refusal = history.find((entry) => entry.what === 'refused' && entry.at >= since);
  if (state === 'stuck' || refusal?.code === undefined) return undefined;
  const next = repair === undefined ? [] : line`. ${order(repair)} --force does not help before that.`;
  return { code: exitCodes.refused, error: refusal.code, text: line`${refusal.text}${next}` };
}
