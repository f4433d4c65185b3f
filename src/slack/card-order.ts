/** Chooses which card is posted or edited next, when a channel takes one message a second. */
import { alertCards, digestCards } from '../release/alerts/port.ts';
import type { AlertStore } from '../release/alerts/port.ts';
import { noticeCards } from '../release/action-items.ts';
import type { Clock } from '../release/clock.ts';
import type { ServiceRecord } from '../release/release.ts';
import type { DrawMark, Outbox, ShownMessage, Store } from '../release/store.ts';
import { ranks } from './send-ranks.ts';
import type { Rank } from './send-ranks.ts';

/** What the card order needs. */
export interface OrderParts {
  store: Pick<Store, 'loadMany'>;
  alerts: Pick<AlertStore, 'load' | 'open'>;
  outbox: Pick<Outbox, 'card'>;
  clock: Pick<Clock, 'mono'>;
}

/** A card to draw, and the message that shows it. */
export interface RankedCard {
  mark: DrawMark;
  shown: ShownMessage | null;
  rank: Rank;
}

/** Groups of alerts whose service is remembered; a group never changes its service. */
const mostRemembered = 5_000;
/**
 * How long, in ms, a card's rank is reused while its mark is the same. In a storm hundreds of cards wait, and each sent
 * message looks at all of them. Every change of a card's content gives it another mark.
 */
const believedMs = 3_000;

/** What was found out about a card. */
interface Found extends RankedCard {
  service: string | null;
}

/** Makes the function that sorts cards to draw: the most urgent first, as `ranks` says. */
export function makeCardOrder({
  store,
  alerts,
  outbox,
  clock,
}: OrderParts): (marks: readonly DrawMark[]) => Promise<RankedCard[]> {
  const services = new Map<string, string | null>();

  /** The service that a card is about; null: none, or not known yet. */
  const serviceOf = async ({ service, release }: DrawMark): Promise<string | null> => {
    if (service === digestCards || service === noticeCards) return null;
    if (service !== alertCards) return service;
    const known = services.get(release);
    if (known !== undefined) return known;
    const { group, placed } = await alerts.load(release);
    // A group in a digest has no message of its own.
    if (group === null || placed?.kind !== 'own') return null;
    if (services.size >= mostRemembered) services.clear();
    services.set(release, group.service);
    return group.service;
  };

  /** True when a firing alert of the service already has a message, with the Revert that somebody may need. */
  const hasMessage = async (service: string): Promise<boolean> => {
    const shown = (await alerts.open(service)).map((id) => outbox.card(alertCards, id));
    return (await Promise.all(shown)).some((card) => card !== null);
  };

  const look = async (marks: readonly DrawMark[]): Promise<Found[]> => {
    const about = await Promise.all(
      marks.map(async (mark) => ({
        mark,
        service: await serviceOf(mark),
        shown: await outbox.card(mark.service, mark.release),
      })),
    );
    const names = [...new Set(about.flatMap(({ service }) => service ?? []))];
    const loaded = names.length === 0 ? [] : await store.loadMany(names);
    const records = new Map(names.map((name, i) => [name, loaded[i]?.record ?? null]));
    return about.map(({ mark, service, shown }) => {
      const record = service === null ? null : (records.get(service) ?? null);
      return { mark, service, shown, rank: rankOf(mark, shown, record) };
    });
  };

  const believed = new Map<string, Found & { at: number }>();
  const found = async (marks: readonly DrawMark[]): Promise<Found[]> => {
    const at = clock.mono();
    const known = marks.map((mark) => {
      const before = believed.get(keyOf(mark));
      return before?.mark.mark === mark.mark && at - before.at < believedMs ? before : undefined;
    });
    const fresh = (await look(marks.filter((_, i) => known[i] === undefined))).values();
    if (believed.size > mostRemembered) believed.clear();
    return known.flatMap((before) => {
      const one = before ?? fresh.next().value;
      if (one === undefined) return [];
      if (before === undefined) believed.set(keyOf(one.mark), { ...one, at });
      return one;
    });
  };

  return async (marks) => {
    const cards = await found(marks);
    // Where several services bake, one with many groups must not delay the first message of the others.
    const waiting = new Set(
      cards.flatMap(({ service, shown, rank }) =>
        shown === null && rank === ranks.baking && service !== null ? service : [],
      ),
    );
    const later = new Set<string>();
    if (waiting.size > 1) {
      for (const service of waiting) if (await hasMessage(service)) later.add(service);
    }
    const behind = ({ service }: { service: string | null }): number =>
      Number(service !== null && later.has(service));
    const age = ({ mark }: RankedCard): number => Number(mark.mark);
    return cards
      .toSorted((one, two) => one.rank - two.rank || behind(one) - behind(two) || age(one) - age(two))
      .map(({ mark, shown, rank }) => ({ mark, shown, rank }));
  };
}

const keyOf = ({ service, release }: DrawMark): string => `${service} ${release}`;

function rankOf(mark: DrawMark, shown: ShownMessage | null, record: ServiceRecord | null): Rank {
  // It says how much time is left.
  if (mark.service === noticeCards && shown?.buttons === 'countdown') return ranks.person;
  if (mark.service === digestCards || mark.service === noticeCards) return ranks.rest;
  // The buttons belong to an earlier epoch: a promote or a revert has ended.
  const outdated = shown !== null && record !== null && shown.epoch !== record.epoch;
  if (mark.service === alertCards) return record?.state === 'baking' || outdated ? ranks.baking : ranks.alert;
  // Of a service with several releases the newest card goes first: it has the buttons.
  if (shown === null)
    return record === null || record.releases[0]?.id === mark.release ? ranks.card : ranks.rest;
  if (outdated) return ranks.revert;
  const open = record?.request?.status === 'open' && record.releases[0]?.id === mark.release;
  return open ? ranks.person : ranks.rest;
}
