/** What the bot says about a revert when real servers fail: from a user's request to the message in Slack. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { colorDown, pairPath, sharedShop, usersFail } from '../support/shop.ts';

const [helping, hurting] = ['Reverting will very likely help.', 'Reverting would make it worse.'];
const helps = new RegExp(`^Green fails where blue answers: \\d+ of \\d+ against 0 of \\d+\\. ${helping} `);
const doesNotHelp = /^Both colors fail alike: .* Reverting will not help: look at what they share\. /;
const hurts = new RegExp(`^Blue, the way back, fails where green answers: .* ${hurting} `);

/** A critical alert of Alertmanager, or asking both colors, reverts after a countdown that is longer than a verdict takes. */
const revertsItself = {
  bake: '10m',
  autoRevert: { on: ['compare', 'critical'], sources: ['prom'], after: '6s' },
};

describe('when real servers fail', { concurrent: true }, () => {
  const { town, stock, alert, everSaid, compared, pairs, at } = sharedShop(() => ({
    dead: {},
    alone: { promotion: revertsItself },
    shared: { promotion: revertsItself },
    back: { promotion: revertsItself },
    flapping: {},
    late: { promotion: revertsItself, compare: { requests: [{ path: pairPath, timeout: '500ms' }] } },
    slow: { promotion: revertsItself },
  }));
  /** Nothing was reverted, and nothing counts down to it. */
  const staysLive = async (service: string): Promise<void> => {
    const { live, state, autoRevert } = await at(service).until(
      'nothing counts down',
      (record) => !record.autoRevert?.countdown,
    );
    expect({ live, state, over: autoRevert?.over }).toEqual({
      live: 'green',
      state: 'baking',
      over: undefined,
    });
  };
  /** The message about an alert, once its first words, which a locked screen shows too, are these. */
  const says = (service: string, name: string, words: RegExp): Promise<Message> =>
    town().slack.until(
      () => {
        const found = alert(service, name);
        return found && words.test(found.text) ? found : undefined;
      },
      { channel: at(service).channel, what: `${name} says ${words.source}` },
    );

  it('a dead live color: the alert says first that a revert will help', async () => {
    const dead = await compared('dead');
    await dead.green.die();
    const message = await says('dead', usersFail, helps);
    const { text, buttons } = dead.look(message);
    expect(text).toMatch(/^Green fails where blue answers: .*\n🚨 dead: [\d.]+% of the carts fail/);
    expect(text).toMatch(/Fired \d+ m?s after release #1 went live/);
    expect(buttons.map(({ actionId }) => actionId)).toContain('release.revert');
    await town().slack.person('bob').presses(message, 'release.revert', { accept: true });
    await dead.until('reverted', ({ state, live }) => state === 'idle' && live === 'blue');
    expect(await dead.live()).toBe('blue');
  });

  it('a dead live color, and nobody at the keyboard: it is reverted by itself, after a message that says so', async () => {
    const alone = await compared('alone');
    await alone.green.die();
    await alone.until('reverted', ({ state, live }) => state === 'idle' && live === 'blue');
    expect(await alone.live()).toBe('blue');
    expect((await alone.record()).releases[0]).toMatchObject({
      revertedBy: { kind: 'system', rule: 'auto-revert' },
    });
    expect(everSaid('alone', '⏱️ alone goes back to blue v1 by itself at')).toBe(true);
    const { buttons } = alone.look(await alone.notice('✅ Switchback started the revert'));
    expect(buttons).toEqual([]);
  });

  it('the server that both need: the alert says that a revert will not help', async () => {
    const shared = await compared('shared');
    await stock('shared').die();
    await says('shared', usersFail, doesNotHelp);
    expect(everSaid('shared', helping)).toBe(false);
    expect(everSaid('shared', hurting)).toBe(false);
    await staysLive('shared');
    expect((await shared.record()).evidence?.now).toBe('does-not-help');
  });

  it('a dead way back: the alert says that a revert would make it worse', async () => {
    const back = await compared('back');
    await back.blue.die();
    await says('back', colorDown, hurts);
    expect(everSaid('back', helping)).toBe(false);
    await staysLive('back');
  });

  it('a live color that comes and goes: it says once that a revert will help, and stays with it', async () => {
    const flapping = await compared('flapping');
    const turn = async (): Promise<void> => {
      await flapping.green.die();
      await pairs('flapping', 4);
      await flapping.green.revive();
      await pairs('flapping', 4);
    };
    while ((await flapping.record()).evidence?.now !== 'helps') await turn();
    for (let turns = 0; turns < 2; turns += 1) {
      await turn();
      expect((await flapping.record()).evidence?.now).toBe('helps');
    }
    await says('flapping', usersFail, helps);
    const { slack } = town();
    const about = { channel: flapping.channel, what: 'card and thread say it' };
    const begin = 'Green fails where blue answers: ';
    const shown = async () => flapping.look(await flapping.card()).text.includes(begin);
    await slack.until(shown, about);
    const { ts } = await flapping.card();
    const thread = () =>
      slack
        .channel(flapping.channel)
        .thread(ts)
        .map(({ text }) => text);
    await slack.until(() => thread().some((text) => text.startsWith(begin)), about);
    // On a busy machine the color may stay well for so long that this is said in between.
    const told = thread().filter((text) => text.startsWith(begin) || /no difference/i.test(text));
    expect(told.filter((text, i) => text.startsWith(begin) && told[i - 1]?.startsWith(begin))).toEqual([]);
    expect(everSaid('flapping', hurting)).toBe(false);
  });

  it('both slow, beyond the deadline: it says that a revert will not help', async () => {
    const late = await compared('late');
    stock('late').levers.slowMs = 900;
    const shown = async () => late.look(await late.card()).text.includes('Both colors fail alike: ');
    await town().slack.until(shown, { channel: late.channel });
    expect(everSaid('late', helping)).toBe(false);
    expect(everSaid('late', hurting)).toBe(false);
    await staysLive('late');
  });

  it('both slow, within the deadline: it sees no difference', async () => {
    const slow = await compared('slow');
    stock('slow').levers.slowMs = 600;
    await pairs('slow', 24);
    expect((await slow.record()).evidence?.now).toBe('no-difference');
    await staysLive('slow');
    await slow.does('ann', 'compare');
    expect((await slow.hears('ann', 'compare slow: ')).text).toMatch(/^compare slow: no-difference\. /);
  });
});
