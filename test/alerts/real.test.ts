/** From a color that fails to traffic that is back, over a real Prometheus, Alertmanager, Redis and HAProxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Message } from '../../src/playground/workspace/index.ts';
import { alertSources, alertsToken } from '../support/alerts.ts';
import { startAlertmanager, startPrometheus } from '../support/monitoring.ts';
import type { Monitor } from '../support/monitoring.ts';
import { freePort } from '../support/ports.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

describe('alerts of a real Prometheus', { timeout: 60_000 }, () => {
  let monitoring = '';
  const { town, at } = sharedTown(async () => {
    // The bot must know Prometheus before it can be started, which needs the bot's address: a port is chosen first.
    const port = await freePort();
    monitoring = `127.0.0.1:${port}`;
    return {
      bots: 2,
      settings: {
        alerts: {
          compare: {
            url: `http://${monitoring}`,
            name: 'errors',
            unit: 'ratio',
            query: 'sample_error_ratio{job="colors",color="{color}"}',
          },
        },
      },
      services: { later: {}, limited: {} },
      file: {
        roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
        alerts: alertSources,
      },
      env: { ALERTS_TOKEN: alertsToken },
    };
  });
  let alertmanager: Monitor;
  let prometheus: Monitor;
  beforeAll(async () => {
    const hooks = town().bots.map(({ bot }) => `http://127.0.0.1:${bot.port}/hooks/alerts/prom`);
    alertmanager = await startAlertmanager(hooks, alertsToken);
    const { blue, green, haproxy } = town();
    prometheus = await startPrometheus(
      {
        colors: [`127.0.0.1:${blue.port}`, `127.0.0.1:${green.port}`],
        live: [new URL(haproxy.frontend('checkout')).host],
      },
      [
        {
          alert: 'TooManyErrors',
          expr: 'sample_error_ratio{job="live"} > 0.01',
          labels: { severity: 'critical', service: 'checkout' },
          annotations: { summary: '{{ $value }} of the requests fail' },
        },
      ],
      alertmanager,
      Number(monitoring.split(':')[1]),
    );
  });
  afterAll(async () => {
    await prometheus.stop();
    await alertmanager.stop();
  });

  const parents = (service: string): Message[] =>
    town()
      .slack.channel(at(service).channel)
      .messages()
      .filter(({ text }) => /^\S+ (firing|resolved)/.test(text) && text.includes(`· ${service}`));

  /** Gives Alertmanager an alert, as Prometheus does. */
  const raise = async (service: string, name: string): Promise<void> => {
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: name, service, severity: 'warning' } }]),
    });
    expect(answer.status).toBe(200);
  };

  it('become one thread, with a Revert that brings the traffic back, and say that it is over', async () => {
    const checkout = at('checkout');
    const { slack, green } = town();
    await checkout.baking('v2');
    green.levers.errorRatio = 0.05;
    const alert = await slack.until(() => parents('checkout')[0], { withinMs: 20_000 });
    expect(alert.text).toContain('firing · critical: TooManyErrors · checkout');
    expect(slack.look(alert).text).toMatch(/Began \d+ s after the switch to green v2/);
    await checkout.notice('errors over the same 5 m: blue 0 %, green 5 %');
    await checkout.notice('Critical: TooManyErrors');
    await slack.person('bob').presses(alert, 'release.revert', { accept: true });
    await checkout.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await checkout.live()).toBe('blue');
    const over = (): Message[] =>
      slack
        .channel(checkout.channel)
        .thread(alert.ts)
        .filter(({ text }) => text.startsWith('Resolved after'));
    await slack.until(() => over()[0], { withinMs: 20_000 });
    await slack.until(() => parents('checkout')[0]?.text.startsWith('✅ resolved'));
    // Two replicas were told of each delivery at the same time.
    expect(parents('checkout')).toHaveLength(1);
    expect(checkout.times('Critical: TooManyErrors')).toBe(1);
    expect(over()).toHaveLength(1);
  });

  it('are stored by the retries of Alertmanager when Redis was away', async () => {
    const { redis, slack } = town();
    redis.pause();
    await raise('later', 'WhileAway');
    await until(
      'Alertmanager was refused',
      async () =>
        /alertmanager_notification_requests_failed_total\{integration="webhook"\} [1-9]/.test(
          await (await fetch(`${alertmanager.url}/metrics`)).text(),
        ),
      20_000,
    );
    redis.resume();
    await slack.until(() => parents('later')[0]?.text.includes('WhileAway'), { withinMs: 20_000 });
    expect(parents('later')).toHaveLength(1);
  });

  it('are told once Slack takes messages again, by whichever replica is left', async () => {
    const { slack, bots } = town();
    slack.levers.rateLimit(4_000);
    await raise('limited', 'WhileLimited');
    await until('it is stored', async () => (await bots[0]?.redis.alerts.open('limited'))?.length === 1);
    expect(parents('limited')).toEqual([]);
    // Whoever stored it is gone before it could be told.
    await bots[0]?.stop();
    await slack.until(() => parents('limited')[0]?.text.includes('WhileLimited'), { withinMs: 20_000 });
    expect(parents('limited')).toHaveLength(1);
  });
});
