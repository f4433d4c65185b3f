/**
 * The way out: sends what waits in the outbox of a channel. Cards only in their newest state, notices in order and
 * never dropped. One replica at a time, under the channel's due lease. Slack is a view: nothing here is a step.
 */
import type { Sender } from '../release/run.ts';
import type { Agenda, DrawMark, Notice } from '../release/store.ts';
import { makeDeliver } from './deliver.ts';
import type { Delivered, DeliverParts } from './deliver.ts';
import type { SlackClient } from './client.ts';
import { holdChannel } from './channel-lease.ts';
import { orderCards } from './card-order.ts';
import { isUrgent, nextNotices } from './next-notices.ts';
import { makeBucket } from '../net/bucket.ts';
import type { Bucket } from '../net/bucket.ts';
import { makePosting } from './posting.ts';

/** What the sender is made of. */
export interface SenderParts extends DeliverParts {
  client: SlackClient;
  agenda: Agenda;
}

/** While an allowance is used up, what waits is looked at this often, ms: something else may be sent meanwhile. */
const lookAgainMs = 1_000;
/** Pauses when Slack is away grow to this, ms; a wrong token is tried again as slowly. */
const longestBackoffMs = 15_000;
/** What stands before a default channel that cannot be posted to is tried again after this, ms. */
const shutMs = 15_000;
/** Slack's limits: about one post a second a channel, 50 edits a minute in a workspace (chat.update is Tier 3). */
const postsPerSecond = 1;
const postsAtOnce = 3;
const editsPerSecond = 50 / 60;
const editsAtOnce = 20;
/** One card is edited at most this often, ms: steps that end sooner are drawn together. */
const sameCardMs = 700;
/** Adoptions of one start are one message: it waits until no more have come for `quietMs`, but not above `longestMs`. */
const adoptions = { quietMs: 1_000, longestMs: 8_000, lookAhead: 1_000 };
const lookAhead = 60;
/** Channels and cards whose pace is remembered. */
const mostRemembered = 2_000;

/**
 * What one look came to: something was done, or how long to wait. `giveBackMs`: nothing can be done here for so long.
 * `shut`: not even the default channel can be posted to; holds the notices that were tried in vain.
 */
interface Turn {
  done: boolean;
  waitMs: number;
  giveBackMs?: number;
  shut?: readonly Notice[];
}
const idle: Turn = { done: false, waitMs: Infinity };

