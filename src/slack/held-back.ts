/** Messages held back on their own while others of their channel go on: Slack may have them already. */
import type { DrawMark, Notice, Outbox } from '../release/store.ts';
import { rankOf } from './next-notices.ts';
import { ranks } from './send-ranks.ts';

type Waiting = Awaited<ReturnType<Outbox['pending']>>;

/** The held-back messages of one process, by channel. All times in ms. */
export interface HeldBack {
  /** Holds a message back: `firstMs` the first time, four times as long each further time. Returns the duration. */
  hold(channel: string, keys: readonly string[], firstMs: number): number;
  /**
   * Notes that Slack took this message. It is free again, and others of the channel that were tried once or twice come
   * soon.
   */
  took(channel: string, keys: readonly string[]): void;
  /** The part of `waiting` that may be sent now. */
  free(channel: string, waiting: Waiting): Waiting;
  /** The time until the first held-back message may be sent. */
  waitMs(channel: string): number;
}

interface One {
  until: number;
  times: number;
  firstMs: number;
}

const longestMs = 30 * 60_000;
/** Most channels, and most messages of one, that are remembered. */
const mostRemembered = 1_000;

/** The key of a card among held messages; a notice has its id. */
export const cardKey = ({ service, release }: Pick<DrawMark, 'service' | 'release'>): string =>
  `${service} ${release}`;

/** Starts with nothing held back. `mono`: a clock in ms. */
export function makeHeldBack(mono: () => number): HeldBack {
  const channels = new Map<string, Map<string, One>>();
  const isHeld = (channel: string, key: string): boolean =>
    (channels.get(channel)?.get(key)?.until ?? -Infinity) > mono();

  return {
    hold(channel, keys, firstMs) {
      if (channels.size >= mostRemembered) channels.clear();
      const known = channels.get(channel) ?? new Map<string, One>();
      channels.set(channel, known);
      if (known.size >= mostRemembered) known.clear();
      let ms = 0;
      for (const key of keys) {
        const times = (known.get(key)?.times ?? 0) + 1;
        ms = Math.min(longestMs, firstMs * 4 ** (times - 1));
        known.set(key, { until: mono() + ms, times, firstMs });
      }
      return ms;
    },

    took(channel, keys) {
      const known = channels.get(channel);
      if (known === undefined) return;
      for (const key of keys) known.delete(key);
      for (const one of known.values())
        if (one.times <= 2) one.until = Math.min(one.until, mono() + one.firstMs);
      if (known.size === 0) channels.delete(channel);
    },

    free(channel, { notices, draws }) {
      if (!channels.has(channel)) return { notices, draws };
      // A notice that somebody waits for is sent without the card, at the top of the channel.
      const waitsForCard = (notice: Notice): boolean =>
        notice.release !== null &&
        isHeld(channel, cardKey({ ...notice, release: notice.release })) &&
        rankOf(notice) > ranks.person;
      return {
        notices: notices.filter((notice) => !isHeld(channel, notice.id) && !waitsForCard(notice)),
        draws: draws.filter((draw) => !isHeld(channel, cardKey(draw))),
      };
    },

    waitMs(channel) {
      const ends = [...(channels.get(channel)?.values() ?? [])].map(({ until }) => until - mono());
      return Math.max(0, Math.min(...ends.filter((ms) => ms > 0), longestMs));
    },
  };
}
