/** One incident rings once, by a message that can end it: whatever notices it first, and with two replicas. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import type { Visit } from '../support/conversation.ts';

describe('one incident', () => {
  const { town, at } = sharedTown(async () => ({
    bots: 2,
    services: { 'bake-first': {}, 'alert-first': {}, before: {}, counted: {} },
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));

  const alerts = async (service: string, startsAt = new Date()): Promise<void> => {
    const annotations = { summary: '20 of 20 requests a second fail' };
    const body = alertmanagerBody(service, [{ service, startsAt, annotations }]);
    expect(await sendAlerts(town(), body)).toBe(202);
  };
  /** The messages of its channel that notify bob, without those that he asked for. */
  const rung = (place: Visit): Message[] => {
    const { slack } = town();
    const { id } = slack.channel(place.channel);
    return slack.notifications('bob').filter(({ channel }) => channel === id);
  };
  const linksTo = (message: Message, ring: Message): boolean =>
    JSON.stringify(message.blocks).includes(`/p${ring.ts.replace('.', '')}`);
  const buttons = (message: Message): string[] =>
    town()
      .slack.look(message)
      .buttons.map((each) => each.actionId);

  it('that the bake notices first rings by its message, and the alert refers to that', async () => {
    const place = at('bake-first');
    await place.baking('v2');
    place.green.levers.fail = true;
    const ring = await place.notice('is unhealthy');
    expect([ring.broadcast, buttons(ring)]).toEqual([true, ['release.revert']]);
    await alerts('bake-first');
    const joined = await place.notice('It belongs to this incident');
    expect(town().slack.look(joined).text).toContain('HighErrorRate');
    expect([joined.broadcast, linksTo(joined, ring)]).toEqual([false, true]);
    expect(rung(place).map(({ ts }) => ts)).toEqual([ring.ts]);
    await town().slack.person('bob').presses(ring, 'release.revert', { accept: true });
    await place.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    await place.notice('✅ Done: @bob reverted');
  });

  it('that the alert notices first rings by its message, and the bake refers to that', async () => {
    const place = at('alert-first');
    await place.baking('v2');
    await alerts('alert-first');
    const ring = await place.notice('🚨 alert-first: HighErrorRate');
    place.green.levers.fail = true;
    const joined = await place.notice('It belongs to this incident');
    expect(town().slack.look(joined).text).toContain('is unhealthy');
    expect([joined.broadcast, linksTo(joined, ring), buttons(joined)]).toEqual([false, true, []]);
    expect(rung(place).map(({ ts }) => ts)).toEqual([ring.ts]);
  });

  it('is not that of an alert that fired before the switch', async () => {
    const place = at('before');
    await alerts('before', new Date(Date.now() - 60_000));
    const first = await place.notice('🚨 before: HighErrorRate');
    await place.baking('v2');
    place.green.levers.fail = true;
    const second = await place.notice('is unhealthy');
    expect(second.broadcast).toBe(true);
    await town().slack.until(() => rung(place).length === 2);
    expect(rung(place).map(({ ts }) => ts)).toEqual([first.ts, second.ts]);
  });

  it('takes three taps, one ring and sixty words from the alert to the traffic back', async () => {
    const place = at('counted');
    const { slack } = town();
    await place.baking('v2');
    await alerts('counted');
    const ring = await slack.until(() => rung(place)[0]);
    const card = await slack.until(() =>
      slack
        .channel(place.channel)
        .messages()
        .find(({ ts }) => ts === ring.threadTs),
    );
    const taps = ['the notification'];
    const press = await slack.person('bob').presses(ring, 'release.revert');
    taps.push('Revert');
    expect(press.confirm?.text).toContain('green → blue');
    await press.accept();
    taps.push(press.confirm?.confirm ?? 'yes');
    await place.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await place.live()).toBe('blue');
    expect(taps.length).toBeLessThanOrEqual(3);
    await place.notice('reverted counted');
    // What tells of his own revert is the answer to his press, and no ring.
    const rings = rung(place).filter(({ text }) => !text.startsWith('<@U0BOB> revert'));
    expect(rings.map(({ ts }) => ts)).toEqual([ring.ts]);
    const read = [ring, card].map((message) => slack.look(message).text).join(' ');
    const words = read.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
    expect(words.length).toBeLessThanOrEqual(60);
  });
});
