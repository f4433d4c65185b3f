/**
 * Sends what waits in the outbox of a channel: cards in their newest state only, notices in order and never dropped.
 * One replica at a time sends, under the channel's due lease. Slack is a view: nothing here is a step. See
 * docs/design.md#slack.
 */
import type { Sender } from '../release/run.ts';
import type { Agenda, Notice } from '../release/store.ts';
import { makeDeliver } from './deliver.ts';
import type { Delivered, DeliverParts } from './deliver.ts';
import type { SlackClient } from './client.ts';
import { holdChannel } from './channel-lease.ts';
import { cardKey, makeHeldBack } from './held-back.ts';
import type { OrderParts, RankedCard } from './card-order.ts';
import { ranks } from './send-ranks.ts';
import { unlessEnding } from './unless-ending.ts';
import type { Bucket } from '../net/bucket.ts';
import { makePauses } from './pauses.ts';
import { makePace } from './pace.ts';
import { makePosting } from './posting.ts';
import { makeSendQueue } from './send-queue.ts';
import type { SendQueue } from './send-queue.ts';

/** What the sender needs. */
export interface SenderParts extends Omit<DeliverParts, 'store' | 'alerts'> {
  client: SlackClient;
  agenda: Agenda;
  store: DeliverParts['store'] & OrderParts['store'];
  alerts: DeliverParts['alerts'] & OrderParts['alerts'];
}

/**
 * Waits before an uncertain message is sent again, in ms: after a timeout (`slow`), a lost answer (`lost`), an unknown
 * error word (`unknown`), and for the `edit` of a card, sooner because its buttons are stale. Each further wait is four
 * times as long.
 */
const againMs = { slow: 30_000, lost: 5_000, unknown: 60_000, edit: 15_000 };
/** How often new messages are looked for while everything that waits is held back, in ms. */
const heldLookMs = 1_000;
/** Most posts before the card of a release; then the card goes. Reverts may delay it a little longer. */
const mostBeforeCard = { reverts: 6, others: 2 };
/** How often the queue is checked while a rate limit is used up, in ms: another kind of message may be possible. */
const lookAgainMs = 250;
/** Longest pause while Slack is unavailable, in ms; also for a wrong token. */
const longestBackoffMs = 15_000;
/** How long to wait before the messages of a closed default channel are tried again, in ms. */
const shutMs = 15_000;
/** Posts of a channel kept for urgent messages: a revert's result, an approval, an alert of a service that bakes. */
const postsKept = 1;
/** Edits of the workspace kept for alerts, and for cards with a request or of an outdated color. */
const editsKept = 5;
/** Most notices looked at: of a channel, of a closed one, and to find all adoptions of one start. */
const lookAhead = 100;
const lookFurther = 1_000;

/**
 * The result of one look: something was done, or how long to wait. `giveBackMs`: nothing can be done for so long.
 * `restMs`: this process, which knows what may have been carried out, sends nothing more for so long. `shut`: even the
 * default channel is closed; holds the notices that were tried.
 */
interface Turn {
  done: boolean;
  waitMs: number;
  giveBackMs?: number;
  restMs?: number;
  shut?: readonly Notice[];
}
const idle: Turn = { done: false, waitMs: Infinity };

/** Which of two equal ones goes next, and how many posts went before a waiting card of a release. */
interface Turns {
  card: boolean;
  rank: boolean;
  before: number;
}

/** One message: its channel, its rate limit, and its keys. */
interface Sent {
  channel: string;
  bucket: Bucket;
  keys: readonly string[];
  notices?: readonly Notice[];
}

