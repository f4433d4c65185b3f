import type { View } from '../../release/command.ts';
import { leftSince } from '../../release/abandoned.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { versionDriftOf } from '../../release/drift.ts';
import { lockAt, newestRelease } from '../../release/release.ts';
import { serviceNames } from '../unknown-service.ts';
import type { Reply, ReplyButton } from '../reply.ts';
import { singleFlight } from './single-flight.ts';
import { driftOf, elsewhereNote, liveOf, stateOf } from './status-lines.ts';
import type { Desk } from './subcommand.ts';

const rowsAPage = 20;

/**
 * All services, those that need attention first, 20 rows from page `page` (0 is the first; beyond the last is the
 * last).
 */
export async function statusPage(page: number, desk: Pick<Desk, 'store' | 'catalog'>): Promise<Reply> {
  let look = looks.get(desk.store);
  if (look === undefined) {
    look = singleFlight(() => rankAll(desk));
    looks.set(desk.store, look);
  }
  const ranked = await look();
  if (ranked.length === 0) return { lines: [line`status: no service is configured.`] };
  const last = Math.ceil(ranked.length / rowsAPage) - 1;
  const shown = Math.min(Math.max(page, 0), last);
  const rows = ranked.slice(shown * rowsAPage, (shown + 1) * rowsAPage).map(({ view }) => row(view));
  const attention = ranked.filter(({ rank }) => rank < calm).length;
  const where = last === 0 ? '' : `, page ${shown + 1} of ${last + 1}`;
  const buttons: ReplyButton[] = [
    ...(shown > 0 ? [pageButton('Previous', shown - 1)] : []),
    ...(shown < last ? [pageButton('Next', shown + 1)] : []),
  ];
  return {
    lines: [
      line`status: ${ranked.length} ${ranked.length === 1 ? 'service' : 'services'}, needing attention: ${attention}${where}.`,
      ...rows,
    ],
    ...(buttons.length > 0 ? { buttons } : {}),
  };
}

/** All services in one row each, those that need attention first. */
export async function statusRows(
  desk: Pick<Desk, 'store' | 'catalog'>,
): Promise<{ view: View; row: Line }[]> {
  return (await rankAll(desk)).map(({ view }) => ({ view, row: row(view) }));
}

interface Ranked {
  view: View;
  rank: number;
}

/** One shared look for each process: thousands of records are read once for all callers at the same time. */
const looks = new WeakMap<object, () => Promise<Ranked[]>>();

/** All services, those that need attention first. */
async function rankAll(desk: Pick<Desk, 'store' | 'catalog'>): Promise<Ranked[]> {
  const names = await serviceNames(desk);
  const loaded = await desk.store.loadMany(names);
  const lacked = names.filter((name) => desk.catalog.find(name) === undefined);
  const others = lacked.length === 0 ? [] : await desk.store.configurations();
  const elsewhere = new Set(others.flatMap(({ services }) => services));
  return names
    .flatMap((service, i): Ranked[] => {
      const one = loaded[i];
      if (one === undefined) return [];
      const configured = desk.catalog.find(service);
      const isLacked = configured === undefined && elsewhere.has(service);
      const view = { service, configured, loaded: one, ...(isLacked && { elsewhere: true as const }) };
      return [{ view, rank: rankOf(view) }];
    })
    .toSorted((a, b) => a.rank - b.rank || (a.view.service < b.view.service ? -1 : 1));
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

function row(view: View): Line {
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

function pageButton(label: string, page: number): ReplyButton {
  return { action: 'status.page', label, value: JSON.stringify({ p: page }) };
}
