import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { sharedTown } from '../support/shared-town.ts';

describe.each(['http', 'socket'] as const)('presses over %s', { concurrent: true }, (mode) => {
  const { town, at } = sharedTown({
    mode,
    services: {
      twice: {},
      tapped: { promotion: { bake: '60s', approvals: 1 } },
      declined: {},
      stranger: {},
      old: {},
      orphaned: {},
      replayed: {},
      answered: { promotion: { bake: '60s' } },
    },
  });
  const shape = (message: Message): string[] =>
    town()
      .slack.look(message)
      .buttons.map((button) => button.actionId);

  it.sequential('two people who press at once start one promote', async () => {
    const twice = at('twice');
    await twice.staged('v2');
    const card = await twice.cardWith('release.promote');
    expect(shape(card)).toEqual(['release.promote', 'release.cancel']);
    await Promise.all([
      town().slack.person('ann').presses(card, 'release.promote', { accept: true, stale: true }),
      town().slack.person('bob').presses(card, 'release.promote', { accept: true, stale: true }),
    ]);
    await twice.until('baking', (record) => record.state === 'baking');
    const heard = await Promise.any([twice.hears('ann', 'stale-button'), twice.hears('bob', 'stale-button')]);
    expect(twice.look(heard).text).toContain('nothing was done');
    expect((await twice.record()).epoch).toBe(2);
    expect((await twice.does('ann', 'history')).shown.match(/switch/g)).toHaveLength(1);
  });

  it.sequential('a double tap on Cancel request closes the request, and the release stays staged', async () => {
    const tapped = at('tapped');
    await tapped.staged('v2');
    await tapped.does('ann', 'promote');
    const card = await tapped.cardWith('release.approve');
    const press = { accept: true, stale: true };
    await town().slack.person('ann').presses(card, 'release.cancel', press);
    await town().slack.person('ann').presses(card, 'release.cancel', press);
    await tapped.hears('ann', 'stale-button');
    expect(await tapped.record()).toMatchObject({ state: 'staged', request: null });
    // What is shown now is about the release itself.
    await tapped.presses('ann', 'release.cancel');
    await tapped.until('dropped', (record) => record.state === 'idle');
  });

  it.sequential('a refused press is answered where it was pressed, and not in a thread next to', async () => {
    const answered = at('answered');
    await answered.baking('v2');
    answered.green.levers.fail = true;
    const notice = await answered.notice('is unhealthy');
    expect(notice.broadcast).toBe(true);
    const zoe = town().slack.person('zoe');
    await zoe.presses(notice, 'release.revert', { accept: true });
    expect((await answered.hears('zoe', 'not-allowed')).threadTs).toBeUndefined();
    const card = await answered.cardWith('release.revert');
    expect(card.threadTs).toBe(card.ts);
    await zoe.presses(card, 'release.revert', { accept: true });
    await town().slack.until(() => answered.times('not-allowed') === 2 || undefined, {
      channel: answered.channel,
      what: 'a second refusal',
    });
    const heard = town().slack.channel(answered.channel).ephemerals(zoe);
    expect(heard.map(({ threadTs }) => threadTs)).toEqual([undefined, undefined]);
  });

  it.sequential('a declined confirm sends nothing', async () => {
    const declined = at('declined');
    await declined.staged('v2');
    const before = town().slack.captured.length;
    const press = await town()
      .slack.person('ann')
      .presses(await declined.cardWith('release.promote'), 'release.promote');
    expect(press.confirm).toMatchObject({ deny: 'Not now' });
    press.decline();
    expect(press.delivered).toBe(false);
    expect(town().slack.captured).toHaveLength(before);
    expect((await declined.record()).state).toBe('staged');
  });

  it.sequential('a press without the role is refused, to the presser alone', async () => {
    const stranger = at('stranger');
    await stranger.staged('v2');
    await stranger.presses('zoe', 'release.promote');
    await stranger.hears('zoe', 'not-allowed');
    expect((await stranger.record()).state).toBe('staged');
  });

  it.sequential('a press on an old card does nothing and says so', async () => {
    const old = at('old');
    await old.staged('v2');
    const first = await old.cardWith('release.promote');
    await old.staged('v3');
    await town().slack.person('ann').presses(first, 'release.promote', { accept: true, stale: true });
    await old.hears('ann', 'stale-button');
    expect(await old.record()).toMatchObject({ state: 'staged', epoch: 1 });
    // The card shows by itself that its release is gone.
    await town().slack.until(() => {
      const now = town().slack.channel(old.channel).now(first);
      return now && shape(now).length === 0;
    });

    await old.does('ann', 'promote');
    await old.until('baking', (record) => record.state === 'baking');
    const card = await old.cardWith('release.revert');
    await town()
      .slack.person('ann')
      .presses(card, 'release.revert', { accept: true, value: '{"s":"twice","r":null,"e":2}' });
    await old.hears('ann', 'stale-button');
    expect((await old.record()).state).toBe('baking');
  });

  it.sequential('a press on a message that nobody knows links to the card, and so does that message then', async () => {
    const orphaned = at('orphaned');
    await orphaned.baking('v2');
    const card = await orphaned.cardWith('release.revert');
    const { slack } = town();
    const lost = slack.channel(orphaned.channel).messages().at(-1);
    await fetch(`${slack.origin}/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: 'Bearer xoxb-playground', 'content-type': 'application/json' },
      body: JSON.stringify({ channel: card.channel, text: 'an orphan', blocks: card.blocks }),
    });
    const orphan = await slack.until(() => {
      const newest = slack.channel(orphaned.channel).messages().at(-1);
      return newest?.ts === lost?.ts ? undefined : newest;
    });
    await slack.person('ann').presses(orphan, 'release.revert', { accept: true });
    const heard = await orphaned.hears('ann', 'Its card');
    const place = `/archives/${card.channel}/p${card.ts.replace('.', '')}`;
    expect(JSON.stringify(heard.blocks)).toContain(place);
    expect((await orphaned.record()).state).toBe('baking');
    // Nobody presses there again: it is a link now, and the card is as it was.
    const replaced = await slack.until(() => {
      const now = slack.channel(orphaned.channel).now(orphan);
      return now?.text.includes('an old copy') ? now : undefined;
    });
    expect(shape(replaced)).toEqual([]);
    expect(JSON.stringify(replaced.blocks)).toContain(`${place}|the card of orphaned>`);
    expect(shape(await orphaned.cardWith('release.revert'))).toContain('release.revert');
  });

  it.sequential('a request that Slack repeats, or that somebody replays, has no second effect and the same answer', async () => {
    const replayed = at('replayed');
    const { slack } = town();
    replayed.green.levers.version = 'v2';
    slack.levers.deliverTwice();
    const answer = await replayed.does('ann', 'stage', 'v2');
    expect(answer.text).toMatch(/^stage: replayed #1 v2/);
    expect(answer.repeat?.text).toBe(answer.text);
    await replayed.until('staged', (record) => record.state === 'staged' && record.sequence === 1);
    const captured = slack.captured.at(-1);
    if (!captured) throw new Error('nothing captured');
    const again = await slack.replay(captured);
    expect(JSON.stringify(again.body)).toContain('replayed #1 v2');
    expect((await replayed.record()).sequence).toBe(1);

    const press = await replayed.presses('ann', 'release.promote');
    expect(press.delivered).toBe(true);
    await replayed.until('baking', (record) => record.state === 'baking');
    const pressed = slack.captured.at(-1);
    if (!pressed) throw new Error('nothing captured');
    await slack.replay(pressed);
    await replayed.hears('ann', 'Slack sent this press again; nothing was done twice.');
    expect(await replayed.record()).toMatchObject({ state: 'baking', epoch: 2 });
    // The same press under a new signature has the same trigger.
    if (mode === 'http')
      await slack.replay(pressed, { sign: true, retry: { num: 1, reason: 'http_timeout' } });
    expect((await replayed.record()).epoch).toBe(2);
  });
});
