/** The way in of alerts: every delivery is put into its groups and stored here before its sender is answered. */
import type { Catalog, People } from '../command.ts';
import { Fault } from '../fault.ts';
import { fromNow } from '../instant.ts';
import type { Line } from '../line.ts';
import { line } from '../line.ts';
import type { Log } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import type { Notice, Store } from '../store.ts';
import type { AlertGroup, Delivery, Incoming, Link, Member } from './alert.ts';
import { alertCards } from './port.ts';
import type { AlertStore, LoadedGroup } from './port.ts';
import { emptyGroup, isSilent, merge, releaseInWindow } from './triage.ts';
import type { Beside, Merged } from './triage.ts';

/** What alerts need of the process. */
export interface AlertParts {
  alerts: AlertStore;
  store: Pick<Store, 'load' | 'note'>;
  catalog: Catalog;
  people: People;
  log: Log;
  /** Where alerts of no known service go. */
  defaultChannel: string;
  /** Something is to be told: look at once, instead of at the next turn. */
  look(): void;
}

/** Times a lost compare-and-set is tried anew. */
const attempts = 12;
const mostLinks = 3;
/** How often it is looked whether a silence that lasts as long as a release is over, ms. */
const silenceLookMs = 300_000;

/** A delivery's alerts of one service. */
interface Share {
  service: string | null;
  alerts: Incoming[];
}

/**
 * Stores a delivery. The same delivery again changes nothing. `serviceOf` says which service an alert's labels name.
 * Throws `Fault('storage-unavailable')`: nothing, or a part, is stored, and the sender must try again.
 */
export async function takeDelivery(
  parts: AlertParts,
  delivery: Delivery,
  idOf: (service: string | null) => string,
  serviceOf: (labels: Incoming['labels']) => string | null,
): Promise<void> {
  const shares = new Map<string | null, Share>();
  for (const alert of delivery.alerts) {
    const named = serviceOf(alert.labels);
    const service = named !== null && parts.catalog.find(named) !== undefined ? named : null;
    const share = shares.get(service) ?? { service, alerts: [] };
    shares.set(service, share);
    share.alerts.push(alert);
  }
  await Promise.all(
    [...shares.values()].map((share) => takeShare(parts, delivery, share, idOf(share.service))),
  );
}

async function takeShare(parts: AlertParts, delivery: Delivery, share: Share, id: string): Promise<void> {
  const { alerts, store, catalog } = parts;
  const { service } = share;
  const settings = service === null ? undefined : catalog.find(service)?.settings;
  const channel = settings === undefined ? parts.defaultChannel : catalog.channelOf(settings);
  const links = linksOf(share.alerts);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const [loaded, record] = await Promise.all([
      alerts.load(id),
      service === null ? null : recordOf(store, service),
    ]);
    const beside: Beside = { now: loaded.now, record, settings };
    const { source, group } = delivery;
    const before = loaded.group ?? emptyGroup({ id, source, group: group.slice(0, 500), service, channel });
    const merged = merge(before, share.alerts, beside);
    if (merged === undefined) return;
    const truncated = Math.max(merged.group.truncated, delivery.truncated);
    const next = { ...merged.group, truncated, ...(links.length > 0 && { links }) };
    const saved = await save(parts, { ...merged, group: next }, loaded, beside);
    if (saved) return;
  }
  throw new Fault('storage-unavailable', 'Too many deliveries of one group at once.');
}

async function save(
  parts: AlertParts,
  merged: Merged,
  loaded: LoadedGroup,
  beside: Beside,
): Promise<boolean> {
  const { alerts, people } = parts;
  const { group } = merged;
  const told = noticesOf(merged, loaded.group, beside, people);
  const answer = await alerts.save({
    group,
    expect: loaded.group?.revision ?? 0,
    opens: merged.opened,
    urgent: beside.record?.state === 'baking',
    notices: told.map((notice) => ({ ...notice, channel: group.channel })),
    draw: true,
    due: dueOf(group, beside),
  });
  if (answer.ok) {
    parts.look();
    return true;
  }
  if (answer.why === 'late')
    throw new Fault('storage-unavailable', 'The storage answered too late; nothing was stored.');
  return false;
}

