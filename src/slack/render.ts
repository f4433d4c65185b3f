/**
 * Draws what a draw mark stands for, in its present state: a release's card, a group of alerts, a storm's digest, a
 * notice.
 */
import { alertCards, digestCards } from '../release/alerts/port.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import { alertSettings } from '../release/alerts/take.ts';
import { noticeCards } from '../release/action-items.ts';
import type { Catalog, People } from '../release/command.ts';
import { driftOf } from '../release/drift.ts';
import { Fault } from '../release/fault.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import { readKept } from '../release/evidence/watch-pairs.ts';
import { readable, readableRecord } from '../release/read-record.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Settings } from '../release/settings.ts';
import type { DrawMark, Notice, Outbox, ShownMessage, Store } from '../release/store.ts';
import type { AlertContext } from '../release/alerts/context.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { alertCard } from './cards/alert-card.ts';
import { failuresChart } from './cards/chart.ts';
import type { LineChart } from './cards/chart.ts';
import { digestCard, mostInDigest } from './cards/digest-card.ts';
import { noticeMessage } from './cards/notice.ts';
import { releaseCard } from './cards/release-card.ts';
import { ringMessage } from './cards/ring.ts';
import { permalink } from './identity.ts';
import type { Identity } from './identity.ts';
import { incidentOf } from './incident.ts';
import type { Incident } from './incident.ts';
import type { SlackMessage } from './reply.ts';

/** What drawing needs. */
export interface RendererParts {
  store: Pick<Store, 'load'>;
  alerts: Pick<AlertStore, 'load' | 'digest'>;
  evidence: Pick<EvidenceStore, 'load'>;
  catalog: Pick<Catalog, 'stored' | 'find'>;
  outbox: Pick<Outbox, 'card' | 'ringOf'>;
  people: Pick<People, 'mentions'>;
  /** The bot's workspace, for links to messages; absent: not known. */
  identity?: () => Identity | undefined;
}

/** A drawn card, and the facts stored about the message that shows it. */
export interface Rendered {
  message: SlackMessage;
  about: Omit<ShownMessage, 'channel' | 'ts'>;
  /** For a group of alerts: the notices that rang for it, and the state that they show. */
  rings?: readonly { id: string; shows: string }[];
}

/**
 * A drawn message of notices. `about`: where they ask for something; `quiet`: another message rang for the same
 * incident, so that this one is for its thread only.
 */
export type DrawnNotices = Pick<Rendered, 'message'> & Partial<Pick<Rendered, 'about'>> & { quiet?: boolean };

/** Draws cards and notices from the store. */
export interface Renderer {
  /** Draws a card; null: there is nothing to draw any more. */
  card(mark: Pick<DrawMark, 'service' | 'release'>): Promise<Rendered | null>;
  /** Draws one message of these notices, which are sent now. */
  notices(batch: readonly [Notice, ...Notice[]]): Promise<DrawnNotices>;
}

