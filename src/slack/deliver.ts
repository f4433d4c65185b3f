/** Delivers one message at a time from an outbox: draws a card or sends notices, and stores the outcome. */
import { noticeCards } from '../release/action-items.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { DrawMark, Notice, Outbox, ShownMessage } from '../release/store.ts';
import { noticeMessage } from './cards/notice.ts';
import { remember } from './channel-lease.ts';
import { makeRenderer, sameAbout } from './render.ts';
import type { RendererParts, Rendered } from './render.ts';
import type { Posting } from './posting.ts';
import type { PostOutcome } from './post-outcome.ts';
import type { SlackMessage } from './reply.ts';
import { makeSendChart } from './send-charts.ts';

/** What delivery needs. */
export interface DeliverParts extends RendererParts {
  outbox: Outbox;
  clock: Clock;
  log: Log;
  /** Where cards and notices go when their channel cannot be posted to. */
  defaultChannel: string;
}

type Stop = Exclude<PostOutcome, { end: 'sent' } | { end: 'gone' } | { end: 'refused' }>;

/** The result of a delivery. `stop`: the call did not go through now; nothing has changed. */
export type Delivered = { done: true } | { done: false; stop: Stop };

const delivered: Delivered = { done: true };

/** Most rings whose content is remembered. */
const mostRemembered = 2_000;

/**
 * A message that stood in Slack for this long before it was stored, in ms, is redrawn: a press on it found no stored
 * message, and may have replaced it (see `orphan.ts`). Shorter than a press waits in `find-message.ts`.
 */
const lateMs = 1_500;

/** Most notices that leave a closed channel together. */
const mostMoved = 1_000;

/** Draws cards and sends notices. The signal ends attempts to store what was sent. */
export interface Deliver {
  card(channel: string, mark: DrawMark, stopping: AbortSignal): Promise<Delivered>;
  notices(channel: string, batch: readonly Notice[], stopping: AbortSignal): Promise<Delivered>;
}

function halted(posted: PostOutcome): Delivered | undefined {
  switch (posted.end) {
    case 'pause':
    case 'unsure':
    case 'unknown':
    case 'denied':
      return { done: false, stop: posted };
    default:
      return undefined;
  }
}

/** True for an answer that the log has already. */
const isKnown = (posted: PostOutcome): boolean => posted.end === 'closed' && posted.remembered === true;

