/** How many alerts are stored and answered, and how soon a webhook is a thread with its button. */
import autocannon from 'autocannon';
import { alertmanagerBody, alertSources, alertsToken } from '../test/support/alerts.ts';
import { startRouterServer } from '../test/support/router-server.ts';
import { until } from '../test/support/until.ts';
import type { Row } from './figure.ts';
import { ms, percentile, spread } from './figure.ts';
import { startBot } from './process.ts';
import { adopted, colors, configuration, withSetup, writes } from './setup.ts';

const groups = 500;
const alertsOfBody = 3;
const singles = 40;

/** The rows of this figure. */
export function alerts(): Promise<Row[]> {
  return withSetup(async (around) => {
    const names = Array.from({ length: singles }, (_, i) => `service-${i}`);
    // Each service in a channel of its own: what is measured is the bot, not Slack's allowance of a channel.
    const channels = names.map((name) => around.slack.world.addChannel(name).id);
    const router = await startRouterServer();
    around.after(() => router.stop());
    const routing = { kind: 'http', url: router.url, token: '${ROUTER_TOKEN}' };
    const services = Object.fromEntries(
      names.map((name, i) => [name, { ...colors(around), router: routing, channel: channels[i] }]),
    );
    const bot = await startBot(
      { ...configuration(services), alerts: alertSources },
      { ...around.env, ROUTER_TOKEN: router.token, ALERTS_TOKEN: alertsToken },
    );
    around.after(() => bot.stop());
    await adopted(around, singles);
    const url = `${bot.origin}/hooks/alerts/prom`;
    const headers = { authorization: `Bearer ${alertsToken}`, 'content-type': 'application/json' };

    const times: number[] = [];
    for (const [i, service] of names.entries()) {
      const body = JSON.stringify(alertmanagerBody(service, [{ service, severity: 'warning' }]));
      const began = performance.now();
      const answer = await fetch(url, { method: 'POST', headers, body });
      if (answer.status !== 202) throw new Error(`an alert was answered with ${answer.status}`);
      const parent = await around.slack.until(() =>
        around.slack
          .channel(channels[i] ?? '')
          .messages()
          .find(({ text }) => text.includes('HighErrorRate')),
      );
      times.push(performance.now() - began);
      if (around.slack.look(parent).buttons.length === 0) throw new Error('the alert has no buttons');
    }

    let count = 0;
    const wrong: string[] = [];
    const load = (seconds: number) =>
      autocannon({
        url,
        connections: 16,
        duration: seconds,
        timeout: 5,
        requests: [
          {
            setupRequest(request) {
              const round = Math.floor(count / groups);
              // Half of them concern a service, whose record is looked at; the others none that is known.
              const group = count % groups;
              const service = group % 2 === 0 ? names[(group / 2) % singles] : undefined;
              const body = alertmanagerBody(
                `group-${group}`,
                Array.from({ length: alertsOfBody }, (_, i) => ({
                  name: `alert-${round}-${i}`,
                  ...(service !== undefined && { service }),
                })),
              );
              count += 1;
              return { ...request, method: 'POST', headers, body: JSON.stringify(body) };
            },
            onResponse(status, body) {
              if (status !== 202) wrong.push(`${status} ${body}`);
            },
          },
        ],
      });
    await load(2);
    const began = performance.now();
    const before = count;
    const answered: number[] = [];
    const running = load(4);
    running.on('response', (_client, _status, _bytes, took) => answered.push(took));
    await running;
    const perSecond = ((count - before) * alertsOfBody) / ((performance.now() - began) / 1000);
    if (wrong.length > 0) throw new Error(`${wrong.length} wrong answers: ${wrong[0]}`);
    const plain = await writes(around, 2_000, 16);
    await until('the bot is well', async () => (await fetch(`${bot.origin}/healthz`)).status === 200);
    return [
      {
        figure: 'alerts stored and answered, bodies of 3, 16 connections, every other of a known service',
        measured: `${perSecond.toFixed(0)}/s, p99 ${ms(percentile(answered, 0.99))}`,
        baseline: `a write to Redis p99 ${ms(percentile(plain, 0.99))}`,
        target: 'at least 1,000/s',
        reached: perSecond >= 1_000,
      },
      {
        figure: 'webhook until its thread with buttons is posted, pretended Slack included',
        measured: spread(times),
        baseline: `a write to Redis ${spread(plain)}`,
        target: 'median below 100 ms, p99 below 150 ms',
        reached: percentile(times, 0.5) < 100 && percentile(times, 0.99) < 150,
      },
    ];
  });
}
