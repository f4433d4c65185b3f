/** Sources of alerts through a real bot: what is refused, tried out or silent stands in the default channel. */
import { describe, expect, it } from 'vitest';
import { alertmanagerBody, alertSources, alertsToken, sendAlerts } from '../support/alerts.ts';
import { oddBodies } from '../support/odd-alerts.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

describe('of a source of alerts', { concurrent: true }, () => {
  const { prom, graf } = alertSources.sources;
  const { town, at } = sharedTown(async () => ({
    services: { taken: {} },
    file: {
      roles: { operator: ['U0ANN'], approver: ['U0BOB'] },
      alerts: { sources: { prom, graf, watched: { ...prom, deadman: '10s' } } },
    },
    env: { ALERTS_TOKEN: alertsToken },
  }));
  /** Messages of the default channel with these words. */
  const told = (words: string): number => town().slack.transcript('#releases').split(words).length - 1;
  const isTold = (words: string): Promise<unknown> => until(`it is told: ${words}`, () => told(words) === 1);

  it('the bot announces an unreadable delivery once', async () => {
    for (let i = 0; i < 3; i += 1) expect(await sendAlerts(town(), { version: '4' })).toBe(400);
    await isTold('prom: a delivery was refused: groupKey');
  });

  it('the Test button is answered once', async () => {
    for (const body of oddBodies('grafana-test-button'))
      expect(await sendAlerts(town(), body, { source: 'graf' })).toBe(202);
    await isTold('Test received from Grafana: this source works');
    expect(told('TestAlert')).toBe(0);
  });

  it('the bot announces a silence once, and its end once', async () => {
    const watchdog = alertmanagerBody('w', [{ name: 'Watchdog' }]);
    expect(await sendAlerts(town(), watchdog, { source: 'watched' })).toBe(202);
    await isTold('watched has sent nothing for 10 s');
    expect(await sendAlerts(town(), watchdog, { source: 'watched' })).toBe(202);
    await isTold('watched sends again');
    expect(told('Watchdog')).toBe(0);
  });

  it('the thread of the others names a time that cannot be read, and names fit in any letter case', async () => {
    const place = at('taken');
    const body = alertmanagerBody('odd', [
      { service: 'Taken', name: 'Odd' },
      { service: 'taken', name: 'Lost' },
    ]) as {
      alerts: { startsAt: string }[];
    };
    if (body.alerts[1]) body.alerts[1].startsAt = 'soon';
    expect(await sendAlerts(town(), body)).toBe(202);
    await place.notice('1 alert has a time that could not be read: alerts.1.startsAt');
  });
});
