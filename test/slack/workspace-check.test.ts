import { afterEach, describe, expect, test } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertCards } from '../../src/release/alerts/port.ts';
import type { ShownMessage } from '../../src/release/store.ts';
import { change, record } from '../store/record.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

const eve = 'U0EVE';
/** ann may do anything because she is of this workspace, gus because his id is listed. */
const roles = { operator: ['*'], approver: ['*'], admin: ['U0BOB'] };

let bot: WayIn;
afterEach(() => bot.close());

const answerTo = async (who: string, words: string): Promise<string> => {
  const { message } = await bot.slack.person(who).mentions('#shared', words);
  const reply = await bot.slack.until(() => bot.slack.channel('#shared').thread(message.ts)[0]);
  return bot.slack.look(reply).text;
};

const posted = async (
  button: string,
  { value = JSON.stringify({ s: 'checkout', r: 'rel17', e: 4 }), shown = {} as Partial<ShownMessage> } = {},
): Promise<Message> => {
  const element = { type: 'button', action_id: button, text: { type: 'plain_text', text: 'Press' }, value };
  const { ts = '', channel = '' } = await bot.client.chat.postMessage({
    channel: bot.slack.channel('#shared').id,
    text: 'checkout #17',
    blocks: [{ type: 'actions', elements: [element] }] as never,
  });
  const about = { kind: 'card' as const, service: 'checkout', release: 'rel17', epoch: 4 };
  await bot.outbox.saveMessage({ channel, ts, ...about, ...shown });
  const message = bot.slack
    .channel('#shared')
    .messages()
    .find((one) => one.ts === ts);
  if (message === undefined) throw new Error('not posted');
  return message;
};

const told = (who: string): Promise<Message> =>
  bot.slack.until(() => bot.slack.channel('#shared').ephemerals(bot.slack.person(who)).at(-1));

describe('people of another workspace in a shared channel', () => {
  test('learn nothing of any service', async () => {
    bot = await openWayIn('http', { roles });
    expect(bot.slack.person('eve').id).toBe(eve);
    for (const words of ['', 'help', 'status', 'status checkout', 'history checkout 50', 'why checkout'])
      expect(await answerTo('eve', words)).toMatch(/^not-allowed: /);
    for (const words of ['promote checkout', 'promote checkout --dry-run', 'lock nowhere mine', 'dance'])
      expect(await answerTo('eve', words)).toMatch(/^not-allowed: (?!.*checkout)/);
    expect(bot.commands).toEqual([]);
    expect(await answerTo('ann', 'status checkout')).toMatch(/^status checkout/);
  });

  test('press no button and open no form, and the attempts stand in the history', async () => {
    bot = await openWayIn('http', { roles });
    await bot.store.save(change(record('checkout'), 0));
    const person = bot.slack.person('eve');
    await person.presses(await posted('release.revert'), 'release.revert', { accept: true });
    expect((await told('eve')).text).toMatch(/^not-allowed: /);
    await person.presses(await posted('release.force'), 'release.force', { accept: true });
    await person.presses(await posted('status.page'), 'status.page', { accept: true });
    await bot.slack.until(() => bot.slack.channel('#shared').ephemerals(person).length === 3);
    expect(bot.slack.calls('views.open')).toEqual([]);
    expect(bot.commands).toEqual([]);
    await answerTo('eve', 'promote checkout');
    const written = await bot.store.history('checkout', 10);
    expect(written.map(({ what, code, actor }) => ({ what, code, actor }))).toEqual(
      Array.from({ length: 3 }, () => ({
        what: 'refused',
        code: 'not-allowed',
        actor: expect.objectContaining({ user: eve }),
      })),
    );
  });

  test('take care of no alert, and that stands in the history of its service', async () => {
    bot = await openWayIn('http', { roles });
    await bot.store.save(change(record('checkout'), 0));
    const alert = await posted('alert.acknowledge', {
      value: JSON.stringify({ a: 'a'.repeat(24) }),
      shown: { service: alertCards, release: 'a'.repeat(24), about: { service: 'checkout', release: null } },
    });
    await bot.slack.person('eve').presses(alert, 'alert.acknowledge');
    expect((await told('eve')).text).toMatch(/^not-allowed: alert\.acknowledge was refused\./);
    expect(bot.commands).toEqual([]);
    expect(await bot.store.history('checkout', 9)).toMatchObject([
      { what: 'refused', code: 'not-allowed', actor: { user: eve } },
    ]);
  });

  test('are obeyed when their id is listed', async () => {
    bot = await openWayIn('http', { roles: { ...roles, operator: [eve] } });
    expect(await answerTo('eve', 'status checkout')).toMatch(/^status checkout/);
    expect(await answerTo('eve', 'promote checkout')).toBe('promote checkout: accepted');
  });
});

test('the bot answers only listed ids before Slack has said whose workspace this is, and a revert goes on', async () => {
  bot = await openWayIn('http', { roles, slackIsAway: true });
  const said = async (who: string, words: string): Promise<string> =>
    (await bot.slack.person(who).types('#releases', `/release ${words}`)).text;
  expect(await said('ann', 'status checkout')).toMatch(/^not-allowed: .*Slack has not said/);
  expect(await said('ann', 'stage checkout v2')).toMatch(/^not-allowed: /);
  expect(await said('bob', 'status checkout')).toMatch(/^status checkout/);
  expect(await said('ann', 'revert checkout')).toBe('revert checkout: accepted');
});