/** A record that cannot be read, or is not there, says nothing about alerts; they are stored all the same. */
async function recordOf(store: Pick<Store, 'load'>, service: string): Promise<ServiceRecord | null> {
  try {
    return (await store.load(service)).record;
  } catch (cause) {
    if (cause instanceof Fault && cause.code !== 'storage-unavailable') return null;
    throw cause;
  }
}

function linksOf(alerts: readonly Incoming[]): Link[] {
  const byUrl = new Map(alerts.flatMap(({ links }) => links.map((link) => [link.url, link] as const)));
  return [...byUrl.values()].slice(0, mostLinks);
}

/** When something is to be done without a delivery: at once (blue against green), at a reminder, at a silence's end. */
export function dueOf(group: AlertGroup, { record, settings, now }: Beside): number | null {
  if (group.status === 'resolved') return null;
  const times: number[] = [];
  const wanted = settings?.alerts.compare !== undefined && group.follows !== null && group.compared === null;
  if (wanted && releaseInWindow({ record, settings, now })) times.push(fromNow());
  if (group.silenced?.until != null) times.push(group.silenced.until);
  const remindMs = settings?.alerts.remind ?? 1_800_000;
  const { acknowledged, remindedAt } = group;
  // Nobody is reminded during a silence, and its end is due itself; that of a release is looked for now and then.
  const quiet = group.silenced !== null;
  if (group.silenced?.until === null) times.push(now + silenceLookMs);
  if (acknowledged !== null && !quiet) times.push((remindedAt ?? acknowledged.at) + remindMs);
  if (times.includes(fromNow())) return fromNow();
  return times.length === 0 ? null : Math.min(...times);
}

/** Something told in the thread of a group. */
export function noticeOf(
  group: AlertGroup,
  kind: Notice['kind'],
  text: Line,
  more: Partial<Pick<Notice, 'to'>> = {},
): Omit<Notice, 'at'> {
  return { id: crypto.randomUUID(), service: alertCards, release: group.id, kind, text, ...more };
}

function noticesOf(
  { group, opened, resolved, fired, ended, worse }: Merged,
  before: AlertGroup | null,
  beside: Beside,
  people: People,
): Omit<Notice, 'at'>[] {
  const silent = isSilent(group, beside);
  const notices: Omit<Notice, 'at'>[] = [];
  const critical = group.broadcast === 'critical' && (opened || before?.broadcast !== 'critical');
  if (fired.length > 0) {
    const what = listed(fired);
    if (critical && !silent) {
      const who = beside.settings === undefined ? [] : line` ${people.mentions('operator', beside.settings)}`;
      notices.push(noticeOf(group, 'broadcast', line`Critical: ${what}.${who}`));
    } else if (worse) notices.push(noticeOf(group, 'event', line`Now ${group.severity}: ${what}.`));
    else if (opened && group.times > 1) notices.push(noticeOf(group, 'event', line`Firing again: ${what}.`));
    else notices.push(noticeOf(group, 'progress', line`Firing: ${what}.`));
  }
  if (resolved) notices.push(noticeOf(group, 'event', line`Resolved after ${lasted(group)}.`));
  else if (ended.length > 0) notices.push(noticeOf(group, 'progress', line`Ended: ${listed(ended)}.`));
  return notices;
}

/** How long the firing that ended lasted, in words. */
export function lasted({ since, resolvedAt }: Pick<AlertGroup, 'since' | 'resolvedAt'>): string {
  const seconds = Math.max(0, Math.round(((resolvedAt ?? since) - since) / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** The first of them by title and summary; of the others only how many. */
function listed(members: readonly Member[]): Line {
  const shown = members.slice(0, 3).map(({ title, severity, summary }): Line => {
    return line`${{ bold: title }} (${severity})${summary === '' ? '' : `: ${summary.slice(0, 200)}`}`;
  });
  const more = members.length > 3 ? line`, and ${members.length - 3} more` : [];
  return [...shown.flatMap((each, i): Line => (i === 0 ? each : line`; ${each}`)), ...more];
}
