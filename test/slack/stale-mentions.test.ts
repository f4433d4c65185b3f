import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { makeDenials } from '../../src/slack/denials.ts';
import { virtualClock } from '../support/virtual-clock.ts';
import { until } from '../support/until.ts';
import { change, record } from '../store/record.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

let bot: WayIn;
let count = 0;
const roles = { operator: ['U0ANN'], approver: ['U0ANN'], admin: ['U0BOB'] };

beforeEach(async () => {
  bot = await openWayIn('http', { roles });
  await bot.store.save(change(record('checkout'), 0));
});
afterEach(() => bot.close());

/** A mention as Slack delivers it, with whatever else its event says. */
async function mentioned(who: string, words: string, more: Record<string, unknown> = {}): Promise<void> {
  const { message } = await bot.slack.person(who).mentions('#shared', 'what a day');
  const heard = bot.slack.captured.at(-1)?.payload as { event: Record<string, unknown> };
  await until('that it was no command is said', () => bot.slack.channel('#shared').thread(message.ts)[0]);
  const text = String(heard.event['text']).replace('what a day', words);
  count += 1;
  const event = { ...heard.event, text, ...more };
  const body = JSON.stringify({ ...heard, event_id: `Ev${count}`, event });
  const sent = await bot.slack.raw(body, { 'content-type': 'application/json' }, { atMs: Date.now() });
  expect(sent).toMatchObject({ status: 200 });
}

const secondsAgo = (seconds: number): string => `${(Date.now() / 1_000 - seconds).toFixed(6)}`;
const edited = { edited: { user: 'U0ANN', ts: secondsAgo(0) } };
const hints = (who: string): Message[] => bot.slack.channel('#shared').ephemerals(bot.slack.person(who));

describe('a mention', () => {
  test('in a message that was edited runs nothing, and its person reads so once, in private', async () => {
    await mentioned('ann', 'promote checkout', { ...edited, ts: secondsAgo(86_400) });
    const [hint] = await bot.slack.until(() => hints('ann').length > 0 && hints('ann'));
    expect(hint?.text).toBe(
      'promote: nothing was done. The message was edited. Write it again in a new message.',
    );
    const ts = secondsAgo(20);
    await mentioned('ann', 'promote checkout', { ...edited, ts });
    await mentioned('ann', 'stage checkout v2', { ...edited, ts });
    await mentioned('ann', 'stage checkout v2', { subtype: 'message_changed', ts });
    await bot.slack.until(() => hints('ann').length === 2);
    // A fresh one after it shows that no further hint was on its way.
    await mentioned('ann', 'promote checkout');
    await until('the fresh one ran', () => bot.commands.length === 1);
    expect(hints('ann')).toHaveLength(2);
  });

  test.each([
    ['an hour old', () => secondsAgo(3_600), 'promote: nothing was done. The message is 1 h'],
    ['six minutes old', () => secondsAgo(360), 'promote: nothing was done. The message is 6 min'],
    ['of no time at all', () => 'yesterday', 'promote: nothing was done. Slack does not say when'],
  ])('in a message that is %s runs nothing, and its person reads so', async (_, ts, words) => {
    await mentioned('ann', 'promote checkout', { ts: ts() });
    const [hint] = await bot.slack.until(() => hints('ann').length > 0 && hints('ann'));
    expect(hint?.text).toContain(words);
    expect(bot.commands).toEqual([]);
  });

  test('that Slack could only deliver four minutes later runs', async () => {
    await mentioned('ann', 'promote checkout', { ts: secondsAgo(240) });
    await until('it ran', () => bot.commands.length === 1);
    expect(hints('ann')).toEqual([]);
  });

  test('that was edited and is no command, or of somebody not answered here, is passed over in silence', async () => {
    await mentioned('ann', 'what a day it was', edited);
    await mentioned('eve', 'promote checkout', edited);
    await mentioned('ann', 'promote checkout');
    await until('the fresh one ran', () => bot.commands.length === 1);
    expect([...hints('ann'), ...hints('eve')]).toEqual([]);
  });
});

describe('somebody of another workspace', () => {
  test('is answered a few times only, and all that they tried is one entry for each verb', async () => {
    const eve = bot.slack.person('eve');
    for (let i = 0; i < 20; i += 1) await eve.mentions('#shared', 'revert checkout');
    for (let i = 0; i < 20; i += 1) await eve.mentions('#shared', `hello ${i}`);
    expect(await bot.store.history('checkout', 9)).toMatchObject([
      { what: 'refused', code: 'not-allowed', times: 20 },
    ]);
    const threads = () => new Set(bot.slack.calls('chat.postMessage').map(({ args }) => args['thread_ts']));
    await until('eve was answered', () => threads().size === 12);
    // By the time that somebody else is answered, all that eve was to be told is on its way.
    const { message } = await bot.slack.person('ann').mentions('#shared', 'status checkout');
    await until('ann is answered', () => threads().has(message.ts));
    expect(threads().size).toBe(13);
  });

  test('gets the answer "no" again after a while, and does not keep others from getting theirs', async () => {
    const clock = virtualClock();
    const mayDeny = makeDenials(() => clock.mono());
    const told = (user: string): number =>
      Array.from({ length: 50 }, () => mayDeny(user)).filter(Boolean).length;
    expect([told('U0EVE'), told('U0MAL'), told('U0ODD'), told('U0ALL')]).toEqual([12, 12, 6, 0]);
    await clock.advance(60_000);
    expect([told('U0EVE'), told('U0ALL')]).toEqual([6, 12]);
  });
});
