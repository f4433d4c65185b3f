/** Paces messages to Slack's limits, and delays some so that fewer are sent. For this process; memory is bounded. */
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';

/** Slack's limits: about one post a second a channel, 50 edits a minute in a workspace (chat.update is Tier 3). */
const postsPerSecond = 1;
const postsAtOnce = 3;
/** Slack limits ephemeral messages separately (chat.postEphemeral is Tier 4: 100 a minute in a workspace). */
const whispersPerSecond = 100 / 60;
const whispersAtOnce = 20;
const editsPerSecond = 50 / 60;
const editsAtOnce = 20;
/** Shortest time between edits of one card, in ms: steps that end sooner are drawn together. */
const sameCardMs = 700;
/**
 * Adoptions of one start share a message: it waits until none has come for `quietMs`, at most `longestMs`. Of many
 * channels each waits `apartMs` longer than the one before, so that together they do not delay an alert.
 */
const adoptions = { quietMs: 1_000, longestMs: 8_000, apartMs: 25, mostApartMs: 4_000 };
/** Most channels and cards whose pace is remembered. */
const mostRemembered = 2_000;

/** Says when each kind of message may be sent. */
export interface Pace {
  /** The posts of a channel. */
  posts(channel: string): Bucket;
  /** Ephemeral messages, in all channels. */
  whispers: Bucket;
  /** The edits of all cards. */
  edits: Bucket;
  /** The time since the last edit of a card, ms. */
  editAge(release: string): number;
  edited(release: string): void;
  /** The time until the same card may be edited again, ms. */
  sameCardMs(release: string): number;
  /** How long the message of `count` adoptions still waits for more, ms. */
  adoptionsWaitMs(channel: string, count: number): number;
  toldAdoptions(channel: string): void;
}

/** Starts with every message allowed. `mono`: a clock in ms. */
export function makePace(mono: () => number): Pace {
  const posts = new Map<string, Bucket>();
  const editedAt = new Map<string, number>();
  const adopting = new Map<string, { count: number; firstAt: number; lastAt: number; apartMs: number }>();
  const pace: Pace = {
    posts(channel) {
      const known = posts.get(channel);
      if (known) return known;
      if (posts.size >= mostRemembered) posts.clear();
      const made = makeBucket(mono, postsPerSecond, postsAtOnce);
      posts.set(channel, made);
      return made;
    },
    whispers: makeBucket(mono, whispersPerSecond, whispersAtOnce),
    edits: makeBucket(mono, editsPerSecond, editsAtOnce),
    editAge: (release) => mono() - (editedAt.get(release) ?? -Infinity),
    edited(release) {
      if (editedAt.size >= mostRemembered) editedAt.clear();
      editedAt.set(release, mono());
    },
    sameCardMs: (release) => sameCardMs - pace.editAge(release),
    adoptionsWaitMs(channel, count) {
      const apartMs = Math.min(adopting.size * adoptions.apartMs, adoptions.mostApartMs);
      const known = adopting.get(channel) ?? { count: 0, firstAt: mono(), lastAt: mono(), apartMs };
      if (known.count !== count) adopting.set(channel, { ...known, count, lastAt: mono() });
      const { firstAt, lastAt } = adopting.get(channel) ?? known;
      return Math.min(lastAt + adoptions.quietMs, firstAt + adoptions.longestMs) + known.apartMs - mono();
    },
    toldAdoptions: (channel) => void adopting.delete(channel),
  };
  return pace;
}
