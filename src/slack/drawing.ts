/** What a draw mark stands for, as it is now: the card of a release, of a group of alerts, of a storm's digest; a notice. */
import { alertCards, digestCards } from '../release/alerts/port.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import { settingsBeside } from '../release/alerts/take.ts';
import { noticeCards } from '../release/asks.ts';
import type { Catalog } from '../release/command.ts';
import { driftOf } from '../release/drift.ts';
import { Fault } from '../release/fault.ts';
import { readable, readableRecord } from '../release/read-record.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { Settings } from '../release/settings.ts';
import type { DrawMark, Outbox, ShownMessage, Store } from '../release/store.ts';
import { alertCard } from './cards/alert-card.ts';
import { digestCard, mostInDigest } from './cards/digest-card.ts';
import { noticeMessage } from './cards/notice.ts';
import { releaseCard } from './cards/release-card.ts';
import type { SlackMessage } from './reply.ts';

/** What drawing needs. */
export interface DrawingParts {
  store: Pick<Store, 'load'>;
  alerts: Pick<AlertStore, 'load' | 'digest'>;
  catalog: Pick<Catalog, 'stored' | 'find'>;
  outbox: Pick<Outbox, 'card'>;
}

/** A card, and what is remembered of the message that shows it. */
export interface Drawn {
  message: SlackMessage;
  about: Omit<ShownMessage, 'channel' | 'ts'>;
}

export interface Drawing {
  /** Null: there is nothing to draw any more. */
  card(mark: Pick<DrawMark, 'service' | 'release'>): Promise<Drawn | null>;
  /** Null where there is no record, or none that can be read. */
  recordOf(service: string): Promise<ServiceRecord | null>;
  /** Undefined when the stored settings cannot be read. */
  settingsOf(record: ServiceRecord): Settings | undefined;
}

/** Makes it. Throws `Fault('storage-unavailable')` when the storage is away. */
export function makeDrawing({ store, alerts, catalog, outbox }: DrawingParts): Drawing {
  const recordOf: Drawing['recordOf'] = (service) => readableRecord(store, service);
  const settingsOf: Drawing['settingsOf'] = (record) => {
    try {
      return catalog.stored(record).settings;
    } catch (cause) {
      if (cause instanceof Fault) return undefined;
      throw cause;
    }
  };
  const ofAlert = async (id: string): Promise<Drawn | null> => {
    const { group, placed, now } = await alerts.load(id);
    if (group === null || placed?.kind !== 'own') return null;
    const record = group.service === null ? null : await recordOf(group.service);
    const settings = settingsBeside(catalog, group.service, record);
    const about = {
      kind: 'card' as const,
      service: alertCards,
      release: id,
      epoch: record?.epoch ?? 0,
      ...(record !== null && { about: { service: record.service, release: record.releases[0]?.id ?? null } }),
    };
    return { message: alertCard(group, { record, settings, now }), about };
  };
  const ofDigest = async (id: string): Promise<Drawn> => ({
    message: digestCard(await alerts.digest(id, mostInDigest), String(Date.now())),
    about: { kind: 'card', service: digestCards, release: id, epoch: 0 },
  });
  /** One that was not sent yet is drawn as things are when it is. */
  const ofNotice = async (id: string): Promise<Drawn | null> => {
    const shown = await outbox.card(noticeCards, id);
    if (shown?.notice === undefined) return null;
    const { channel: _channel, ts: _ts, ...about } = shown;
    const record = await recordOf(shown.service);
    return { message: noticeMessage([shown.notice], record, record ? settingsOf(record) : undefined), about };
  };
  return {
    recordOf,
    settingsOf,
    async card({ service, release: id }) {
      if (service === alertCards) return ofAlert(id);
      if (service === digestCards) return ofDigest(id);
      if (service === noticeCards) return ofNotice(id);
      const found = await readable(store, service);
      const release = found?.record.releases.find((each) => each.id === id);
      if (!found || !release) return null;
      const { record, asked } = found;
      const message = releaseCard(record, release, settingsOf(record), driftOf(record, asked));
      return { message, about: { kind: 'card', service, release: id, epoch: record.epoch } };
    },
  };
}

/** True when the buttons of a message are about the same as before. */
export function sameAbout(shown: ShownMessage, { about, epoch }: Drawn['about']): boolean {
  const [one, two] = [shown.about, about];
  return shown.epoch === epoch && one?.service === two?.service && one?.release === two?.release;
}
