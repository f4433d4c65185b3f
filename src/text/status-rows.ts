/** All services in one row each. */
import { leftSince } from '../release/abandoned.ts';
import type { View } from '../release/command.ts';
import { versionDriftOf } from '../release/drift.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { lockAt, newestRelease } from '../release/release.ts';
import { driftOf, elsewhereNote, liveOf, stateOf } from './status-words.ts';

/** The services in the order of a list: those that need attention first; `attention`: how many do. */
export function ranked(views: readonly View[]): { views: View[]; attention: number } {
  const all = views
    .map((view) => ({ view, rank: rankOf(view) }))
    .toSorted((a, b) => a.rank - b.rank || (a.view.service < b.view.service ? -1 : 1));
  return { views: all.map(({ view }) => view), attention: all.filter(({ rank }) => rank < calm).length };
}

const calm = 4;

/** Rank of a row: 0 needs somebody now; 1 is in motion; 2 waits for a person; 3 is held; from `calm` on all is well. */
function rankOf(view: View): number {
  const { record, now } = view.loaded;
  if (record === null || record.state === 'stuck' || driftOf(view) !== undefined) return 0;
  if (leftSince(view.loaded) !== undefined) return 0;
  if (versionDriftOf(record) !== undefined) return 0;
  if (record.bake?.verdict === 'unhealthy' || record.bake?.wayBack === 'dead') return 0;
  switch (record.state) {
    case 'staging':
    case 'promoting':
    case 'reverting':
    case 'baking':
      return 1;
    case 'staged':
      return 2;
    case 'idle':
      return lockAt(record, now) === undefined ? calm : 3;
    default:
      return record.state satisfies never;
  }
}

/** One service in one line. */
export function statusRow(view: View): Line {
  const { record, now, queue } = view.loaded;
  const { bad } = view.loaded;
  const notes: string[] = bad === undefined ? [] : [`its record cannot be read: ${bad.replace(/\.$/, '')}`];
  if (view.elsewhere === true) notes.push(`file: ${elsewhereNote}`);
  if (record !== null) {
    const release = newestRelease(record);
    if (release !== undefined && record.state !== 'idle') notes.push(`#${release.number} ${release.version}`);
    if (leftSince(view.loaded) !== undefined) notes.push('nobody carries it on');
    if (record.request?.status === 'open') notes.push('waits for approval');
    if (record.bake?.verdict === 'unhealthy') notes.push('unhealthy');
    if (lockAt(record, now) !== undefined) notes.push('locked');
    if (queue.length > 0) notes.push(`${queue.length} in line`);
    const version = versionDriftOf(record);
    if (version !== undefined) notes.push(`version-drift: ${record.live} reports ${version.saw}`);
  }
  const drift = driftOf(view);
  // Stands before the color, which is the recorded one and not where traffic is.
  const warning = drift === undefined ? '' : ` · 🚨 router-drift: the router says ${drift}`;
  return line`${{ bold: view.service }}${warning} · ${stateOf(view)} · ${liveOf(view)}${notes.map((note) => ` · ${note}`).join('')}`;
}
