import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { recordIn } from './cards/record.ts';
import { checkoutRoom, noticeWith, openSender } from './sender-town.ts';
import type { SenderTown } from './sender-town.ts';

let town: SenderTown;

afterEach(() => town.close());

const replies = (channel?: string): string[] => {
  const [card] = town.cards(channel);
  if (!card) throw new Error(town.slack.transcript('#releases'));
  return town
    .room(channel)
    .thread(card.ts)
    .map(({ text }) => text);
};

describe('of a Slack that is slow', () => {
  test('one that answers after 12 s gets one card, and each notice once', { timeout: 120_000 }, async () => {
    town = await openSender();
    town.slack.levers.late('*', 12_000);
    await town.save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
    expect(replies()).toEqual(['one']);
    expect(town.posts()).toBe(2);
  });

  test('one that answers too late is not sent the same card again until much later, and ever later', async () => {
    town = await openSender({ patience: { message: 150, other: 150 } });
    town.slack.levers.late('chat.postMessage', 3_000);
    await town.save(recordIn('staged'));
    const waits = () =>
      town.logged.flatMap(({ text, facts }) =>
        text.includes('Nobody knows whether') ? [(facts as { ms: number }).ms] : [],
      );
    for (const [i, ms] of [30_000, 120_000, 480_000, 1_800_000, 1_800_000].entries()) {
      await until('it was waited for in vain', () => waits().length === i + 1);
      expect(waits()[i]).toBe(ms);
      expect(town.posts()).toBe(i + 1);
      town.passes(ms - 10_000);
      await town.looked();
      expect(town.posts()).toBe(i + 1);
      town.passes(10_000);
    }
  });

  test('a message of unknown fate holds up neither a revert in its channel nor another channel', async () => {
    town = await openSender({ patience: { message: 300, other: 300 } });
    town.slack.levers.late('chat.postMessage', 3_000);
    await town.save(recordIn('baking'), [noticeWith({ text: ['is live'] })]);
    await until('it was waited for in vain', () => town.logs('Nobody knows whether') === 1);
    town.slack.levers.late('chat.postMessage', 0);
    await town.memory.outbox.post([
      noticeWith({ kind: 'broadcast', of: 'revert', text: ['reverted'] }),
      noticeWith({ release: null, text: ['elsewhere'], channel: checkoutRoom }),
    ]);
    await until('the revert is told', () => town.room().find('reverted'));
    await until('the other channel is told', () => town.room('#checkout').find('elsewhere'));
    expect(town.cards()).toHaveLength(1);
    town.passes(30_000);
    await town.empty();
    expect(town.cards()).toHaveLength(2);
  });

  test('an answer that is lost is followed by few copies, and by everything else once', async () => {
    town = await openSender();
    town.slack.levers.down('lost-answer', { method: 'chat.postMessage' });
    await town.save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
    for (const ms of [5_000, 20_000, 80_000]) {
      await until(
        'an answer was lost',
        () => town.logs('Nobody knows whether') === town.posts() && town.posts() > 0,
      );
      const before = town.posts();
      town.passes(ms);
      await until('it is tried again', () => town.posts() > before);
    }
    await until('the last answer was lost', () => town.logs('Nobody knows whether') === town.posts());
    expect(town.cards().length).toBeLessThanOrEqual(4);
    town.slack.levers.up();
    town.passes(320_000);
    await town.empty();
    expect(town.cards().length).toBeLessThanOrEqual(5);
  });
});

