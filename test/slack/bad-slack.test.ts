import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { recordIn } from './cards/record.ts';
import { checkoutRoom, noticeWith, openSender } from './sender-town.ts';
import type { SenderTown } from './sender-town.ts';

let town: SenderTown;

afterEach(() => town.close());

describe('a channel that cannot be posted to', () => {
  const attic = 'C0ATTIC';
  const told = (text: string) => noticeWith({ release: null, service: text, text: [text], channel: attic });
  const asked = (): number =>
    town.slack.calls('chat.postMessage').filter(({ args }) => args['channel'] === attic).length;
  const tell = async (text: string): Promise<void> => {
    await town.memory.outbox.post([told(text)]);
    await until(`${text} is told`, () => town.room().find(text));
  };

  test('it is asked and logged once in two minutes, and again when it may have been opened', async () => {
    town = await openSender();
    await tell('one');
    await tell('two');
    await tell('three');
    expect(asked()).toBe(1);
    expect(town.logs('cannot be posted to')).toBe(1);
    town.slack.world.channel('#attic').isArchived = false;
    town.passes(120_000);
    await town.memory.outbox.post([told('four')]);
    await until('it is told there', () => town.room('#attic').find('four'));
  });

  test('a person who is not in it gets a direct message, and the others read it in the channel', async () => {
    town = await openSender();
    town.slack.world.channel('#checkout').members.delete('U0BOB');
    const alone = (to: string): ReturnType<typeof noticeWith> =>
      noticeWith({ kind: 'private', to, text: [`for ${to}`], channel: checkoutRoom });
    await town.memory.outbox.post([alone('U0BOB'), alone('U0ANN')]);
    await until('both are told', () => town.slack.dm('bob').find('for U0BOB') && town.empty());
    expect(town.slack.calls('chat.postEphemeral').map(({ answer }) => answer['ok'])).toEqual([false, true]);
  });

  test('a message for one person waits neither for a closed default channel nor for its limit', async () => {
    town = await openSender();
    town.slack.world.channel('#releases').isArchived = true;
    await town.memory.outbox.post([noticeWith({ release: null, text: ['for all'] })]);
    await until('the channel is shut', () => town.logs('the notice waits') === 1);
    await town.memory.outbox.post([noticeWith({ kind: 'private', to: 'U0ANN', text: ['for ann'] })]);
    await until('ann is told', () => town.slack.dm('ann').find('for ann'));
    town.slack.world.channel('#releases').isArchived = false;
    town.passes(15_000);
    await until('all are told', () => town.room().find('for all'));

    town.slack.levers.says(
      { status: 429, headers: { 'retry-after': '60' }, body: '{"ok":false,"error":"ratelimited"}' },
      { method: 'chat.postMessage', times: 1 },
    );
    await town.memory.outbox.post([noticeWith({ release: null, kind: 'broadcast', text: ['limited'] })]);
    await until('it is limited', () => town.logs('did not accept') === 1);
    await town.memory.outbox.post([noticeWith({ kind: 'private', to: 'U0BOB', text: ['for bob'] })]);
    await until('bob is told', () => town.slack.calls('chat.postEphemeral').at(-1)?.answer['ok'] === true);
    expect(town.room().find('limited')).toBeUndefined();
    town.passes(60_000);
    await town.empty();
  });
});

describe('a Slack that answers oddly', () => {
  beforeEach(async () => {
    town = await openSender();
  });

  test('an edit that is answered so stays one card, and is made later', async () => {
    await town.save(recordIn('staged'), [], checkoutRoom);
    await town.empty();
    town.slack.levers.says({ body: '<html>' }, { times: 2 });
    await town.save(recordIn('promoting'), [], checkoutRoom);
    await town.empty();
    expect(town.cards('#checkout').map(({ text }) => text)).toEqual([
      expect.stringContaining('(#17 promoting)'),
    ]);
    expect(town.room().messages()).toEqual([]);
  });

  test('an edit that is refused by a word not known here is made 15 s later, with its buttons', async () => {
    await town.save(recordIn('staged'), [], checkoutRoom);
    await town.empty();
    town.slack.levers.says({ body: '{"ok":false,"error":"channel_is_having_lunch"}' }, { times: 1 });
    await town.save(recordIn('promoting'), [], checkoutRoom);
    await until('it was refused', () => town.logs('unknown error') === 1);
    expect(town.logged.at(-1)?.facts).toMatchObject({ ms: 15_000 });
    town.passes(15_000);
    await town.empty();
    const [card] = town.cards('#checkout');
    expect(card?.text).toContain('promoting');
    expect(card?.blocks).toBeDefined();
  });

  test('an edit that is refused so again loses its buttons rather than keep old ones', async () => {
    await town.save(recordIn('staged'), [], checkoutRoom);
    await town.empty();
    town.slack.levers.says({ body: '{"ok":false,"error":"channel_is_having_lunch"}' }, { times: 2 });
    await town.save(recordIn('promoting'), [], checkoutRoom);
    await until('it was refused', () => town.logs('unknown error') === 1);
    town.passes(15_000);
    await town.empty();
    expect(town.cards('#checkout')[0]).toMatchObject({
      text: expect.stringContaining('promoting') as string,
    });
    expect(town.cards('#checkout')[0]?.blocks).toBeUndefined();
    expect(town.slack.calls('chat.update').at(-1)?.args['blocks']).toEqual([]);
  });

  test.each(['ekm_access_denied', 'accesslimited', 'access_denied', 'two_factor_setup_required'])(
    'a card waits for its edit while Slack says %s',
    async (error) => {
      await town.save(recordIn('staged'), [], checkoutRoom);
      await town.empty();
      town.slack.levers.says({ body: JSON.stringify({ ok: false, error }) }, { times: 1 });
      await town.save(recordIn('promoting'), [], checkoutRoom);
      await until('it was denied', () => town.logs('refuses the token or a scope') === 1);
      expect(await town.memory.outbox.depth()).toBe(1);
      expect(town.slack.calls('chat.update')).toHaveLength(1);
    },
  );

  test.each(['no_permission', 'team_access_not_granted'])(
    'a channel that answers %s gives way to the default channel, and keeps no other waiting',
    async (error) => {
      town.slack.levers.says({ body: JSON.stringify({ ok: false, error }) }, { times: 1 });
      await town.save(recordIn('staged'), [], checkoutRoom);
      await town.empty();
      expect(town.cards()).toHaveLength(1);
      expect(town.cards('#checkout')).toEqual([]);
    },
  );

  test('"ok" that names no message is not taken for one that can be edited', async () => {
    town.slack.levers.says({ body: '{"ok":true}' }, { times: 1 });
    await town.save(recordIn('staged'));
    await until('it was tried', () => town.logs('It is not known whether') === 1);
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
    await until('it waits', () => town.logs('did not accept') === 1);
    expect(town.logged[0]?.facts).toMatchObject({ ms, limited: true });
    town.passes(ms);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
  });
});
