/** From a color that fails to traffic that is back, over a real Prometheus, Alertmanager, Redis and HAProxy. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call, Message } from '../../packages/slack-double/src/index.ts';
import { alertSources, alertsToken } from '../support/alerts.ts';
import { startAlertmanager, startPrometheus } from '../support/monitoring.ts';
import type { Monitor } from '../support/monitoring.ts';
import { startOneAddress } from '../support/one-address.ts';
import type { OneAddress } from '../support/one-address.ts';
import { freePort } from '../support/ports.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

const webhook = '/hooks/alerts/prom';
/** Services that Prometheus watches. */
const watched = ['checkout', 'shaky'];
const patience = { withinMs: 30_000 };

describe('alerts of a real Prometheus', { timeout: 90_000 }, () => {
  let monitoring = '';
  const { town, at } = sharedTown(async () => {
    // The bot must know Prometheus before it can be started, which needs the bot's address: a port is chosen first.
    const port = await freePort();
    monitoring = `127.0.0.1:${port}`;
    const compared = (): object => ({
      compare: {
        prometheus: { url: `http://${monitoring}` },
        metrics: [
          {
            name: 'errors',
            unit: 'ratio',
            query: 'last_over_time(sample_error_ratio{job="colors of {service}",color="{color}"}[10s])',
          },
        ],
      },
    });
    const measured = {
      health: [
        { kind: 'http', path: '/healthz', versionPath: 'version', interval: '200ms', successes: 2 },
        {
          kind: 'prometheus',
          name: 'errors',
          url: `http://${monitoring}`,
          query: 'last_over_time(sample_error_ratio{job="colors of {service}",color="{color}"}[10s])',
          above: 0.01,
          interval: '250ms',
          successes: 1,
          deadline: '2s',
        },
      ],
    };
    return {
      bots: 2,
      settings: { ...compared() },
      services: { shaky: { ...compared() }, later: {}, limited: {}, measured },
      file: {
        roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
        alerts: alertSources,
      },
      env: { ALERTS_TOKEN: alertsToken },
    };
  });
  /** Before both replicas: Alertmanager and Slack know no other address. */
  let address: OneAddress;
  let alertmanager: Monitor;
  let prometheus: Monitor;
  beforeAll(async () => {
    address = await startOneAddress(() => town().bots.map(({ bot }) => bot.port));
    town().slack.delivers(`${address.url}/slack/events`);
    // Each delivery comes twice at the same time, as from two Alertmanagers that stand in for each other.
    alertmanager = await startAlertmanager([address.url + webhook, address.url + webhook], alertsToken);
    const jobs = [...watched, 'measured'].map((service): [string, string[]][] => {
      const { blue, green } = at(service);
      return [
        [`colors of ${service}`, [`127.0.0.1:${blue.port}`, `127.0.0.1:${green.port}`]],
        [service, [new URL(town().haproxy.frontend(service)).host]],
      ];
    });
    prometheus = await startPrometheus(
      Object.fromEntries(jobs.flat()),
      watched.map((service) => ({
        alert: 'TooManyErrors',
        // On a busy machine a scrape is late now and then. Without the last value the alert would end for a moment; without
        // that of the colors it could fire before there is something to compare.
        expr: ['', 'colors of ']
          .map((job) => `last_over_time(sample_error_ratio{job="${job}${service}"}[10s]) > 0.01`)
          .join(' and on() '),
        labels: { severity: 'critical', service },
        annotations: { summary: '{{ $value }} of the requests fail' },
      })),
      alertmanager,
      Number(monitoring.split(':')[1]),
    );
  });
  afterAll(async () => {
    await prometheus.stop();
    await alertmanager.stop();
    await address.stop();
  });

  const parents = (service: string): Message[] =>
    town()
      .slack.channel(at(service).channel)
      .messages()
      .filter(
        ({ text, broadcast }) =>
          !broadcast && /^(🚨|⚠️|ℹ️|🔔|✅) /u.test(text) && text.includes(` ${service}: `),
      );

  /** Gives Alertmanager an alert, as Prometheus does. */
  const raise = async (service: string, name: string): Promise<void> => {
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels: { alertname: name, service, severity: 'warning' } }]),
    });
    expect(answer.status).toBe(200);
  };

  /** A release fails, its alert fires, Revert is pressed, the traffic is back, and the alert is over. */
  const thereAndBack = async (service: string): Promise<void> => {
    const place = at(service);
    const { slack } = town();
    await place.baking('v2');
    place.green.levers.errorRatio = 0.05;
    const alert = await slack.until(() => parents(service)[0], patience);
    expect(alert.text).toContain(service);
    expect(slack.look(alert).text).toContain('TooManyErrors · critical');
    expect(slack.look(alert).text).toMatch(/Fired \d+ m?s after release #1 went live/);
    await place.notice('errors over the same 5 min: blue 0 %, green 5 %');
    await place.notice(`🚨 ${service}: TooManyErrors`);
    const bob = slack.person('bob');
    expect((await bob.presses(alert, 'alert.acknowledge')).delivered).toBe(true);
    await place.notice('acknowledged it');
    await bob.presses(alert, 'release.revert', { accept: true });
    await place.until('reverted', (record) => record.live === 'blue' && record.state === 'idle');
    expect(await place.live()).toBe('blue');
    const over = (): Message[] =>
      slack
        .channel(place.channel)
        .thread(alert.ts)
        .filter(({ text }) => text.startsWith('Resolved after'));
    await slack.until(() => over()[0], patience);
    await slack.until(
      () => parents(service)[0]?.text.startsWith(`✅ ${service}: TooManyErrors resolved`),
      patience,
    );
    const [resolved] = parents(service);
    expect(resolved && slack.look(resolved).buttons).toEqual([]);
    expect(parents(service)).toHaveLength(1);
    const rung = slack
      .channel(place.channel)
      .messages()
      .filter(({ broadcast }) => broadcast);
    expect(rung.filter(({ text }) => text.includes(`${service}: TooManyErrors`))).toHaveLength(1);
    expect(over()).toHaveLength(1);
  };

  it('become one thread, with a Revert that brings the traffic back, and say that it is over', async () => {
    await thereAndBack('checkout');
    // Both replicas took deliveries of this alert, and each answered one of the presses.
    const replicas = new Set(town().bots.map(({ bot }) => bot.port));
    const of = (all: { replica: number }[]): Set<number> => new Set(all.map(({ replica }) => replica));
    expect(of(address.of(webhook, '"service":"checkout"'))).toEqual(replicas);
    const presses = address.of('/slack/events', 'block_actions');
    expect(presses).toHaveLength(2);
    expect(of(presses)).toEqual(replicas);
  });

  it('are not needed for what Prometheus measured: a check of it stops a stage, and makes a bake unhealthy', async () => {
    const place = at('measured');
    const ann = town().slack.person('ann');
    const knows = (ratio: number): Promise<unknown> => {
      place.green.levers.errorRatio = ratio;
      return until(`Prometheus knows ${ratio}`, async () => {
        const query = `sample_error_ratio{job="colors of measured",color="green"} == ${ratio}`;
        const answer = await fetch(
          `${prometheus.url}/api/v1/query?${new URLSearchParams({ query }).toString()}`,
        );
        return (await answer.text()).includes(`"${ratio}"`);
      });
    };
    await knows(0.5);
    place.green.levers.version = 'v2';
    await ann.types(place.channel, '/release stage measured v2');
    const failed = await place.until('failed', ({ releases }) => releases[0]?.status === 'failed', 30_000);
    expect(failed.releases[0]?.cause).toBe('errors: 0.5 is above 0.01');
    await knows(0);
    await ann.types(place.channel, '/release stage measured v2');
    await place.until('staged', ({ state }) => state === 'staged', 30_000);
    await ann.types(place.channel, '/release promote measured');
    await place.until('baking', ({ state }) => state === 'baking', 30_000);
    place.green.levers.errorRatio = 0.05;
    const { bake } = await place.until('unhealthy', (one) => one.bake?.verdict === 'unhealthy', 30_000);
    expect(bake?.cause).toBe('errors: 0.05 is above 0.01');
    expect(await place.live()).toBe('green');
  });

  it('do so while Slack answers 429 to every second call', async () => {
    const { slack, bots } = town();
    slack.levers.stutter();
    const from = slack.calls().length;
    await thereAndBack('shaky');
    await until('all is told', async () => (await bots[0]?.redis.outbox.depth()) === 0, 30_000);
    slack.levers.stutter(false);
    const calls = slack.calls().slice(from);
    const limited = calls.filter(({ answer }) => answer['error'] === 'ratelimited');
    expect(limited.length).toBeGreaterThanOrEqual(5);
    // What Slack limits is left alone for as long as it said.
    const same = (one: Call, two: Call): boolean =>
      one.method === two.method && one.args['channel'] === two.args['channel'];
    for (const call of limited) {
      const next = calls.slice(calls.indexOf(call) + 1).find((each) => same(each, call));
      expect((next?.at ?? Infinity) - call.at).toBeGreaterThanOrEqual(990);
    }
  });

  it('are stored by the retries of Alertmanager when Redis was unavailable', async () => {
    const { redis, slack } = town();
    const answers = (): number[] => address.of(webhook, 'WhileAway').map(({ status }) => status);
    redis.pause();
    await raise('later', 'WhileAway');
    await until('Alertmanager was answered 503', () => answers().includes(503), 20_000);
    expect(answers()).not.toContain(202);
    redis.resume();
    await until('Alertmanager was answered 202', () => answers().includes(202), 20_000);
    await slack.until(() => parents('later')[0]?.text.includes('WhileAway'), patience);
    expect(parents('later')).toHaveLength(1);
    for (const { headers } of address.of(webhook, 'WhileAway'))
      expect(headers['user-agent']).toMatch(/^Alertmanager\//);
  });

  it('are posted once Slack takes messages again, by any replica that is left', async () => {
    const { slack, bots } = town();
    slack.levers.rateLimit(4_000);
    await raise('limited', 'WhileLimited');
    await until('it is stored', async () => (await bots[0]?.redis.alerts.open('limited'))?.length === 1);
    expect(parents('limited')).toEqual([]);
    // Whoever stored it is gone before it could be told.
    await bots[0]?.stop();
    await slack.until(() => parents('limited')[0]?.text.includes('WhileLimited'), patience);
    expect(parents('limited')).toHaveLength(1);
  });
});
