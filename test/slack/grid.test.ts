/** Whose somebody is where the payload does not say it: Enterprise Grid, mentions with files, presses without a team. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import type { Json, JsonObject } from '../../packages/slack-double/src/json.ts';
import { until } from '../support/until.ts';
import { openWayIn } from './way-in.ts';
import type { WayIn } from './way-in.ts';

let bot: WayIn;
afterEach(() => bot.close());

const open = async (roles: Parameters<typeof openWayIn>[1]): Promise<void> => {
  bot = await openWayIn('http', roles);
};
const everybody = { roles: { operator: ['*'], approver: ['*'], admin: ['*'] } };

const card = async (button: string): Promise<Message> => {
  const value = JSON.stringify({ s: 'checkout', r: 'rel17', e: 4 });
  const element = { type: 'button', action_id: button, text: { type: 'plain_text', text: 'Press' }, value };
  const blocks = [{ type: 'actions', elements: [element] }] as never;
  const channel = bot.slack.channel('#shared');
  const { ts = '' } = await bot.client.chat.postMessage({
    channel: channel.id,
    text: 'checkout #17',
    blocks,
  });
  const about = { kind: 'card' as const, service: 'checkout', release: 'rel17', epoch: 4 };
  await bot.outbox.saveMessage({ channel: channel.id, ts, ...about });
  const posted = channel.messages().find((one) => one.ts === ts);
  if (posted === undefined) throw new Error('not posted');
  return posted;
};

const toldTo = (who: string): Promise<Message> =>
  bot.slack.until(() => bot.slack.channel('#shared').ephemerals(bot.slack.person(who)).at(-1));

const answerTo = async (who: string, words: string, where = {}): Promise<string> => {
  const { message } = await bot.slack.person(who).mentions('#shared', words, where);
  const reply = await bot.slack.until(() => bot.slack.channel('#shared').thread(message.ts)[0]);
  return reply.text;
};

/** The same press as Slack sent last, changed. */
const pressedAgain = async (change: (payload: JsonObject) => void): Promise<void> => {
  const payload = structuredClone(bot.slack.captured.at(-1)?.payload as JsonObject);
  payload['trigger_id'] = `again.${Math.random()}`;
  change(payload);
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await bot.slack.raw(body, type, { atMs: Date.now() })).toMatchObject({ status: 200 });
};

describe.each(['T0SISTER', 'E0PLAY'])('on Enterprise Grid, where payloads name %s', (gridTeam) => {
  beforeEach(async () => {
    await open(everybody);
    bot.slack.world.enterprise = 'E0PLAY';
    bot.slack.world.user('ann').gridTeam = gridTeam;
  });

  test('a person of this workspace types, presses and mentions alike, and Slack is asked once', async () => {
    const ann = bot.slack.person('ann');
    expect((await ann.types('#shared', '/release revert checkout')).text).toBe('revert checkout: accepted');
    await ann.presses(await card('release.revert'), 'release.revert', { accept: true });
    expect((await toldTo('ann')).text).toBe('revert checkout: accepted');
    expect(await answerTo('ann', 'revert checkout')).toBe('revert checkout: accepted');
    expect(bot.slack.calls('users.info')).toHaveLength(1);
  });

  test('a person of another company stays out', async () => {
    bot.slack.world.user('eve').gridTeam = 'T0FOREIGN';
    await bot.slack.person('eve').presses(await card('release.revert'), 'release.revert', { accept: true });
    expect((await toldTo('eve')).text).toMatch(
      /^not-allowed: release\.revert was refused\. Switchback answers only people of/,
    );
    expect(bot.commands).toEqual([]);
  });
});

describe('a mention with a file, which names no team', () => {
  test('is carried out for a person of this workspace, and refused for a stranger', async () => {
    await open(everybody);
    expect(await answerTo('ann', 'revert checkout see the graph', { file: true })).toBe(
      'revert checkout: accepted',
    );
    expect(await answerTo('eve', 'revert checkout see the graph', { file: true })).toMatch(/^not-allowed: /);
    expect(bot.commands).toHaveLength(1);
  });

  test('asks nothing of Slack for somebody who is listed by id, and goes by a group where Slack says nothing else', async () => {
    await open({ roles: { operator: ['U0ZOE', 'S0RELEASE'] } });
    bot.slack.levers.down('http-503', { method: 'users.info' });
    expect(await answerTo('zoe', 'stage checkout v2', { file: true })).toBe('stage checkout: accepted');
    expect(bot.slack.calls('users.info')).toEqual([]);
    expect(await answerTo('ann', 'stage checkout v2', { file: true })).toBe('stage checkout: accepted');
    expect(await answerTo('cleo', 'stage checkout v2', { file: true })).toMatch(
      /^not-allowed: stage was refused\. Slack could not be asked which workspace you belong to/,
    );
    expect(bot.logged.join('')).toContain('Slack did not say who somebody is');
  });
});

test('a revert alone goes on while Slack cannot be asked, where the bot knows who was allowed lately', async () => {
  await open(everybody);
  bot.slack.world.enterprise = 'E0PLAY';
  bot.slack.world.user('ann').gridTeam = 'E0PLAY';
  bot.slack.levers.down('http-503', { method: 'users.info' });
  expect(await answerTo('ann', 'promote checkout')).toMatch(
    /^not-allowed: promote was refused\. Slack could not be asked which workspace you belong to/,
  );
  expect(await answerTo('ann', 'revert checkout')).toBe('revert checkout: accepted');
  const [command] = bot.commands;
  if (command === undefined) throw new Error('nothing was submitted');
  expect(await bot.desk.people.may(command.actor, ['operator'], undefined)).toBe('unknown');
  await bot.store.allow('* U0ANN');
  expect(await bot.desk.people.may(command.actor, ['operator'], undefined)).toBe('recently');
});

test('a press without a team is refused for a stranger and carried out for a person of this workspace', async () => {
  await open(everybody);
  const message = await card('release.revert');
  const nameless = (payload: JsonObject): void =>
    void delete (payload['user'] as Record<string, Json>)['team_id'];
  await bot.slack.person('eve').presses(message, 'release.revert', { accept: true });
  await toldTo('eve');
  await pressedAgain(nameless);
  await until(
    'it is refused',
    () => bot.slack.channel('#shared').ephemerals(bot.slack.person('eve')).length === 2,
  );
  expect(bot.commands).toEqual([]);
  await bot.slack.person('ann').presses(message, 'release.revert', { accept: true });
  await pressedAgain(nameless);
  await until('it is carried out', () => bot.commands.length === 2);
});

test('a guest may read, and counts as anyone only where the configuration says so', async () => {
  await open(everybody);
  bot.slack.world.user('zoe').isGuest = true;
  const zoe = bot.slack.person('zoe');
  expect((await zoe.types('#shared', '/release status checkout')).text).toMatch(/^status checkout/);
  const settings = bot.desk.catalog.find('checkout')?.settings;
  const actor = { kind: 'slack', user: 'U0ZOE', team: 'T0PLAY' } as const;
  expect(await bot.desk.people.may(actor, ['operator'], settings)).toBe('no');
  await bot.close();
  await open({ roles: { operator: ['*'], guests: true } });
  bot.slack.world.user('zoe').isGuest = true;
  expect(await bot.desk.people.may(actor, ['operator'], settings)).toBe('yes');
  expect(bot.slack.calls('users.info')).toEqual([]);
});
