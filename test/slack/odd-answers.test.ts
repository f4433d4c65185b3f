import { describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { recordIn } from './cards/record.ts';
import { checkoutRoom, noticeWith, openSender } from './sender-town.ts';

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

// Each waits for the pauses between three tries.
describe.concurrent('an odd answer of Slack', () => {
  test.for(odd)(
    '%s leaves a card and its notices in their channel',
    async ([, answer], { onTestFinished }) => {
      const town = await openSender();
      onTestFinished(() => town.close());
      town.slack.levers.says(answer, { times: 3 });
      await town.save(
        recordIn('staged'),
        [noticeWith({ channel: checkoutRoom, text: ['one'] })],
        checkoutRoom,
      );
      await until('Slack was tried', () => town.logs('did not accept') > 0);
      await town.empty();
      const cards = town.cards('#checkout');
      expect(cards).toHaveLength(1);
      const thread = town.room('#checkout').thread(cards[0]?.ts ?? '');
      expect(thread.map(({ text }) => text)).toEqual(['one']);
      expect(town.room().messages()).toEqual([]);
    },
  );
});
