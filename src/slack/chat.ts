/**
 * The way out: sends what waits in the outbox of a channel. Cards only in their newest state, notices in order and
 * never dropped. One replica at a time, under the channel's due lease. Slack is a view: nothing here is a step.
 */
import type { Clock } from '../release/clock.ts';
import type { Catalog } from '../release/command.ts';
import { Fault } from '../release/fault.ts';
import type { Log } from '../release/parts.ts';
import type { Sender } from '../release/run.ts';
import type { Agenda, DrawMark, Loaded, Notice, Outbox, ShownMessage, Store } from '../release/store.ts';
import { mostMerged, noticeMessage } from './cards/notice.ts';
import { releaseCard } from './cards/release-card.ts';
import type { SlackClient } from './client.ts';
import { makeBucket } from './pace.ts';
import type { Bucket } from './pace.ts';
import { makePosting } from './posting.ts';
import type { Posted } from './posting.ts';
import type { SlackMessage } from './reply.ts';

/** What the sender is made of. */
export interface SenderParts {
  client: SlackClient;
  store: Store;
  agenda: Agenda;
  outbox: Outbox;
  catalog: Catalog;
  clock: Clock;
  log: Log;
  /** Where notices go when their channel cannot be posted to. */
  defaultChannel: string;
}

/** A call may take 10 s; the due lease outlives it, ms. */
const leaseMs = 25_000;
/** A wait longer than this is spent with the channel given back, ms. */
const shortMs = 3_000;
/** Pauses when Slack is away grow to this, ms; a wrong token is tried again as slowly. */
const longestBackoffMs = 15_000;
/** One card is edited at most this often, ms: what changes faster is drawn in its newest state. */
const sameCardMs = 700;
const lookAhead = 60;
/** Channels whose pace is remembered. */
const mostChannels = 2_000;

type Step = { wait: number; held: boolean };
const goOn: Step = { wait: 0, held: true };

