import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/playground/workspace/index.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import type { AlertFacts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import type { Visit } from '../support/visit.ts';

describe('an alert', { concurrent: true }, () => {
  const { town, at } = sharedTown(async () => ({
    services: { baking: {}, early: {}, quiet: {}, minor: {}, twice: {} },
    file: {
      roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
      alerts: alertSources,
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));

  const fires = async (service: string, more: AlertFacts = {}, group = service): Promise<void> => {
    expect(await sendAlerts(town(), alertmanagerBody(group, [{ service, ...more }]))).toBe(202);
  };
  const parent = (place: Visit, words: string): Promise<Message> =>
    town().slack.until(
      () =>
        town()
          .slack.channel(place.channel)
          .messages()
          .find((message) => message.text.includes(words) && message.text.includes(place.name)),
      { channel: place.channel, what: words },
    );
  const shown = (message: Message): string => town().slack.look(message).text;

  it('of a baking service says which release it follows, and its Revert goes back', async () => {
    const baking = at('baking');
    await baking.baking('v2');
    await fires('baking');
    const alert = await parent(baking, 'firing · critical');
    expect(shown(alert)).toContain('HighErrorRate');
    expect(shown(alert)).toMatch(/Began \d+ s after the switch to green v2 \(#1\)/);
    const said = await baking.notice('Critical: HighErrorRate');
    expect(said).toMatchObject({ threadTs: alert.ts, broadcast: true });
    const { slack } = town();
    const press = await slack.person('bob').presses(alert, 'release.revert');
    expect(press.confirm?.text).toContain('100 % of traffic moves green → blue, back to v1');
    await press.accept();
    await baking.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await baking.live()).toBe('blue');
    await slack.until(() =>
      slack.look(alertNow(baking, alert)).buttons.every(({ actionId }) => actionId !== 'release.revert'),
    );
    await fires('baking', { status: 'resolved' });
    await baking.notice('Resolved after');
    await slack.until(() => alertNow(baking, alert).text.startsWith('✅ resolved: HighErrorRate'));
    expect(slack.look(alertNow(baking, alert)).buttons).toEqual([]);
  });

  function alertNow(place: Visit, alert: Message): Message {
    const found = town()
      .slack.channel(place.channel)
      .messages()
      .find(({ ts }) => ts === alert.ts);
    if (!found) throw new Error('the alert is gone');
    return found;
  }
});
