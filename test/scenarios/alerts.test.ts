import { describe, expect, it } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { hmac } from '../support/hmac.ts';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import type { AlertFacts } from '../support/alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import type { Visit } from '../support/conversation.ts';

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
    const alert = await parent(baking, '🚨 baking: ');
    expect(shown(alert)).toContain('HighErrorRate');
    expect(shown(alert)).toMatch(/Fired \d+ m?s after release #1 went live/);
    const said = await baking.notice('🚨 baking: HighErrorRate: ');
    expect(shown(said)).toMatch(/\. Fired \d+ m?s after release #1 went live\. @/);
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
    const back = await baking.notice('Reverted by');
    expect(shown(back)).toContain(': blue v1 is live.');
    expect(back.threadTs).toBe(alert.ts);
    await fires('baking', { status: 'resolved' });
    await baking.notice('Resolved after');
    await slack.until(() => alertNow(baking, alert).text.startsWith('✅ baking: HighErrorRate resolved'));
    expect(slack.look(alertNow(baking, alert)).buttons).toEqual([]);
  });

  it('that fired before the switch says so, and offers Revert plainly', async () => {
    const early = at('early');
    const startsAt = new Date(Date.now() - 60_000);
    await early.baking('v2');
    await fires('early', { startsAt });
    const alert = await parent(early, '🚨 early: ');
    expect(shown(alert)).toMatch(/Fired \d+ (s|min)( \d+ s)? before release #1 went live/);
    const buttons = town().slack.look(alert).buttons;
    expect(buttons.map(({ actionId }) => actionId)).toEqual([
      'release.revert',
      'alert.acknowledge',
      'alert.silence',
    ]);
    expect(buttons[0]?.style).toBeUndefined();
  });

  it('is acknowledged and silenced by those who may, and only by them', async () => {
    const quiet = at('quiet');
    await quiet.baking('v2');
    await fires('quiet', { severity: 'warning' });
    const alert = await parent(quiet, '⚠️ quiet: ');
    const { slack } = town();
    const choose = (who: string, option: string) => slack.person(who).chooses(alert, 'alert.silence', option);
    await slack.person('zoe').presses(alert, 'alert.acknowledge');
    await quiet.hears('zoe', 'not-allowed: acknowledge');
    await choose('zoe', '1 h');
    await quiet.hears('zoe', 'not-allowed: silence');

    await slack.person('bob').presses(alert, 'alert.acknowledge');
    await quiet.hears('bob', 'is yours; you are reminded');
    await slack.until(() => shown(alertNow(quiet, alert)).includes('Acknowledged by @bob'));
    await quiet.notice('@bob acknowledged it.');
    await slack.person('ann').presses(alert, 'alert.acknowledge', { stale: true });
    await quiet.hears('ann', 'It was already acknowledged by @bob');

    await choose('ann', 'Until this release settles');
    await slack.until(() =>
      shown(alertNow(quiet, alert)).includes('Silenced by @ann until this release settles'),
    );
    // Silenced: a first critical alert is told in the thread alone.
    await fires('quiet', { severity: 'critical', name: 'Down' });
    const down = await quiet.notice('Down');
    expect(down.broadcast).toBe(false);
  });

  it('of no known service goes to the default channel, without a way back', async () => {
    expect(
      await sendAlerts(
        town(),
        alertmanagerBody('lost', [{ service: 'nowhere', name: 'Lost' }, { name: 'Lost too' }]),
      ),
    ).toBe(202);
    const { slack } = town();
    const alert = await slack.until(() =>
      slack
        .channel('#releases')
        .messages()
        .find(({ text }) => text.includes('Lost') && text.includes('unknown service nowhere')),
    );
    expect(slack.look(alert).buttons.map(({ actionId }) => actionId)).toEqual([
      'alert.acknowledge',
      'alert.silence',
      'alert.close',
    ]);
    expect(shown(alert)).toContain('Lost · critical · since');
    const other = await slack.until(() =>
      slack
        .channel('#releases')
        .messages()
        .find(({ text }) => text.includes('Lost too') && text.includes('no known service')),
    );
    expect(shown(other)).toContain('no known service');
  });

  it('that comes again changes nothing, and one body may be about several services', async () => {
    const startsAt = new Date();
    const body = alertmanagerBody('shared', [
      { service: 'minor', severity: 'info', name: 'Shared', startsAt },
      { service: 'twice', severity: 'info', name: 'Shared', startsAt },
    ]);
    for (let i = 0; i < 3; i += 1) expect(await sendAlerts(town(), body)).toBe(202);
    const [minor, twice] = [at('minor'), at('twice')];
    const alert = await parent(minor, 'ℹ️ minor: ');
    await parent(twice, 'ℹ️ twice: ');
    await minor.notice('Firing: Shared');
    const { edits } = alertNow(minor, alert);
    expect(await sendAlerts(town(), body)).toBe(202);
    // What is told later was taken later: when it stands there, nothing was told of the repeats.
    await fires('minor', { severity: 'info', name: 'Last' }, 'another');
    await minor.notice('Firing: Last');
    expect(minor.times('Firing: Shared')).toBe(1);
    expect(alertNow(minor, alert).edits).toBe(edits);
  });

  it("is taken from Grafana and from a sender of one's own, when it is authentic", async () => {
    const alertOf = (name: string) => ({ service: 'twice', severity: 'info', name });
    const grafana = {
      ...alertmanagerBody('graf', [alertOf('FromGrafana')]),
      version: '1',
      orgId: 1,
      state: 'alerting',
    };
    expect(await sendAlerts(town(), grafana, { source: 'graf' })).toBe(202);
    const own = {
      schema: 'switchback-1',
      group: 'own',
      alerts: [
        {
          id: '1',
          status: 'firing',
          title: 'FromMyself',
          labels: { service: 'twice' },
          since: new Date().toISOString(),
        },
      ],
    };
    const seconds = String(Math.floor(Date.now() / 1000));
    const signature = (text: string) => `v1=${hmac(alertsToken, seconds, ':', text)}`;
    const sent = (text: string) =>
      sendAlerts(town(), own, {
        source: 'own',
        headers: { 'x-switchback-timestamp': seconds, 'x-switchback-signature': signature(text) },
      });
    expect(await sent('{}')).toBe(401);
    expect(await sent(JSON.stringify(own))).toBe(202);
    await at('twice').notice('FromGrafana');
    await at('twice').notice('FromMyself');
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
