/** How fast messages may be sent, and what waits a little so that fewer are. Of this process; bounded. */
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';

/** Slack's limits: about one post a second a channel, 50 edits a minute in a workspace (chat.update is Tier 3). */
const postsPerSecond = 1;
const postsAtOnce = 3;
/** What one person sees in a channel is limited by itself (chat.postEphemeral is Tier 4: 100 a minute in a workspace). */
const whispersPerSecond = 100 / 60;
const whispersAtOnce = 20;
const editsPerSecond = 50 / 60;
const editsAtOnce = 20;
/** One card is edited at most this often, ms: steps that end sooner are drawn together. */
const sameCardMs = 700;
/**
 * Adoptions of one start are one message: it waits until no more have come for `quietMs`, but not above `longestMs`. Of
 * many channels each waits `apartMs` longer than the one before: all at once they would keep an alert waiting.
 */
const adoptions = { quietMs: 1_000, longestMs: 8_000, apartMs: 25, mostApartMs: 4_000 };
/** Channels and cards whose pace is remembered. */
const mostRemembered = 2_000;

/** What may be sent when. */
export interface Pace {
  /** Posts of a channel. */
  posts(channel: string): Bucket;
  /** Messages for one person, of all channels. */
  whispers: Bucket;
  /** Edits of all cards. */
  edits: Bucket;
  /** How long ago a card was edited, ms. */
  editAge(release: string): number;
  edited(release: string): void;
  /** Until the same card may be edited again, ms. */
  sameCardMs(release: string): number;
  /** How long the message of so many adoptions still waits for more of them, ms. */
  adoptionsWaitMs(channel: string, count: number): number;
  toldAdoptions(channel: string): void;
}

/** Everything may be sent. `mono`: a clock in ms. */
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