/** Makes the sender of `channel:…` due names. */
export function makeSender(parts: SenderParts): Sender {
  const { agenda, outbox, clock, log } = parts;
  let failures = 0;
  const posting = makePosting(parts.client, () =>
    Math.min(longestBackoffMs, 500 * 2 ** Math.min(failures, 10)),
  );
  const posts = new Map<string, Bucket>();
  const edits = makeBucket(() => clock.mono(), 50 / 60, 20);
  const editedAt = new Map<string, number>();

  const paceOf = (channel: string): Bucket => {
    const known = posts.get(channel);
    if (known) return known;
    if (posts.size >= mostChannels) posts.clear();
    const made = makeBucket(() => clock.mono(), 1, 4);
    posts.set(channel, made);
    return made;
  };

  /** What a failure means for the loop; undefined: the call went through. */
  const after = (posted: Posted, facts: object): Step | undefined => {
    if (posted.end === 'pause') {
      if (!posted.limited) failures += 1;
      log.warn(
        { ...facts, ms: posted.ms, limited: posted.limited },
        'Slack did not take a message; it waits',
      );
      return { wait: posted.ms, held: false };
    }
    failures = 0;
    if (posted.end !== 'denied') return undefined;
    log.error({ ...facts, error: posted.error }, 'Slack denies the bot; messages wait until that is mended');
    return { wait: longestBackoffMs, held: false };
  };

  const load = async (service: string): Promise<Loaded | undefined> => {
    try {
      return await parts.store.load(service);
    } catch (cause) {
      if (cause instanceof Fault && cause.code !== 'storage-unavailable') return undefined;
      throw cause;
    }
  };

  /** Posts content; when Slack refuses it as malformed, its text alone, so that nothing blocks the queue. */
  const surely = async (
    message: SlackMessage,
    send: (message: SlackMessage) => Promise<Posted>,
    facts: object,
  ): Promise<Posted> => {
    const posted = await send(message);
    if (posted.end !== 'refused') return posted;
    log.error({ ...facts, error: posted.error }, 'Slack refused a message; its text is sent alone');
    return send({ text: message.text.slice(0, 3_000), blocks: [] });
  };

  const drawCard = async (channel: string, mark: DrawMark): Promise<Step> => {
    const { service, release: id } = mark;
    const facts = { service, release: id, channel };
    const record = (await load(service))?.record;
    const release = record?.releases.find((each) => each.id === id);
    if (!record || !release) {
      await outbox.drawn(channel, mark);
      return goOn;
    }
    const message = releaseCard(record, release, parts.catalog.stored(record).settings);
    const shown = await outbox.card(service, id);
    const place = { kind: 'card' as const, service, release: id, epoch: record.epoch };
    if (shown) {
      edits.spend();
      // First the store, then Slack: a button that shows an older epoch is stale at once.
      await outbox.saveMessage({ ...place, channel: shown.channel, ts: shown.ts });
      const posted = await surely(message, (each) => posting.update(shown.channel, shown.ts, each), facts);
      const stop = after(posted, facts);
      if (stop) return stop;
      if (posted.end === 'sent' || posted.end === 'refused') {
        await outbox.drawn(channel, mark);
        return goOn;
      }
    }
    const posted = await surely(message, (each) => posting.post(channel, each), facts);
    const stop = after(posted, facts);
    if (stop) return stop;
    if (posted.end === 'sent') await outbox.saveMessage({ ...place, channel: posted.channel, ts: posted.ts });
    else if (posted.end === 'closed' && channel !== parts.defaultChannel) {
      log.error(
        { ...facts, error: posted.error },
        'A channel cannot be posted to; its cards go to the default channel',
      );
      await outbox.redraw(parts.defaultChannel, service, id);
    }
    await outbox.drawn(channel, mark);
    return goOn;
  };

  /** Sends a message where the notice belongs. */
  const place = async (
    channel: string,
    notice: Notice,
    card: ShownMessage | null,
    message: SlackMessage,
  ): Promise<Posted> => {
    if (notice.kind === 'private' && notice.to !== undefined) {
      const whispered = await posting.whisper(channel, notice.to, message);
      return whispered.end === 'closed' ? posting.direct(notice.to, message) : whispered;
    }
    if (!card) return posting.post(channel, message);
    const posted = await posting.post(card.channel, message, {
      ts: card.ts,
      broadcast: notice.kind === 'broadcast',
    });
    return posted.end === 'gone' ? posting.post(card.channel, message) : posted;
  };

  const sendNotices = async (channel: string, notices: Notice[]): Promise<Step> => {
    const first = notices[0];
    if (!first) return goOn;
    const mergeable = first.kind === 'progress' || first.kind === 'adopted';
    const upTo = mergeable
      ? notices.findIndex(
          (each) => each.kind !== first.kind || (first.kind === 'progress' && each.release !== first.release),
        )
      : 1;
    const batch = notices.slice(
      0,
      Math.min(upTo < 0 ? notices.length : upTo, first.kind === 'adopted' ? lookAhead : mostMerged),
    );
    const ids = batch.map((each) => each.id);
    const facts = { service: first.service, release: first.release ?? undefined, channel };
    const card = first.release === null ? null : await outbox.card(first.service, first.release);
    const record = first.buttons === undefined ? null : ((await load(first.service))?.record ?? null);
    const posted = await surely(
      noticeMessage(batch, record),
      (each) => place(channel, first, card, each),
      facts,
    );
    const stop = after(posted, facts);
    if (stop) return stop;
    if (posted.end === 'sent') {
      if (first.buttons !== undefined && first.kind !== 'private') {
        await outbox.saveMessage({
          channel: posted.channel,
          ts: posted.ts,
          kind: 'notice',
          service: first.service,
          release: first.about?.release ?? null,
          epoch: first.about?.epoch ?? 0,
          buttons: first.buttons,
        });
      }
      await outbox.sent(channel, ids);
      return goOn;
    }
    if (posted.end === 'closed' && channel !== parts.defaultChannel && first.kind !== 'private') {
      log.error(
        { ...facts, error: posted.error },
        'A channel cannot be posted to; its notices go to the default channel',
      );
      await outbox.move(channel, ids, parts.defaultChannel);
      return goOn;
    }
    if (posted.end === 'closed' && first.to !== undefined && first.kind !== 'private') {
      const told = await posting.direct(first.to, noticeMessage(batch, null));
      const again = after(told, facts);
      if (again) return again;
      if (told.end === 'sent') {
        await outbox.sent(channel, ids);
        return goOn;
      }
    }
    if (posted.end === 'closed' && first.kind !== 'private') {
      log.error(
        { ...facts, error: posted.error },
        'Neither a channel nor its person can be told; the notice waits',
      );
      return { wait: 60_000, held: false };
    }
    log.error({ ...facts, end: posted.end }, 'A notice could not be told to anybody');
    await outbox.sent(channel, ids);
    return goOn;
  };

  /** Edits cards that are posted and have changed; they do not count as posts. Undefined: nothing to edit. */
  const editCards = async (
    channel: string,
    draws: readonly DrawMark[],
  ): Promise<{ step: Step; unposted: DrawMark[] }> => {
    const unposted: DrawMark[] = [];
    let wait = 0;
    for (const mark of draws) {
      if ((await outbox.card(mark.service, mark.release)) === null) {
        unposted.push(mark);
        continue;
      }
      const settled = (editedAt.get(mark.release) ?? -sameCardMs) + sameCardMs - clock.mono();
      const left = Math.max(edits.waitMs(), settled);
      if (left > 0) {
        wait = wait === 0 ? left : Math.min(wait, left);
        continue;
      }
      if (editedAt.size >= mostChannels) editedAt.clear();
      editedAt.set(mark.release, clock.mono());
      const step = await drawCard(channel, mark);
      if (!step.held) return { step, unposted };
      wait = 20;
    }
    return { step: { wait, held: true }, unposted };
  };

  return async (name, token, stopping) => {
    const channel = name.slice('channel:'.length);
    const pace = paceOf(channel);
    for (;;) {
      if (stopping.aborted) return agenda.done(name, token);
      if (!(await agenda.extend(name, token, leaseMs))) return;
      const { notices, draws } = await outbox.pending(channel, lookAhead);
      if (notices.length === 0 && draws.length === 0) return agenda.done(name, token);
      const { step: edited, unposted } = await editCards(channel, draws);
      if (!edited.held) return agenda.done(name, token, edited.wait);
      const first = notices[0];
      let wait = edited.wait;
      if (first || unposted.length > 0) {
        const mustWait = pace.waitMs();
        if (mustWait === 0) {
          pace.spend();
          const own =
            first && first.kind !== 'private'
              ? unposted.find((mark) => mark.service === first.service && mark.release === first.release)
              : undefined;
          const urgent = notices.some((notice) => notice.kind === 'broadcast' || notice.kind === 'private');
          const card = own ?? (urgent ? undefined : unposted[0]);
          const step = card ? await drawCard(channel, card) : await sendNotices(channel, notices);
          if (!step.held) return agenda.done(name, token, step.wait);
          continue;
        }
        wait = wait === 0 ? mustWait : Math.min(wait, mustWait);
      }
      if (wait > shortMs) return agenda.done(name, token, wait);
      await clock.sleep(wait, stopping);
    }
  };
}