/** Makes both operations of `Deliver`. */
export function makeDeliver(parts: DeliverParts, posting: Posting): Deliver {
  const { outbox, clock, log, defaultChannel } = parts;

  const drawing = makeRenderer(parts);
  const sendChart = makeSendChart(() => clock.mono(), log);

  /**
   * True for a card in another channel. The sender of that channel edits it, so that two processes never send to one
   * channel. The default channel keeps its cards: it is the last resort.
   */
  const isElsewhere = (card: ShownMessage, channel: string): boolean =>
    card.channel !== channel && channel !== defaultChannel;

  const ringsShow = new Map<string, string>();
  /** Marks the rings of a group to be redrawn too. Runs before the mark of its card is removed. */
  const redrawRings = async (channel: string, rings: Rendered['rings'] & {}): Promise<void> => {
    for (const { id, shows } of rings) {
      if (ringsShow.get(id) === shows) continue;
      await outbox.redraw(channel, noticeCards, id);
      if (ringsShow.size >= mostRemembered) ringsShow.clear();
      ringsShow.set(id, shows);
    }
  };

  /** Moves everything that waits for a closed channel. The cards go first: notices need their marks. */
  const moveAll = async (channel: string): Promise<void> => {
    const waiting = (await outbox.pending(channel, mostMoved)).notices.filter(
      (each) => each.kind !== 'private',
    );
    const cards = new Map(waiting.map((each) => [`${each.service} ${each.release}`, each]));
    for (const { service, release } of cards.values())
      if (release !== null) await outbox.redraw(defaultChannel, service, release);
    await outbox.move(
      channel,
      waiting.map((each) => each.id),
      defaultChannel,
    );
  };

  /**
   * Sends content. When Slack refuses it, or says no by an unknown word (`unknown`), sends the text alone, so that
   * nothing blocks the queue.
   */
  const surely = async (
    message: SlackMessage,
    send: (message: SlackMessage) => Promise<PostOutcome>,
    facts: object,
    { unknown = true } = {},
  ): Promise<PostOutcome> => {
    const posted = await sendChart(message, send);
    if (posted.end !== 'refused' && !(unknown && posted.end === 'unknown')) return posted;
    log.error({ ...facts, error: posted.error }, 'Slack refused a message; its text is sent alone');
    return send({ text: message.text.slice(0, 3_000), blocks: [] });
  };

  /** Cards whose edit Slack refused by an unknown word. The next attempt may use their text alone. */
  const oddEdits = new Set<string>();
  const edited = async (
    { channel, ts }: ShownMessage,
    message: SlackMessage,
    facts: object,
  ): Promise<PostOutcome> => {
    const key = `${channel} ${ts}`;
    // A single odd answer must not cost a card its buttons.
    const posted = await surely(message, (each) => posting.update(channel, ts, each), facts, {
      unknown: oddEdits.has(key),
    });
    if (oddEdits.size >= mostMoved) oddEdits.clear();
    if (posted.end === 'unknown') oddEdits.add(key);
    else oddEdits.delete(key);
    return posted;
  };

  /** Where the notice belongs: in private, in its release's thread, or at the top of the channel. */
  const place = async (
    channel: string,
    notice: Notice,
    card: ShownMessage | null,
    message: SlackMessage,
  ): Promise<PostOutcome & { seenByOne?: true }> => {
    if (notice.kind === 'private' && notice.to !== undefined) {
      const whispered = await posting.respond(channel, notice.to, message, notice.thread);
      // Where a private notice cannot be shown (a thread that is gone, a channel without the bot), the person gets a
      // direct message.
      return whispered.end === 'closed' || whispered.end === 'gone'
        ? posting.direct(notice.to, message)
        : { ...whispered, seenByOne: true };
    }
    if (!card) return posting.post(channel, message);
    const posted = await posting.post(card.channel, message, {
      ts: card.ts,
      broadcast: notice.kind === 'broadcast',
    });
    if (posted.end === 'gone') await outbox.redraw(card.channel, card.service, card.release ?? '');
    return posted.end === 'gone' || (posted.end === 'closed' && card.channel !== channel)
      ? posting.post(channel, message)
      : posted;
  };

  return {
    async card(channel, mark, stopping) {
      const { service, release: id } = mark;
      const facts = { service, release: id, channel };
      const drawn = await drawing.card(mark);
      if (drawn === null) {
        await outbox.drawn(channel, mark);
        return delivered;
      }
      const shown = await outbox.card(service, id);
      if (shown && isElsewhere(shown, channel)) {
        await outbox.redraw(shown.channel, service, id);
        await outbox.drawn(channel, mark);
        return delivered;
      }
      const { message, about, rings = [] } = drawn;
      if (shown) {
        // The store changes first, then Slack: a button of an older epoch is stale at once.
        if (!sameAbout(shown, about))
          await outbox.saveMessage({ ...about, channel: shown.channel, ts: shown.ts });
        const posted = await edited(shown, message, facts);
        const stop = halted(posted);
        if (stop) return stop;
        if (posted.end === 'sent') await redrawRings(shown.channel, rings);
        // A notice that is gone no longer asks for anything.
        if (posted.end === 'sent' || posted.end === 'refused' || service === noticeCards) {
          await outbox.drawn(channel, mark);
          return delivered;
        }
      }
      const since = clock.mono();
      const posted = await surely(message, (each) => posting.post(channel, each), facts);
      const stop = halted(posted);
      if (stop) return stop;
      if (posted.end === 'sent') {
        const { ts } = posted;
        await remember(clock, stopping, () => outbox.saveMessage({ ...about, channel: posted.channel, ts }));
        if (clock.mono() - since >= lateMs) return delivered;
      } else {
        const error = 'error' in posted ? posted.error : '';
        if (!isKnown(posted)) log.error({ ...facts, error }, 'A card cannot be posted here');
        // The mark stays: the card is posted when the default channel accepts posts again.
        if (posted.end === 'closed' && channel === defaultChannel) return { done: false, stop: posted };
        if (channel !== defaultChannel) await outbox.redraw(defaultChannel, service, id);
      }
      await outbox.drawn(channel, mark);
      return delivered;
    },

    async notices(channel, batch, stopping) {
      const first = batch[0];
      if (!first) return delivered;
      const ids = batch.map((each) => each.id);
      const facts = { service: first.service, release: first.release ?? undefined, channel };
      const sent = (): Promise<void> => remember(clock, stopping, () => outbox.sent(channel, ids));
      const card = first.release === null ? null : await outbox.card(first.service, first.release);
      if (first.kind === 'private' && first.to === undefined) {
        log.error(facts, 'A private notice has no recipient');
        await sent();
        return delivered;
      }
      if (card && isElsewhere(card, channel) && first.kind !== 'private') {
        await outbox.move(channel, ids, card.channel);
        return delivered;
      }
      const { message, about, quiet } = await drawing.notices([first, ...batch.slice(1)]);
      const since = clock.mono();
      const posted = await surely(
        message,
        (each) => place(channel, quiet ? { ...first, kind: 'event' } : first, card, each),
        facts,
      );
      const stop = halted(posted);
      if (stop) return stop;
      if (posted.end === 'sent') {
        const { ts } = posted;
        const seenByOne = 'seenByOne' in posted;
        if (about !== undefined && !seenByOne) {
          const late = (): boolean => clock.mono() - since >= lateMs;
          await remember(clock, stopping, async () => {
            await outbox.saveMessage({ ...about, channel: posted.channel, ts });
            if (late()) await outbox.redraw(posted.channel, noticeCards, first.id);
          });
        }
        await sent();
        return delivered;
      }
      const error = 'error' in posted ? posted.error : '';
      if (posted.end === 'closed' && first.kind !== 'private') {
        if (channel !== defaultChannel) {
          if (!isKnown(posted))
            log.error(
              { ...facts, error },
              'A channel cannot be posted to; its notices go to the default channel',
            );
          await moveAll(channel);
          return delivered;
        }
        if (first.to !== undefined) {
          const told = await surely(
            noticeMessage(batch, null),
            (each) => posting.direct(first.to ?? '', each),
            facts,
          );
          const again = halted(told);
          if (again) return again;
          if (told.end === 'sent') {
            await sent();
            return delivered;
          }
        }
        log.error({ ...facts, error }, 'Neither a channel nor its person can be reached; the notice waits');
        return { done: false, stop: { end: 'closed', error } };
      }
      log.error({ ...facts, error }, 'A notice could not be sent to anybody');
      await sent();
      return delivered;
    },
  };
}
