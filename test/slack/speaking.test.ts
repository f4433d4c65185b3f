/** Messages that mention the bot and are no command of a person: sentences, workflows, bots. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../packages/slack-double/src/json.ts';
import { until } from '../support/until.ts';
import { change, record } from '../store/record.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

let bot: WayIn;
let count = 0;
const roles = { operator: ['U0ANN', 'B0LISTED', 'Wf0LISTED'], approver: ['*'] };

beforeEach(async () => {
  bot = await openWayIn('http', { roles });
  await bot.store.save(change(record('checkout'), 0));
});
afterEach(() => bot.close());

/** An event as Slack delivers it, its message posted so that it can be answered in its thread. */
async function hears(text: string, more: JsonObject = {}): Promise<string> {
  const { ts } = bot.slack.person('ann').says('#shared', text);
  count += 1;
  const event = { type: 'app_mention', channel: 'C0SHARED', text, ts, event_ts: ts, ...more };
  const authorizations = [{ team_id: 'T0PLAY', user_id: 'U0SWITCHBOT', is_bot: true }];
  const envelope = {
    type: 'event_callback',
    event_id: `EvSAID${count}`,
    team_id: 'T0PLAY',
    authorizations,
    event,
  };
  const sent = await bot.slack.raw(
    JSON.stringify(envelope),
    { 'content-type': 'application/json' },
    { atMs: Date.now() },
  );
  expect(sent).toMatchObject({ status: 200 });
  return ts;
}

const person = (user: string, team = 'T0PLAY') => ({ user, team });
const workflow = {
  subtype: 'bot_message',
  bot_id: 'B0WORKFLOW',
  app_id: 'A0WORKFLOW',
  workflow_id: 'Wf012345',
};
const posts = (): number => bot.slack.calls('chat.postMessage').length;
const hints = (who: string) => bot.slack.channel('#shared').ephemerals(bot.slack.person(who));
/** After this, all that was to be answered before it is answered. */
const settled = async (): Promise<void> => {
  const ts = await hears('<@U0SWITCHBOT> status checkout', person('U0ANN'));
  await until('the last one is answered', () => bot.slack.channel('#shared').thread(ts).length === 1);
};

test('a sentence that mentions the bot gets no public answer, and a private one once an hour', async () => {
  await hears('sounds good, let us wait for Rae', person('U0ANN'));
  await hears('thanks <@U0SWITCHBOT>!', person('U0BOB'));
  await hears('I asked <@U0SWITCHBOT> to stage it, cc <@U0ANN>', person('U0BOB'));
  await hears('hello <@U0SWITCHBOT>', { ...person('U0EVE'), user_team: 'T0OTHER' });
  await settled();
  expect(posts()).toBe(1);
  await until('the hint is there', () => hints('bob').length === 1);
  expect(hints('bob')[0]?.text).toMatch(/^A command begins with my name; nothing was done\./);
  expect([...hints('ann'), ...hints('eve')]).toEqual([]);
});

test('a workflow reads once that it must be listed, and its attempts stand in the history', async () => {
  const ts = await hears('<@U0SWITCHBOT> stage checkout v1.42.0', workflow);
  await until('it is told', () => bot.slack.channel('#shared').thread(ts).length === 1);
  expect(bot.slack.channel('#shared').thread(ts)[0]?.text).toBe(
    'not-allowed: stage was refused. I take no commands from workflows and bots that the configuration does not list; this one is B0WORKFLOW. To allow it, list that id for a role in the configuration.',
  );
  await hears('<@U0SWITCHBOT> stage checkout v1.42.0', workflow);
  await hears('the build calls <@U0SWITCHBOT>', { ...workflow, bot_id: 'B0BUILD' });
  await settled();
  expect(posts()).toBe(2);
  expect(bot.commands).toEqual([]);
  expect(await bot.store.history('checkout', 9)).toMatchObject([
    { what: 'refused', code: 'not-allowed', actor: { user: 'B0WORKFLOW' }, times: 2 },
  ]);
});

test.each([
  ['its bot id', { bot_id: 'B0LISTED' }, 'B0LISTED'],
  ['its workflow id', { bot_id: 'B0WORKFLOW', workflow_id: 'Wf0LISTED' }, 'Wf0LISTED'],
])('a workflow that is listed by %s may do what its role may', async (_what, ids, id) => {
  const ts = await hears('<@U0SWITCHBOT> stage checkout v1.42.0', { subtype: 'bot_message', ...ids });
  await until('it is answered', () => bot.slack.channel('#shared').thread(ts).length === 1);
  expect(bot.commands).toMatchObject([
    { verb: 'stage', version: 'v1.42.0', actor: { user: id, team: 'none' } },
  ]);
  const actor = bot.commands[0]?.actor;
  if (actor === undefined) throw new Error('nothing was submitted');
  expect(await bot.desk.people.may(actor, ['operator'], undefined)).toBe('yes');
  expect(await bot.desk.people.may(actor, ['approver'], undefined)).toBe('no');
});

test('the bot does not answer itself', async () => {
  await hears('<@U0SWITCHBOT> status checkout', { bot_id: 'B0SWITCH', user: 'U0SWITCHBOT' });
  await settled();
  expect(posts()).toBe(1);
});

test.each([
  '*<@U0SWITCHBOT>* status checkout',
  '*<@U0SWITCHBOT> status checkout*',
  '\u200b<@U0SWITCHBOT>\u00a0status checkout',
])('“%s” is a command', async (text) => {
  const ts = await hears(text, person('U0ANN'));
  await until('it is answered', () => bot.slack.channel('#shared').thread(ts).length === 1);
  expect(bot.slack.channel('#shared').thread(ts)[0]?.text).toMatch(/^status checkout/);
});
