/** Who is rung, by which message, what is on it, and what it says when it is over. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import type { AlertFacts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import type { Visit } from '../support/conversation.ts';

describe('a message that rings', { concurrent: true }, () => {
  const asking = { bake: '60s', approvals: 1 };
  const { town, at } = sharedTown(async () => ({
    services: {
      taken: {},
      reverted: {},
      pair: { promotion: { ...asking, approvals: 2 }, roles: { approver: ['U0BOB', 'U0CLEO'] } },
      refused: { promotion: asking },
      sick: {},
    },
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));

  const sends = async (service: string, more: AlertFacts = {}): Promise<void> => {
    expect(await sendAlerts(town(), alertmanagerBody(service, [{ service, ...more }]))).toBe(202);
  };
  const now = (place: Visit, message: Message): Message => {
    const found = town().slack.channel(place.channel).now(message);
    if (found === undefined) throw new Error('the message is gone');
    return found;
  };
  const buttons = (place: Visit, message: Message): string[] =>
    town()
      .slack.look(now(place, message))
      .buttons.map(({ actionId }) => actionId);
  const words = (place: Visit, message: Message): string => town().slack.look(now(place, message)).text;
  const rings = (who: string, message: Message): boolean =>
    town()
      .slack.notifications(who)
      .some(({ ts }) => ts === message.ts);

  it('of a critical alert can be acknowledged and reverted on, and says in the end what became of it', async () => {
    const place = at('reverted');
    const { slack } = town();
    await place.baking('v2');
    await sends('reverted');
    const ring = await place.notice('🚨 reverted: HighErrorRate: ');
    expect([rings('ann', ring), rings('bob', ring)]).toEqual([true, true]);
    expect(buttons(place, ring)).toEqual(['release.revert', 'alert.acknowledge']);
    await slack.person('bob').presses(ring, 'alert.acknowledge');
    await place.hears('bob', 'is yours');
    await slack.until(() => words(place, ring).includes('👀 @bob acknowledged it'));
    expect(buttons(place, ring)).toEqual(['release.revert']);
    const press = await slack.person('bob').presses(now(place, ring), 'release.revert');
    expect(press.confirm?.text).toContain('100 % of traffic moves green → blue, back to v1');
    await press.accept();
    await place.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    await slack.until(() => words(place, ring).includes('↩️ @bob reverted to blue v1'));
    await sends('reverted', { status: 'resolved' });
    await slack.until(() => /✅ Resolved after \d+ s · @bob reverted to blue v1/.test(words(place, ring)));
    expect(words(place, ring)).not.toContain('🚨');
    expect(buttons(place, ring)).toEqual([]);
  });

  it('of an alert that nobody pressed anything on loses its siren and buttons with it', async () => {
    const place = at('taken');
    await sends('taken');
    const ring = await place.notice('🚨 taken: HighErrorRate: ');
    expect(buttons(place, ring)).toEqual(['alert.acknowledge']);
    await sends('taken', { status: 'resolved' });
    await town().slack.until(() => words(place, ring).includes('✅ Resolved after'));
    expect(words(place, ring)).not.toContain('🚨');
    await town().slack.person('bob').presses(ring, 'alert.acknowledge', { stale: true });
    await place.hears('bob', 'nothing-to-do');
  });

  it('of a request approves it, each time for as many as are still needed', async () => {
    const place = at('pair');
    const { slack } = town();
    await place.staged('v2');
    await place.does('ann', 'promote');
    const ring = await place.notice('asks to promote');
    expect([rings('bob', ring), rings('cleo', ring)]).toEqual([true, true]);
    expect(buttons(place, ring)).toEqual(['release.approve', 'release.reject']);
    const first = await slack.person('bob').presses(ring, 'release.approve');
    expect(first.confirm?.text).toContain('After 1 more approval: 100 % of traffic');
    await first.accept();
    await place.notice('@bob approved (1 of 2)');
    const last = await slack.until(async () => {
      const press = await slack.person('cleo').presses(now(place, ring), 'release.approve');
      return press.confirm?.text.startsWith('100 % of traffic') ? press : undefined;
    });
    await last.accept();
    await place.until('promoted', (record) => record.live === 'green');
    await slack.until(() => words(place, ring).includes('✅ Approved by @bob, @cleo'));
    expect(buttons(place, ring)).toEqual([]);
  });

  it('of a request rejects it', async () => {
    const place = at('refused');
    const { slack } = town();
    await place.staged('v2');
    await place.does('ann', 'promote');
    const ring = await place.notice('asks to promote');
    await slack.person('bob').presses(ring, 'release.reject');
    await place.until('rejected', (record) => record.request === null);
    await slack.until(() => words(place, ring).includes('✅ Rejected by @bob'));
    expect(buttons(place, ring)).toEqual([]);
  });

  it('of an unhealthy bake, and of a dead way back, rings the operators and not only who promoted', async () => {
    const place = at('sick');
    await place.baking('v2', 'bob');
    place.blue.levers.fail = true;
    const dead = await place.notice('the version to go back to, is down');
    expect([rings('ann', dead), rings('bob', dead)]).toEqual([true, true]);
    place.green.levers.fail = true;
    const ring = await place.notice('is unhealthy');
    expect([rings('ann', ring), rings('bob', ring)]).toEqual([true, true]);
    expect(words(place, ring).split('@bob')).toHaveLength(2);
    place.green.levers.fail = false;
    await town().slack.until(() => words(place, ring).includes('✅ It is healthy again'));
    expect(words(place, ring)).not.toContain('🚨');
  });
});
