import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';

describe('both colors are asked at once', { concurrent: true }, () => {
  const settings = { promotion: { bake: '60s', failures: 2 }, compare: { every: '100ms', block: '1s' } };
  const { town, at } = sharedTown(async () => ({
    services: {
      live: settings,
      alarmed: settings,
      shared: settings,
      back: settings,
      asked: settings,
      off: {},
    },
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));
  const shows = async (service: string, words: string): Promise<string> => {
    const place = at(service);
    return town().slack.until(
      async () => {
        const { text } = place.look(await place.card());
        return text.includes(words) ? text : undefined;
      },
      { channel: place.channel, what: words },
    );
  };

  it('when only the live color fails, everything that asks for a decision says that a revert will help', async () => {
    const live = at('live');
    await live.baking('v2');
    live.green.levers.fail = true;
    const helps = 'Green fails where blue answers: ';
    await shows('live', helps);
    await live.until('the record says so', ({ evidence }) => evidence?.now === 'helps');
    const notice = await town().slack.until(async () => {
      const found = await live.notice('is unhealthy');
      return live.look(found).text.startsWith(helps) ? found : undefined;
    });
    await live.does('ann', 'compare');
    const { text } = await live.hears('ann', 'compare live: ');
    expect(text).toMatch(
      /^compare live: helps\. Green fails where blue answers: \d+ of \d+ against 0 of \d+\. Reverting will very likely help\./,
    );
    expect((await live.does('ann', 'why')).text).toContain(helps);
    expect((await live.does('ann', 'status')).text).toContain(helps);
    const press = await town().slack.person('bob').presses(notice, 'release.revert');
    expect(press.confirm?.text).toMatch(/^Green fails where blue answers: .* 100 % of traffic moves/);
    await press.accept();
    const back = await live.until('reverted', ({ state }) => state === 'idle');
    expect(back.live).toBe('blue');
    await live.until('nothing is said any more', ({ evidence }) => evidence === undefined);
  });

  it('an alert says it first, on the lock screen too, and in the message that mentioned people', async () => {
    const alarmed = at('alarmed');
    await alarmed.baking('v2');
    await sendAlerts(town(), alertmanagerBody('alarmed', [{ service: 'alarmed' }]));
    const ring = await alarmed.notice('🚨 alarmed: HighErrorRate: ');
    alarmed.green.levers.fail = true;
    const { slack } = town();
    const alert = (): Message | undefined =>
      slack
        .channel(alarmed.channel)
        .messages()
        .find(({ ts }) => ts === ring.threadTs);
    await slack.until(() => alert()?.text.startsWith('Green fails where blue answers: '));
    expect(alarmed.look(alert() ?? ring).text).toMatch(/^Green fails .*\n🚨 alarmed/);
    await slack.until(() =>
      slack
        .channel(alarmed.channel)
        .thread(ring.threadTs ?? '')
        .some(({ ts, text }) => ts === ring.ts && text.startsWith('Green fails where blue answers: ')),
    );
  });

  it('when both fail alike, it says that a revert will not help', async () => {
    const shared = at('shared');
    await shared.baking('v2');
    await shared.until('both answered', ({ evidence }) => evidence?.now === 'no-difference');
    shared.green.levers.fail = true;
    shared.blue.levers.fail = true;
    await shows('shared', 'Both colors fail alike: ');
    await shared.does('ann', 'compare');
    expect((await shared.hears('ann', 'compare shared: ')).text).toContain('Reverting will not help');
  });

  it('when only the way back fails, it says that a revert would make it worse', async () => {
    const back = at('back');
    await back.baking('v2');
    await back.blue.die();
    expect(await shows('back', 'Blue, the way back, fails where green answers: ')).toContain(
      'Reverting would make it worse.',
    );
    await back.blue.revive();
  });

  it('a release after its bake is compared when a person asks, and only then', async () => {
    const asked = at('asked');
    await asked.released('v2');
    const before = asked.blue.requests.length;
    await asked.does('ann', 'compare');
    expect((await asked.hears('ann', 'compare asked: ')).text).toMatch(
      /^compare asked: no-difference\. No difference between the colors: green failed 0 of \d+, blue 0 of \d+\./,
    );
    expect(asked.blue.requests.length - before).toBeGreaterThan(10);
  });

  it('says why it cannot', async () => {
    expect((await at('off').does('ann', 'compare')).text).toBe(
      'compare off: unknown. There is no way back to compare with.',
    );
  });
});