/** Makes the sender of `channel:…` due names: it empties one channel, or gives it back until something can be sent. */
export function makeSender(parts: SenderParts): Sender {
  const { outbox, clock, log } = parts;
  const mono = (): number => clock.mono();
  let failures = 0;
  const backoffMs = (): number => Math.min(longestBackoffMs, 500 * 2 ** Math.min(failures, 10));
  const deliver = makeDeliver(
    parts,
    makePosting(parts.client, { backoffMs, mono, defaultChannel: parts.defaultChannel }),
  );
  const held = makeHeldBack(mono);
  const sorted = makeSendQueue(parts);
  const pace = makePace(mono);
  const naps = makePauses(clock);

  /** What a delivery means for the loop. A limit affects its own bucket only; an outage affects the channel. */
  const turnOf = (result: Delivered, { channel, bucket, keys, notices = [] }: Sent): Turn => {
    if (result.done) {
      failures = 0;
      held.took(channel, keys);
      return { done: true, waitMs: 0 };
    }
    const { stop } = result;
    switch (stop.end) {
      case 'closed':
        return { done: true, waitMs: 0, shut: notices };
      case 'denied':
        log.error(
          { channel, error: stop.error },
          'Slack refuses the token or a scope of the bot; messages wait until that is fixed',
        );
        return { done: false, waitMs: longestBackoffMs, giveBackMs: longestBackoffMs };
      case 'unknown': {
        const ms = held.hold(channel, keys, stop.edit ? againMs.edit : againMs.unknown);
        log.error(
          { channel, ms, error: stop.error },
          'Slack refused a message with an unknown error; it waits',
        );
        return { done: true, waitMs: 0 };
      }
      case 'unsure': {
        const ms = held.hold(channel, keys, stop.slow ? againMs.slow : againMs.lost);
        log.warn({ channel, ms }, 'It is not known whether Slack accepted a message; it is sent again later');
        if (stop.slow) return { done: true, waitMs: 0 };
        failures += 1;
        return { done: false, waitMs: 0, restMs: backoffMs() };
      }
      case 'pause':
        break;
      default:
        return stop satisfies never;
    }
    log.warn({ channel, ms: stop.ms, limited: stop.limited }, 'Slack did not accept a message; it waits');
    if (stop.limited) {
      bucket.hold(stop.ms);
      return { done: false, waitMs: stop.ms };
    }
    failures += 1;
    return { done: false, waitMs: stop.ms, giveBackMs: stop.ms };
  };

  const drawn = async (
    channel: string,
    mark: RankedCard['mark'],
    bucket: Bucket,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    bucket.spend();
    const result = await deliver.card(channel, mark, stopping);
    return turnOf(result, { channel, bucket, keys: [cardKey(mark)] });
  };

  /** Edits the most urgent card, and the one that waited longest, by turns: of those that may be edited now. */
  const edit = async (
    channel: string,
    posted: readonly RankedCard[],
    turns: Turns,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    const age = ({ mark }: RankedCard): number => pace.editAge(mark.release);
    const waitOf = ({ mark, rank }: RankedCard): number =>
      Math.max(pace.edits.waitMs(rank <= ranks.alert ? 0 : editsKept), pace.sameCardMs(mark.release));
    const may = posted.filter((card) => waitOf(card) <= 0);
    const card = turns.rank ? may[0] : may.toSorted((a, b) => age(b) - age(a))[0];
    // Of none it is `Infinity`, as when idle.
    if (!card) return { done: false, waitMs: Math.min(...posted.map(waitOf)) };
    turns.rank = !turns.rank;
    pace.edited(card.mark.release);
    return drawn(channel, card.mark, pace.edits, stopping);
  };

  /** Sends the next notices, except adoptions that more may follow. */
  const send = async (
    channel: string,
    batch: Notice[],
    bucket: Bucket,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    let notices = batch;
    if (batch[0]?.kind === 'adopted') {
      const all = await outbox.pending(channel, lookFurther);
      notices = all.notices.filter((notice) => notice.kind === 'adopted');
      const waitMs = pace.adoptionsWaitMs(channel, notices.length);
      if (waitMs > 0) return { done: false, waitMs };
      pace.toldAdoptions(channel);
    }
    bucket.spend();
    const result = await deliver.notices(channel, notices, stopping);
    return turnOf(result, { channel, bucket, keys: notices.map(({ id }) => id), notices });
  };

  /** Sends a private message, outside the pace and the order of the channel. */
  const respond = async (
    channel: string,
    notice: Notice | undefined,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    if (!notice) return idle;
    const waitMs = pace.whispers.waitMs();
    return waitMs > 0 ? { done: false, waitMs } : send(channel, [notice], pace.whispers, stopping);
  };

  /** Posts what goes first: a card, or the next notices with the card whose thread they need. */
  const post = async (
    channel: string,
    { next, card, own, release }: SendQueue,
    turns: Turns,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    if (!next && !card) return idle;
    const bucket = pace.posts(channel);
    const rank = Math.min(next?.rank ?? Infinity, card?.rank ?? Infinity);
    // In a channel that is full for long, something is always more urgent.
    const most = rank <= ranks.revert ? mostBeforeCard.reverts : mostBeforeCard.others;
    const overdue = release !== undefined && turns.before >= most ? release : undefined;
    const waitMs = bucket.waitMs(rank <= ranks.baking || overdue !== undefined ? 0 : postsKept);
    if (waitMs > 0) return { done: false, waitMs };
    const equal = next !== undefined && card?.rank === next.rank;
    const cardFirst = equal ? turns.card : next === undefined || (card?.rank ?? Infinity) < next.rank;
    if (equal) turns.card = !turns.card;
    const mark = overdue?.mark ?? (cardFirst ? card?.mark : own);
    turns.before = release === undefined || mark === release.mark ? 0 : turns.before + 1;
    if (!mark) return next ? send(channel, next.batch, bucket, stopping) : idle;
    return drawn(channel, mark, bucket, stopping);
  };

  const emptied = async (
    channel: string,
    over: AbortSignal,
    stopping: AbortSignal,
  ): Promise<number | undefined> => {
    /** Set while the channel is closed: the notices tried since, and when to try all again. Direct messages go on. */
    let shut: { tried: Set<string>; until: number } | undefined;
    const taking: Turns = { card: true, rank: true, before: 0 };
    while (!over.aborted) {
      if (shut !== undefined && mono() >= shut.until) shut = undefined;
      const waiting = await outbox.pending(channel, shut ? lookFurther : lookAhead);
      const free = held.free(channel, waiting);
      const may = (each: Notice): boolean => !shut || (each.to !== undefined && !shut.tried.has(each.id));
      const notices = free.notices.filter(may);
      const draws = shut ? [] : free.draws;
      if (notices.length === 0 && draws.length === 0) {
        if (waiting.notices.length === 0 && waiting.draws.length === 0) return undefined;
        const ms = shut ? Math.min(shut.until - mono(), lookAgainMs) : held.waitMs(channel);
        await naps.nap(channel, Math.min(ms, heldLookMs), over);
        continue;
      }
      const isPrivate = ({ kind, to }: Notice): boolean => kind === 'private' && to !== undefined;
      const found = await sorted(
        channel,
        notices.filter((each) => !isPrivate(each)),
        draws,
      );
      const turns = [
        () => edit(channel, found.posted, taking, stopping),
        () => post(channel, found, taking, stopping),
      ];
      if (Math.min(found.next?.rank ?? Infinity, found.card?.rank ?? Infinity) <= ranks.alert)
        turns.reverse();
      turns.unshift(() => respond(channel, notices.find(isPrivate), stopping));
      let done = false;
      let waitMs = Infinity;
      for (const take of turns) {
        if (over.aborted) return undefined;
        const turn = await take();
        if (turn.giveBackMs !== undefined) return turn.giveBackMs;
        done ||= turn.done;
        if (turn.restMs !== undefined) {
          await clock.sleep(turn.restMs, over);
          done = true;
          break;
        }
        waitMs = Math.min(waitMs, turn.waitMs);
        if (!turn.shut) continue;
        shut ??= { tried: new Set(), until: mono() + shutMs };
        for (const each of turn.shut) shut.tried.add(each.id);
        break;
      }
      // Adoptions of one start come together; those that this process adds wake the sender.
      const onlyAdopted = draws.length === 0 && notices.every(({ kind }) => kind === 'adopted');
      if (!done) await naps.nap(channel, Math.min(waitMs, onlyAdopted ? heldLookMs : lookAgainMs), over);
    }
    return undefined;
  };

  const sender: Sender = (name, token, stopping) => {
    const work = holdChannel(parts, name, token, stopping, (over) =>
      emptied(name.slice('channel:'.length), over, stopping),
    );
    return unlessEnding(clock, work, stopping);
  };
  return Object.assign(sender, { look: (channel?: string) => naps.wake(channel) });
}