/** Makes the sender of `channel:…` due names: it empties one channel, or gives it back until something can be done. */
export function makeSender(parts: SenderParts): Sender {
  const { outbox, clock, log } = parts;
  const mono = (): number => clock.mono();
  let failures = 0;
  const backoffMs = (): number => Math.min(longestBackoffMs, 500 * 2 ** Math.min(failures, 10));
  const deliver = makeDeliver(parts, makePosting(parts.client, backoffMs));
  const posts = new Map<string, Bucket>();
  const edits = makeBucket(mono, editsPerSecond, editsAtOnce);
  const editedAt = new Map<string, number>();
  const adopting = new Map<string, { count: number; firstAt: number; lastAt: number }>();

  const paceOf = (channel: string): Bucket => {
    const known = posts.get(channel);
    if (known) return known;
    if (posts.size >= mostRemembered) posts.clear();
    const made = makeBucket(mono, postsPerSecond, postsAtOnce);
    posts.set(channel, made);
    return made;
  };

  /** What a delivery means for the loop. A limit holds only its own allowance; an outage holds the channel. */
  const turnOf = (
    result: Delivered,
    channel: string,
    bucket: Bucket,
    notices: readonly Notice[] = [],
  ): Turn => {
    if (result.done) {
      failures = 0;
      return { done: true, waitMs: 0 };
    }
    const { stop } = result;
    if (stop.end === 'closed') return { done: true, waitMs: 0, shut: notices };
    if (stop.end === 'denied') {
      log.error({ channel, error: stop.error }, 'Slack denies the bot; messages wait until that is mended');
      return { done: false, waitMs: longestBackoffMs, giveBackMs: longestBackoffMs };
    }
    log.warn({ channel, ms: stop.ms, limited: stop.limited }, 'Slack did not take a message; it waits');
    if (stop.limited) {
      bucket.hold(stop.ms);
      return { done: false, waitMs: stop.ms };
    }
    failures += 1;
    return { done: false, waitMs: stop.ms, giveBackMs: stop.ms };
  };

  /** Edits the card that was left alone longest. */
  const edit = async (channel: string, posted: readonly DrawMark[], stopping: AbortSignal): Promise<Turn> => {
    const age = (mark: DrawMark): number => mono() - (editedAt.get(mark.release) ?? -Infinity);
    const mark = posted.toSorted((a, b) => age(b) - age(a))[0];
    if (!mark) return idle;
    const waitMs = Math.max(edits.waitMs(), sameCardMs - age(mark));
    if (waitMs > 0) return { done: false, waitMs };
    if (editedAt.size >= mostRemembered) editedAt.clear();
    editedAt.set(mark.release, mono());
    edits.spend();
    return turnOf(await deliver.card(channel, mark, stopping), channel, edits);
  };

  /** How long the message of adoptions still waits for more of them, ms. */
  const adoptionsWaitMs = (channel: string, count: number): number => {
    const known = adopting.get(channel) ?? { count: 0, firstAt: mono(), lastAt: mono() };
    if (known.count !== count) adopting.set(channel, { ...known, count, lastAt: mono() });
    const { firstAt, lastAt } = adopting.get(channel) ?? known;
    return Math.min(lastAt + adoptions.quietMs, firstAt + adoptions.longestMs) - mono();
  };

  /** Sends the next notices, unless they are adoptions that more may follow. */
  const send = async (channel: string, batch: Notice[], stopping: AbortSignal): Promise<Turn> => {
    const bucket = paceOf(channel);
    let notices = batch;
    if (batch[0]?.kind === 'adopted') {
      const all = await outbox.pending(channel, adoptions.lookAhead);
      notices = all.notices.filter((notice) => notice.kind === 'adopted');
      const waitMs = adoptionsWaitMs(channel, notices.length);
      if (waitMs > 0) return { done: false, waitMs: Math.min(waitMs, 250) };
      adopting.delete(channel);
    }
    bucket.spend();
    return turnOf(await deliver.notices(channel, notices, stopping), channel, bucket, notices);
  };

  const post = async (
    channel: string,
    notices: readonly Notice[],
    unposted: readonly DrawMark[],
    own: DrawMark | undefined,
    pressing: boolean,
    cardNext: boolean,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    const batch = nextNotices(notices);
    if (batch.length === 0 && unposted.length === 0) return idle;
    const bucket = paceOf(channel);
    const waitMs = bucket.waitMs();
    if (waitMs > 0) return { done: false, waitMs };
    const card =
      (pressing ? unposted[0] : own) ??
      (batch.length === 0 || (cardNext && !notices.some(isUrgent)) ? unposted[0] : undefined);
    if (!card) return send(channel, batch, stopping);
    bucket.spend();
    return turnOf(await deliver.card(channel, card, stopping), channel, bucket);
  };

  /** Splits draw marks: cards that are posted already, those that are not, and the one that the next notice stands below. */
  const sorted = async (channel: string, draws: readonly DrawMark[], next: Notice | undefined) => {
    const posted: DrawMark[] = [];
    const unposted: DrawMark[] = [];
    let own: DrawMark | undefined;
    for (const mark of draws) {
      const shown = await outbox.card(mark.service, mark.release);
      (shown ? posted : unposted).push(mark);
      const isOwn =
        next?.kind !== 'private' && mark.service === next?.service && mark.release === next.release;
      if (isOwn && shown?.channel !== channel) own = mark;
    }
    const { cards, pressing } = await orderCards(unposted, parts);
    return { posted, unposted: cards, own, pressing };
  };

  const emptied = async (
    channel: string,
    over: AbortSignal,
    stopping: AbortSignal,
  ): Promise<number | undefined> => {
    /** Set once the channel is shut: the notices tried since. Until it is given back only people are told, directly. */
    let tried: Set<string> | undefined;
    let cardNext = true;
    while (!over.aborted) {
      const waiting = await outbox.pending(channel, tried ? adoptions.lookAhead : lookAhead);
      const notices = waiting.notices.filter(
        (each) => !tried || (each.to !== undefined && !tried.has(each.id)),
      );
      const draws = tried ? [] : waiting.draws;
      if (notices.length === 0 && draws.length === 0) return tried ? shutMs : undefined;
      const { posted, unposted, own, pressing } = await sorted(channel, draws, nextNotices(notices)[0]);
      const turns = [
        () => edit(channel, posted, stopping),
        () => post(channel, notices, unposted, own, pressing, cardNext, stopping),
      ];
      if (pressing || notices.some(isUrgent)) turns.reverse();
      let done = false;
      let waitMs = Infinity;
      for (const take of turns) {
        if (over.aborted) return undefined;
        const turn = await take();
        if (turn.giveBackMs !== undefined) return turn.giveBackMs;
        done ||= turn.done;
        waitMs = Math.min(waitMs, turn.waitMs);
        if (!turn.shut) continue;
        tried ??= new Set();
        for (const each of turn.shut) tried.add(each.id);
        break;
      }
      // In turns by what was sent: by looks alone, one of the two would meet the allowance used up each time.
      if (done) cardNext = !cardNext;
      else await clock.sleep(Math.min(waitMs, lookAgainMs), over);
    }
    return undefined;
  };

  return (name, token, stopping) =>
    holdChannel(parts, name, token, stopping, (over) =>
      emptied(name.slice('channel:'.length), over, stopping),
    );
}
