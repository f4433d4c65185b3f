/** The way in of alerts: every delivery is put into its groups and stored here before its sender is answered. */
import type { Catalog, People } from '../command.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import type { Store } from '../store.ts';
import type { Delivery, Incoming, Link } from './alert.ts';
import { dueOf } from './due.ts';
import type { AlertStore, LoadedGroup } from './port.ts';
import { noticesOf } from './tell.ts';
import { emptyGroup, merge } from './triage.ts';
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
