/**
 * The way out: sends what waits in the outbox of a channel. Cards only in their newest state, notices in order and
 * never dropped. One replica at a time, under the channel's due lease. Slack is a view: nothing here is a step.
 * See docs/design.md#slack.
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

/** What the sender is made of. */
export interface SenderParts extends Omit<DeliverParts, 'store' | 'alerts'> {
  client: SlackClient;
  agenda: Agenda;
  store: DeliverParts['store'] & OrderParts['store'];
  alerts: DeliverParts['alerts'] & OrderParts['alerts'];
}

/**
 * A message that Slack was waited for in vain may be there. It is sent again after `slow` ms, one whose answer was lost
 * after `lost`, one that was refused by a word not known here after `unknown`, a card's `edit` sooner: its buttons are
 * over. Each further time four times as late.
 */
const againMs = { slow: 30_000, lost: 5_000, unknown: 60_000, edit: 15_000 };
/** While all that waits is held back, what is new is looked for this often, ms. */
const heldLookMs = 1_000;
/** Of posts that go before the card of a release, so many; then the card: reverts may keep it waiting a little longer. */
const mostBeforeCard = { reverts: 6, others: 2 };
/** While an allowance is used up, what waits is looked at this often, ms: something else may be sent meanwhile. */
const lookAgainMs = 250;
/** Pauses when Slack is away grow to this, ms; a wrong token is tried again as slowly. */
const longestBackoffMs = 15_000;
/** What stands before a default channel that cannot be posted to is tried again after this, ms. */
const shutMs = 15_000;
/** Of the posts of a channel, so many are left to what cannot wait: a revert's result, an approval, the alert of a service that bakes. */
const postsKept = 1;
/** Notices that are looked at: of a channel, of one that is shut, and to find all adoptions of one start. */
const lookAhead = 100;
const lookFurther = 1_000;

/**
 * What one look came to: something was done, or how long to wait. `giveBackMs`: nothing can be done here for so long.
 * `restMs`: nothing more is sent here for so long, by this process, which knows what may have been carried out.
 * `shut`: not even the default channel can be posted to; holds the notices that were tried in vain.
 */
interface Turn {
  done: boolean;
  waitMs: number;
  giveBackMs?: number;
  restMs?: number;
  shut?: readonly Notice[];
}
const idle: Turn = { done: false, waitMs: Infinity };

/** Whose turn it is, where two are equal; and how many posts went before the card of a release that waits. */
interface Turns {
  card: boolean;
  rank: boolean;
  before: number;
}

/** One message: where it goes, what counts it, and its names. */
interface Sent {
  channel: string;
  bucket: Bucket;
  keys: readonly string[];
  notices?: readonly Notice[];
}

/** Makes the sender of `channel:…` due names: it empties one channel, or gives it back until something can be done. */
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

  /** What a delivery means for the loop. A limit holds only its own allowance; an outage holds the channel. */
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
        log.warn(
          { channel, ms },
          'Nobody knows whether Slack took a message; it waits, and is sent again later',
        );
        if (stop.slow) return { done: true, waitMs: 0 };
        failures += 1;
        return { done: false, waitMs: 0, restMs: backoffMs() };
      }
      case 'pause':
        break;
      default:
        return stop satisfies never;
    }
    log.warn({ channel, ms: stop.ms, limited: stop.limited }, 'Slack did not take a message; it waits');
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

  /** Edits by turns what goes first and what was left alone longest, so that no card waits for ever. */
  const edit = async (
    channel: string,
    posted: readonly RankedCard[],
    turns: Turns,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    const age = ({ mark }: RankedCard): number => pace.editAge(mark.release);
    const first = turns.rank ? posted.find(({ mark }) => pace.sameCardMs(mark.release) <= 0) : undefined;
    const card = first ?? posted.toSorted((a, b) => age(b) - age(a))[0];
    if (!card) return idle;
    const { release } = card.mark;
    const waitMs = Math.max(pace.edits.waitMs(), pace.sameCardMs(release));
    if (waitMs > 0) return { done: false, waitMs };
    turns.rank = !turns.rank;
    pace.edited(release);
    return drawn(channel, card.mark, pace.edits, stopping);
  };

  /** Sends the next notices, unless they are adoptions that more may follow. */
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

  /** Tells one person what is for nobody else: neither the pace nor the order of the channel holds it. */
  const respond = async (
    channel: string,
    notice: Notice | undefined,
    stopping: AbortSignal,
  ): Promise<Turn> => {
    if (!notice) return idle;
    const waitMs = pace.whispers.waitMs();
    return waitMs > 0 ? { done: false, waitMs } : send(channel, [notice], pace.whispers, stopping);
  };

  /** Posts what goes first: a card, or the next notices, below whose card they stand. */
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
    /** Set while the channel is shut: the notices tried since, and when all is tried again. Until then only people hear of it. */
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
      // Adoptions of one start come together, and what this process adds wakes it.
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