describe('of a Slack that answers oddly', () => {
  const odd = [
    ['a page of a proxy', { body: '<html>Sign in</html>' }],
    ['an empty body', { body: '' }],
    ['no JSON object', { body: 'null' }],
    ['a list', { body: '[]' }],
    ['no error', { body: '{"ok":false}' }],
    ['an error that is none', { body: '{"ok":false,"error":{"a":1}}' }],
    ['an error in capitals', { body: '{"ok":false,"error":"Channel not found"}' }],
    ['a redirect', { status: 302, headers: { location: 'https://example.com/' }, body: '' }],
    ['404', { status: 404, body: 'not here' }],
    ['403', { status: 403, body: '<html>blocked</html>' }],
    ['204', { status: 204, body: '' }],
  ] as const;

  beforeEach(async () => {
    town = await openSender();
  });

  test.each(odd)('%s leaves a card and its notices in their channel', async (_, answer) => {
    town.slack.levers.says(answer, { times: 3 });
    await town.save(recordIn('staged'), [noticeWith({ channel: checkoutRoom, text: ['one'] })], checkoutRoom);
    await until('Slack was tried', () => town.logs('did not take') > 0);
    await town.empty();
    expect(town.cards('#checkout')).toHaveLength(1);
    expect(replies('#checkout')).toEqual(['one']);
    expect(town.room().messages()).toEqual([]);
  });

  test('an edit that is answered so stays one card, and is made later', async () => {
    await town.save(recordIn('staged'), [], checkoutRoom);
    await town.empty();
    town.slack.levers.says({ body: '<html>' }, { times: 2 });
    await town.save(recordIn('promoting'), [], checkoutRoom);
    await town.empty();
    expect(town.cards('#checkout').map(({ text }) => text)).toEqual(['promoting: checkout #17 v1.42.0']);
    expect(town.room().messages()).toEqual([]);
  });

  test('"ok" that names no message is not taken for one that can be edited', async () => {
    town.slack.levers.says({ body: '{"ok":true}' }, { times: 1 });
    await town.save(recordIn('staged'));
    await until('it was tried', () => town.logs('Nobody knows whether') === 1);
    expect(await town.memory.outbox.card('checkout', 'r-17')).toBeNull();
    town.passes(5_000);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
  });

  test('a word not known here leaves the card in its channel, and lets others pass', async () => {
    town.slack.levers.says({ body: '{"ok":false,"error":"channel_is_having_lunch"}' }, { times: 2 });
    await town.save(recordIn('staged'), [], checkoutRoom);
    await until('it was refused', () => town.logs('unknown error') === 1);
    await town.memory.outbox.post([
      noticeWith({ release: null, service: 'search', text: ['other'], channel: checkoutRoom }),
    ]);
    await until('another message passes', () => town.room('#checkout').find('other'));
    expect(town.cards('#checkout')).toHaveLength(0);
    town.passes(60_000);
    await town.empty();
    expect(town.cards('#checkout')).toHaveLength(1);
    expect(town.room().messages()).toEqual([]);
  });

  test('a channel that answers nothing but such a word for ten minutes gives way to the default channel', async () => {
    town.slack.levers.says({ body: '{"ok":false,"error":"channel_is_having_lunch"}' }, { times: 4 });
    await town.save(recordIn('staged'), [], checkoutRoom);
    await until('it was refused', () => town.logs('unknown error') === 1);
    town.passes(600_000);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
  });

  test.each([
    ['86400000', 300_000],
    ['1e300', 5_000],
    ['-3600', 1_000],
    ['0', 1_000],
    ['soon', 5_000],
    ['Fri, 31 Dec 2100 00:00:00 GMT', 300_000],
    ['Fri, 31 Dec 1999 00:00:00 GMT', 1_000],
    ['9'.repeat(400), 300_000],
  ])('Retry-After: %s is a pause of %s ms', async (header, ms) => {
    town.slack.levers.says(
      { status: 429, headers: { 'retry-after': header }, body: '{"ok":false,"error":"ratelimited"}' },
      { method: 'chat.postMessage', times: 1 },
    );
    await town.save(recordIn('staged'));
    await until('it waits', () => town.logs('did not take') === 1);
    expect(town.logged[0]?.facts).toMatchObject({ ms, limited: true });
    town.passes(ms);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
  });
});