/** Makes the renderer. Throws `Fault('storage-unavailable')` when the storage is unavailable. */
export function makeRenderer({
  store,
  alerts,
  evidence,
  catalog,
  outbox,
  people,
  identity,
}: RendererParts): Renderer {
  const recordOf = (service: string): Promise<ServiceRecord | null> => readableRecord(store, service);
  /** The record's settings; undefined when the stored ones cannot be read. */
  const settingsOf = (record: ServiceRecord): Settings | undefined => {
    try {
      return catalog.stored(record).settings;
    } catch (cause) {
      if (cause instanceof Fault) return undefined;
      throw cause;
    }
  };
  const contextOf = async (service: string | null, now: number): Promise<AlertContext> => {
    const record = service === null ? null : await recordOf(service);
    return { now, record, settings: alertSettings(catalog, service, record) };
  };
  const aboutAlert = (id: string, { record }: AlertContext) => ({
    service: alertCards,
    release: id,
    epoch: record?.epoch ?? 0,
    ...(record !== null && { about: { service: record.service, release: record.releases[0]?.id ?? null } }),
  });
  const ofAlert = async (id: string): Promise<Rendered | null> => {
    const { group, placed, now } = await alerts.load(id);
    if (group === null || placed?.kind !== 'own') return null;
    const context = await contextOf(group.service, now);
    const rings = (group.rings ?? []).map((ring) => ({
      id: ring.id,
      shows: JSON.stringify(ringMessage({ id: ring.id, text: [] }, group, context)),
    }));
    return { message: alertCard(group, context), about: { kind: 'card', ...aboutAlert(id, context) }, rings };
  };
  const ofRing = async (notice: Notice, sending: boolean): Promise<DrawnNotices> => {
    const id = notice.release ?? '';
    const { group, now } = await alerts.load(id);
    const context = await contextOf(group?.service ?? null, now);
    const { joins, rings }: Incident =
      sending && group
        ? await incidentOf({ alerts, outbox }, notice, context.record, { group, context })
        : { joins: notice.joins };
    const told = joins ? { ...notice, joins } : notice;
    const message = ringMessage(told, group, context, behind(told, context.settings));
    const about = {
      kind: 'notice' as const,
      ...aboutAlert(id, context),
      notice: told,
      ...(rings && { rings }),
    };
    return { message, about, quiet: joins !== undefined };
  };
  /** The text after a notice: the people it notifies, or a link to the message that notified them already. */
  const behind = (notice: Notice, settings: Settings | undefined): Line => {
    const { joins } = notice;
    if (joins === undefined) return calling(notice, settings);
    const url = permalink(identity?.(), joins.channel, joins.ts);
    return url === undefined
      ? line` It belongs to an incident that was already announced.`
      : line` It belongs to ${{ url, label: 'this incident' }}.`;
  };
  /** The mentions of a notice, after its text. */
  const calling = ({ calls, text }: Notice, settings: Settings | undefined): Line => {
    if (calls === undefined) return [];
    const named = new Set(
      text.flatMap((part) => (typeof part !== 'string' && 'user' in part ? part.user : [])),
    );
    const others = people
      .mentions(calls, settings)
      .filter(
        (part) => part !== ', ' && !(typeof part !== 'string' && 'user' in part && named.has(part.user)),
      );
    return others.flatMap((part, i): Line => [i === 0 ? ' ' : ', ', part]);
  };
  /** The chart of a notice, from the pairs that are kept for an hour. */
  const chartOf = async (
    { service, chart }: Notice,
    known: ServiceRecord | null,
  ): Promise<LineChart | undefined> => {
    if (chart === undefined) return undefined;
    const [{ json }, record] = await Promise.all([evidence.load(service), known ?? recordOf(service)]);
    const kept = readKept(json);
    if (kept?.epoch !== chart) return undefined;
    const switchedAt = record?.epoch === chart ? record.releases[0]?.promotedAt : undefined;
    return failuresChart(kept.live, kept.state.series, { from: kept.state.from, switchedAt });
  };
  const ofNotices = async (batch: readonly [Notice, ...Notice[]], sending = false): Promise<DrawnNotices> => {
    const [first] = batch;
    if (first.asks === 'alert') return ofRing(first, sending);
    const { service, buttons, asks, calls } = first;
    const bound = buttons !== undefined || asks !== undefined;
    const record = bound || calls !== undefined ? await recordOf(service) : null;
    const settings = record ? settingsOf(record) : undefined;
    const { joins, rings }: Incident = sending
      ? await incidentOf({ alerts, outbox }, first, record)
      : { joins: first.joins };
    const told = joins ? { ...first, joins } : first;
    const rest = behind(told, settings ?? catalog.find(service)?.settings);
    const message = noticeMessage(
      [told, ...batch.slice(1)],
      record,
      settings,
      rest,
      await chartOf(first, record),
    );
    if (!bound) return { message };
    const about = {
      kind: 'notice' as const,
      service,
      release: first.about?.release ?? null,
      epoch: first.about?.epoch ?? 0,
      ...(buttons && { buttons }),
      ...(asks && { notice: told }),
      ...(rings && { rings }),
    };
    return { message, about, quiet: joins !== undefined };
  };
  const ofDigest = async (id: string): Promise<Rendered> => ({
    message: digestCard(await alerts.digest(id, mostInDigest), String(Date.now())),
    about: { kind: 'card', service: digestCards, release: id, epoch: 0 },
  });
  /** A notice that was not sent yet is drawn in the state of its sending. */
  const ofNotice = async (id: string): Promise<Rendered | null> => {
    const shown = await outbox.card(noticeCards, id);
    if (shown?.notice === undefined) return null;
    const { message, about } = await ofNotices([shown.notice]);
    return about === undefined ? null : { message, about };
  };
  return {
    notices: (batch) => ofNotices(batch, true),
    async card({ service, release: id }) {
      if (service === alertCards) return ofAlert(id);
      if (service === digestCards) return ofDigest(id);
      if (service === noticeCards) return ofNotice(id);
      const found = await readable(store, service);
      const release = found?.record.releases.find((each) => each.id === id);
      if (!found || !release) return null;
      const { record, asked, queue, now } = found;
      const settings = settingsOf(record);
      const message = releaseCard(record, release, settings, driftOf(record, asked), { now, queue });
      return { message, about: { kind: 'card', service, release: id, epoch: record.epoch } };
    },
  };
}

/** True when the buttons of a message are about the same subject as before. */
export function sameAbout(shown: ShownMessage, { about, epoch }: Rendered['about']): boolean {
  const [one, two] = [shown.about, about];
  return shown.epoch === epoch && one?.service === two?.service && one?.release === two?.release;
}
