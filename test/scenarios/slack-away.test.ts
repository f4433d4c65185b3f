import { describe, expect, it } from 'vitest';
import { sharedTown } from '../support/shared-town.ts';

describe('while Slack is unavailable', () => {
  const { town, at, violations } = sharedTown({
    services: { down: {}, limited: {}, archived: {}, asked: {} },
  });

  it.each([
    ['down', () => town().slack.levers.down('http-503')],
    ['limited', () => town().slack.levers.rateLimit(2_000)],
  ] as const)(
    'a promote goes on, and card and thread catch up to the newest state: %s',
    async (name, ails) => {
      const place = at(name);
      const { slack } = town();
      await place.staged('v2');
      await place.cardWith('release.promote');
      // Either: whether the card or the thread comes first is not said.
      const tries = () => slack.calls('chat.postMessage').length + slack.calls('chat.update').length;
      ails();
      const before = tries();
      await place.does('ann', 'promote');
      await place.until('baking', (record) => record.state === 'baking');
      expect(await place.live()).toBe('green');
      await place.does('bob', 'settle');
      await slack.until(() => tries() > before, { what: 'a call that Slack does not answer well' });
      slack.levers.up();
      await place.cardWith('release.revert');
      await slack.until(async () => place.look(await place.card()).text.includes('live'));
      await place.notice('is live: new requests go to green');
      await place.notice('is settled early');
      const card = await place.card();
      const thread = slack
        .channel(place.channel)
        .thread(card.ts)
        .map((message) => message.text);
      expect(thread.map((text) => /staged on|is live|settled/.exec(text)?.[0])).toEqual([
        'staged on',
        'is live',
        'settled',
      ]);
    },
  );

  it('a mention is answered as soon as Slack is back', async () => {
    const { slack } = town();
    slack.levers.down('http-503', { method: 'chat.postMessage', times: 2 });
    const { message } = await slack.person('ann').mentions('#releases', 'status asked');
    const reply = await slack.until(() => slack.channel('#releases').thread(message.ts)[0]);
    expect(slack.look(reply).text).toContain('state: idle');
    slack.levers.up();
  });

  it('a channel that was archived gives its messages to the default channel', async () => {
    const archived = at('archived');
    const { slack } = town();
    await archived.staged('v2');
    await archived.cardWith('release.promote');
    await archived.notice('is staged on green');
    slack.world.channel('in-archived').isArchived = true;
    const ann = slack.person('ann');
    expect((await ann.types('#releases', '/release promote archived')).text).toMatch(/^promote: /);
    await archived.until('baking', (record) => record.state === 'baking');
    const card = await slack.until(() =>
      slack
        .channel('#releases')
        .messages()
        .find((message) => slack.look(message).buttons.some(({ actionId }) => actionId === 'release.revert')),
    );
    expect(slack.look(card).text).toMatch(/archived\b.*v2/u);
    await slack.until(() => slack.transcript('#releases').includes('is live: new requests go to green'));
    expect(
      violations().every(({ error }) => error === 'is_archived' || error === 'cant_update_message'),
    ).toBe(true);
    await ann.presses(card, 'release.revert', { accept: true });
    await archived.until('reverted', (record) => record.state === 'idle' && record.live === 'blue');
    await slack.until(() => slack.transcript('#releases').includes('reverted archived'));
    violations();
  });
});
