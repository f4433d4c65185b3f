/**
 * The entry of alerts: every delivery is put into its groups and stored before its sender gets an answer.
 * See docs/design.md#alerts.
 */
import type { Catalog, People } from '../command.ts';
import type { Clock } from '../clock.ts';
import type { Elsewhere } from '../known-services.ts';
import type { EvidenceStore } from '../evidence/port.ts';
import { Fault } from '../fault.ts';
import type { Log } from '../parts.ts';
import { readableRecord } from '../read-record.ts';
import type { ServiceRecord } from '../release.ts';
import type { Settings } from '../settings.ts';
import type { Store } from '../store.ts';
import type { AlertGroup, Delivery } from './alert.ts';
import type { AlertContext } from './context.ts';
import { hasToTell, withoutBroadcast } from './broadcast.ts';
import { alertDueOf } from './due.ts';
import { makeKeyedQueue } from './keyed-queue.ts';
import type { KeyedQueue } from './keyed-queue.ts';
import type { AlertChange, AlertStore, LoadedGroup } from './port.ts';
import { rebuilt } from './read-group.ts';
import { splitByService } from './split-by-service.ts';
import type { Naming, ServiceShare } from './split-by-service.ts';
import { noticesOf } from './notices.ts';
import { emptyGroup, mergeAlerts } from './merge.ts';
import type { Merged } from './merge.ts';

/** What alerts need from the process. */
export interface AlertParts {
  alerts: AlertStore;
  /** Asks for pairs of a service. Absent: its colors are not compared. */
  evidence?: Pick<EvidenceStore, 'want'>;
  store: Pick<Store, 'load' | 'note'>;
  catalog: Catalog;
  people: People;
  log: Log;
  /** Where alerts without a known service go. */
  defaultChannel: string;
  /** What other replicas' configurations name; undefined: not asked yet. Absent: there are no other replicas. */
  elsewhere?: () => Elsewhere | undefined;
  /** There is something new to send: look at once, not at the next turn. */
  look(channel?: string): void;
}

/**
 * Stores a delivery. `serviceOf`: the service that an alert's labels name; `namedOf`: the text in that place, a
 * service or not; `idOf`: the id of a place's group.
 */
export type Take = (
  delivery: Delivery,
  idOf: (service: string | null, named: string | null) => string,
  serviceOf: Naming['serviceOf'],
  namedOf?: Naming['namedOf'],
) => Promise<void>;

/** How deliveries of one group take turns. */
interface Pace {
  inTurn: KeyedQueue;
  /** Waits a while, each time for another time, after another replica's save came first. */
  pause(): Promise<void>;
}

/** The outcome of a delivery with a mark. */
const taken = { ok: true, text: ['Stored.'] };
/** How many times a lost compare-and-set is tried again. */
const attempts = 12;
const longestPauseMs = 30;
/** How long an alert asks for pairs, ms. While it fires, `watchPairs` sees that by itself. */
const wantedMs = 10_000;
/** How many characters of an unknown service's name are kept. */
const mostNamed = 200;
/** How many deliveries of one group may wait in this process, and for how long, ms. */
const turns = { most: 64, longestMs: 2_000 };
const unpaced: Pace = { inTurn: (_name, act) => act(), pause: async () => {} };

/** Makes `takeDelivery` for one process, in which deliveries of one group wait for each other. */
export function makeTake(parts: AlertParts, clock: Pick<Clock, 'mono' | 'sleep'>): Take {
  const pace: Pace = {
    inTurn: makeKeyedQueue(turns, clock),
    pause: () => clock.sleep(Math.random() * longestPauseMs),
  };
  return (delivery, idOf, serviceOf, namedOf = serviceOf) =>
    takeDelivery(parts, delivery, idOf, serviceOf, namedOf, pace);
}

/**
 * Stores a delivery. The same delivery again changes nothing. Throws `Fault('storage-unavailable')` when nothing or
 * only a part is stored, or when no replica of the storage has all of it although one is alive; the sender must try
 * again.
 * See docs/design.md#nothing-accepted-is-lost.
 */
export async function takeDelivery(
  parts: AlertParts,
  delivery: Delivery,
  idOf: Parameters<Take>[1],
  serviceOf: Naming['serviceOf'],
  namedOf: Naming['namedOf'] = serviceOf,
  pace: Pace = unpaced,
): Promise<void> {
  const copies = parts.alerts.watchCopies?.();
  await Promise.all(
    splitByService(delivery.alerts, { serviceOf, namedOf }, isKnownTo(parts)).map(async (share) => {
      const id = idOf(share.service, share.named);
      await pace.inTurn(id, () => takeShare(parts, delivery, share, id, pace));
      void askColors(parts, share);
    }),
  );
  if ((await copies?.()) === 'missing')
    throw new Fault('storage-unavailable', 'No Redis replica has the alerts yet.');
}

/** Asks both colors of the service of a firing alert: would a revert help? The alert is stored, whatever comes of it. */
async function askColors({ evidence, log }: AlertParts, { service, alerts }: ServiceShare): Promise<void> {
  if (service === null || alerts.every(({ status }) => status !== 'firing')) return;
  try {
    await evidence?.want(service, wantedMs);
  } catch (cause) {
    log.warn({ service, err: cause }, 'The colors are not compared for an alert: storage unavailable');
  }
}

