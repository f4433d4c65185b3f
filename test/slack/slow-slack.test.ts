import { describe, expect, test } from 'vitest';
import type { TestContext } from 'vitest';
import { until } from '../support/until.ts';
import { recordIn } from './cards/record.ts';
import { checkoutRoom, noticeWith, openSender, releases } from './sender-town.ts';
import type { SenderTown } from './sender-town.ts';

/** Opens a town for one test. */
const opened = async (
  { onTestFinished }: TestContext,
  ...given: Parameters<typeof openSender>
): Promise<SenderTown> => {
  const town = await openSender(...given);
  onTestFinished(() => town.close());
  return town;
};

const replies = (town: SenderTown): string[] => {
  const [card] = town.cards();
  if (!card) throw new Error(town.slack.transcript('#releases'));
  return town
    .room()
    .thread(card.ts)
    .map(({ text }) => text);
};

describe('a Slack that is slow', () => {
  // What is concurrent waits up to 25 s, and cares for no time of its own; the others do.
  test.concurrent('one that answers after 12 s gets one card, and each notice once', {
    timeout: 120_000,
  }, async (context) => {
    const town = await opened(context);
    town.slack.levers.late('chat.postMessage', 12_000);
    await town.save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
    await town.empty();
    expect(town.cards()).toHaveLength(1);
    expect(replies(town)).toEqual(['one']);
    expect(town.posts()).toBe(2);
  });

  test.concurrent('a message that a press replaced while its answer was on the way is drawn again', async (context) => {
    const town = await opened(context);
    town.slack.levers.late('chat.postMessage', 1_600);
    const replaces = async (text: string): Promise<void> => {
      const found = () =>
        town.slack.messages().find((each) => each.channel === releases && each.text.includes(text));
      await until(`${text} stands`, () => found() !== undefined);
      const { ts } = found() ?? { ts: '' };
      await fetch(`${town.slack.origin}/api/chat.update`, {
        method: 'POST',
        headers: { authorization: 'Bearer xoxb-playground', 'content-type': 'application/json' },
        body: JSON.stringify({ channel: releases, ts, text: 'an old copy' }),
      });
    };
    await town.save(recordIn('staged'), [noticeWith({ asks: 'unhealthy', text: ['asks'] })]);
    await replaces('#17');
    await replaces('asks');
    await town.empty();
    expect(town.cards()).toHaveLength(1);
    expect(replies(town).join('\n')).toContain('asks');
  });

  test('one that answers too late is not sent the same card again until much later, and ever later', async (context) => {
    const town = await opened(context, { timeouts: { message: 500, other: 500 } });
    town.slack.levers.late('chat.postMessage', 3_000);
    await town.save(recordIn('staged'));
    const waits = () =>
      town.logged.flatMap(({ text, facts }) =>
        text.includes('It is not known whether') ? [(facts as { ms: number }).ms] : [],
      );
    for (const [i, ms] of [30_000, 120_000, 480_000, 1_800_000, 1_800_000].entries()) {
      await until('it was waited for in vain', () => waits().length === i + 1);
      expect(waits()[i]).toBe(ms);
      await until('it reached Slack', () => town.posts() === i + 1);
      town.passes(ms - 10_000);
      await town.looked();
      expect(town.posts()).toBe(i + 1);
      town.passes(10_000);
    }
  });

  test('a message of unknown fate holds up neither a revert in its channel nor another channel', async (context) => {
    const town = await opened(context, { timeouts: { message: 300, other: 300 } });
    town.slack.levers.late('chat.postMessage', 3_000);
    await town.save(recordIn('baking'), [noticeWith({ text: ['is live'] })]);
    await until('it was waited for in vain', () => town.logs('It is not known whether') === 1);
    town.slack.levers.late('chat.postMessage', 0);
    await town.memory.outbox.post([
      noticeWith({ kind: 'broadcast', of: 'revert', text: ['reverted'] }),
      noticeWith({ release: null, text: ['elsewhere'], channel: checkoutRoom }),
    ]);
    await until('the revert is posted', () => town.room().find('reverted'));
    await until('the other channel has its message', () => town.room('#checkout').find('elsewhere'));
    expect(town.cards()).toHaveLength(1);
    town.passes(30_000);
    await town.empty();
    expect(town.cards()).toHaveLength(2);
  });

  test.concurrent('an answer that is lost is followed by few copies, and by everything else once', async (context) => {
    const town = await opened(context);
    town.slack.levers.down('lost-answer', { method: 'chat.postMessage' });
    await town.save(recordIn('staged'), [noticeWith({ text: ['one'] })]);
    for (const ms of [5_000, 20_000, 80_000]) {
      await until(
        'an answer was lost',
        () => town.logs('It is not known whether') === town.posts() && town.posts() > 0,
      );
      const before = town.posts();
      town.passes(ms);
      await until('it is tried again', () => town.posts() > before);
    }
    await until('the last answer was lost', () => town.logs('It is not known whether') === town.posts());
    expect(town.cards().length).toBeLessThanOrEqual(4);
    town.slack.levers.up();
    town.passes(320_000);
    await town.empty();
    expect(town.cards().length).toBeLessThanOrEqual(5);
  });
});