async function takeShare(
  parts: AlertParts,
  delivery: Delivery,
  share: ServiceShare,
  id: string,
  pace: Pace,
): Promise<void> {
  const { alerts, log } = parts;
  const facts = { source: delivery.source, group: delivery.group.slice(0, 500), service: share.service, id };
  const named = share.named?.slice(0, mostNamed) ?? null;
  let stays = false;
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (attempt > 0) await pace.pause();
    const loaded = await alerts.load(id);
    const nothing = loaded.revision === 0 && share.alerts.every(({ elsewhere }) => elsewhere === true);
    if (nothing) return;
    const { context, channel } = await contextOf(parts, share.service, loaded.now);
    const empty = emptyGroup({ ...facts, channel });
    const before = beforeOf(loaded, named === null ? empty : { ...empty, named }, share);
    const lost = loaded.revision > 0 && loaded.group === null;
    // A signed delivery that changes nothing is remembered too: it could come again when it would.
    const same = lost || (delivery.mark !== undefined && loaded.revision > 0);
    const merged =
      mergeAlerts(before, share.alerts, context, true, delivery) ??
      (same ? unchanged(before, lost) : undefined);
    if (merged === undefined) return;
    const next: AlertGroup = {
      ...merged.group,
      // While it fires it stays where it is; like a release, it begins again in the channel that is configured now.
      ...(merged.opened && !stays && { channel }),
    };
    const saved = await save(parts, { ...merged, group: next }, loaded, context, delivery.mark);
    if (saved === true) {
      if (lost) log.error(facts, 'A stored alert group cannot be read; its readable part is kept');
      return;
    }
    stays ||= saved === 'undrawn';
  }
  throw new Fault('storage-unavailable', 'Too many deliveries of one group at once.');
}

/** Returns the group before the delivery, or the readable parts of it. */
function beforeOf(
  { group, remains, revision }: LoadedGroup,
  empty: AlertGroup,
  share: ServiceShare,
): AlertGroup {
  return group ?? (revision === 0 ? empty : rebuilt(empty, remains ?? {}, share.alerts));
}

function unchanged(group: AlertGroup, shown: boolean): Merged {
  return {
    group,
    opened: false,
    resolved: false,
    fired: [],
    again: [],
    ended: [],
    worse: false,
    critical: [],
    shown,
  };
}

/** Returns the context of a service's alerts, and the channel for those that begin. */
async function contextOf(
  { store, catalog, defaultChannel }: AlertParts,
  service: string | null,
  now: number,
): Promise<{ context: AlertContext; channel: string }> {
  if (service === null)
    return { context: { now, record: null, settings: undefined }, channel: defaultChannel };
  // A record that cannot be read says nothing about alerts; they are stored anyway.
  const record = await readableRecord(store, service);
  const settings = alertSettings(catalog, service, record);
  const channel = settings === undefined ? defaultChannel : catalog.channelOf(settings);
  return { context: { now, record, settings }, channel };
}

async function save(
  parts: AlertParts,
  merged: Merged,
  { revision, placed }: LoadedGroup,
  context: AlertContext,
  mark: string | undefined,
): Promise<boolean | 'undrawn'> {
  const { alerts } = parts;
  const { group } = merged;
  const told = noticesOf(merged, context);
  // The save decides where it is shown.
  const mayBeUnheard = (merged.opened || placed?.kind !== 'own') && hasToTell(group);
  const answer = await alerts.save({
    group,
    expect: revision,
    opens: merged.opened,
    urgent: context.record?.state === 'baking',
    notices: told.map((notice) => ({ ...notice, channel: group.channel })),
    draw: merged.shown,
    due: alertDueOf(group, context),
    unheard: mayBeUnheard ? unheardInDigest(group, context, merged.opened) : undefined,
    ...(mark !== undefined && { mark: { keys: [`delivery:${mark}:${group.id}`], outcome: taken } }),
  });
  if (answer.ok) {
    parts.look(group.channel);
    return true;
  }
  if (answer.why === 'repeat') return true;
  if (answer.why === 'full')
    throw new Fault('storage-unavailable', 'There are too many alert groups, and all are firing.');
  if (answer.why === 'late')
    throw new Fault('storage-unavailable', 'Redis answered too late; nothing was stored.');
  return answer.why === 'undrawn' ? 'undrawn' : false;
}

/** Returns what is saved for a group in a digest: nobody was notified. That is due when it leaves the digest. */
export function unheardInDigest(
  group: AlertGroup,
  context: AlertContext,
  again: boolean,
): NonNullable<AlertChange['unheard']> {
  const untold = withoutBroadcast(group, context, again);
  return { group: untold, due: alertDueOf(untold, context, false) };
}

/** Returns true for services of the configuration, and for those that only another replica's configuration names. */
export function isKnownTo({
  catalog,
  elsewhere,
}: Pick<AlertParts, 'catalog' | 'elsewhere'>): (service: string) => boolean {
  return (service) => catalog.find(service) !== undefined || elsewhere?.()?.services.has(service) === true;
}

/** Returns the settings of a service; those that its record keeps when the configuration does not name it. */
export function alertSettings(
  catalog: Pick<Catalog, 'find' | 'stored'>,
  service: string | null,
  record: ServiceRecord | null,
): Settings | undefined {
  const configured = service === null ? undefined : catalog.find(service)?.settings;
  if (configured !== undefined || record === null) return configured;
  try {
    return catalog.stored(record).settings;
  } catch (cause) {
    if (cause instanceof Fault) return undefined;
    throw cause;
  }
}
