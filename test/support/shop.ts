/**
 * Services as they are in production, of real parts: traffic through HAProxy to two colors, a third server that both
 * need for a cart, and a Prometheus that watches all of it and raises alerts over an Alertmanager.
 */
import { Agent, get } from 'node:http';
import { afterAll, beforeAll } from 'vitest';
import type { Message } from '../../packages/slack-double/src/index.ts';
import { alertSources, alertsToken } from './alerts.ts';
import type { Visit } from './conversation.ts';
import { type Monitor, startAlertmanager, startPrometheus } from './monitoring.ts';
import type { Town } from './one-bot.ts';
import { freePort } from './ports.ts';
import { type SampleColor, startColor } from './sample-color.ts';
import { sharedTown } from './shared-town.ts';
import { until } from './until.ts';

/** The alert when users' requests fail, as HAProxy counts them; and the one when a color is down. */
export const [usersFail, colorDown] = ['CartsFail', 'ColorDown'];

/** The request of pairs. Users ask for `/cart`. */
export const pairPath = '/cart?pair';

/** The share of a color's requests that failed in the last 5 s, as the color counts them. */
export const failedShare = (service: string): string => {
  const rate = (more: string): string =>
    `sum(rate(sample_requests_total{job="${service}",color="{color}"${more}}[5s]))`;
  return `${rate(',status!="200"')} / ${rate('')}`;
};

/** One user of each service asks so often, ms. */
const userMs = 250;

const rules = [
  {
    alert: usersFail,
    expr: ['{code="5xx"}', '{code=~".xx"}']
      .map((which) => `sum by (proxy) (rate(haproxy_frontend_http_responses_total${which}[5s]))`)
      .join(' / ')
      .concat(' > 0.01'),
    keep_firing_for: '15s',
    labels: { severity: 'critical', service: '{{ $labels.proxy }}' },
    annotations: { summary: '{{ $value | humanizePercentage }} of the carts fail' },
  },
  {
    alert: colorDown,
    // On a busy machine a scrape is late now and then.
    expr: 'max by (job, instance) (max_over_time(up{job!="haproxy"}[3s])) == 0',
    labels: { severity: 'warning', service: '{{ $labels.job }}' },
    annotations: { summary: '{{ $labels.instance }} is down' },
  },
];

/** The services, while the file's tests run. */
export interface Shop {
  town: () => Town;
  at: (service: string) => Visit;
  /** The third server, which both colors of a service need. */
  stock: (service: string) => SampleColor;
  /** The newest message about an alert of a service. */
  alert: (service: string, name: string) => Message | undefined;
  /** True when the bot ever sent these words to the channel of a service, also where others replaced them. */
  everSaid: (service: string, words: string) => boolean;
  /** Stages and promotes `v2`, and waits until both colors have answered well. It bakes. */
  compared: (service: string) => Promise<Visit>;
  /** Waits until pairs were asked `count` times more. */
  pairs: (service: string, count: number) => Promise<void>;
  prometheus: () => Monitor;
  /** Starts Prometheus again at its address, without its data. */
  startPrometheus: () => Promise<void>;
}

/** Opens the services for all tests of a file. `settings`: over those that they have, by name, where Prometheus is known. */
export function sharedShop(settings: (prometheus: string) => Record<string, object>): Shop {
  const stocks = new Map<string, SampleColor>();
  let port = 0;
  const { town, at } = sharedTown(async () => {
    port = await freePort();
    const all = Object.entries(settings(`http://127.0.0.1:${port}`));
    for (const [name] of all) stocks.set(name, await startColor('blue', 'stock'));
    const usual = {
      health: [{ kind: 'http', path: '/healthz', versionPath: 'version', interval: '500ms', successes: 2 }],
      promotion: { bake: '10m' },
      compare: { requests: [{ path: pairPath }] },
    };
    return {
      services: Object.fromEntries(all.map(([name, more]) => [name, { ...usual, ...more }])),
      file: {
        roles: { operator: ['U0ANN', 'U0BOB'], approver: ['U0BOB'], admin: ['U0CLEO'] },
        alerts: alertSources,
      },
      env: { ALERTS_TOKEN: alertsToken },
    };
  });
  const agent = new Agent({ keepAlive: true });
  let users: NodeJS.Timeout | undefined;
  let alertmanager: Monitor | undefined;
  let prometheus: Monitor | undefined;
  const stock = (service: string): SampleColor => {
    const found = stocks.get(service);
    if (!found) throw new Error(`no service ${service} in this shop`);
    return found;
  };
  const start = async (): Promise<void> => {
    if (!alertmanager) throw new Error('Alertmanager is not there yet');
    const jobs = [...stocks.keys()].map((service): [string, string[]] => {
      const { blue, green } = at(service);
      return [service, [`127.0.0.1:${blue.port}`, `127.0.0.1:${green.port}`]];
    });
    const all = Object.fromEntries([...jobs, ['haproxy', [town().haproxy.metrics]]]);
    prometheus = await startPrometheus(all, rules, alertmanager, port);
  };
  beforeAll(async () => {
    for (const [service, { url }] of stocks) {
      at(service).blue.levers.needs = url;
      at(service).green.levers.needs = url;
    }
    users = setInterval(() => {
      for (const service of stocks.keys())
        get(`${town().haproxy.frontend(service)}/cart`, { agent }, (answer) => answer.resume()).on(
          'error',
          () => {},
        );
    }, userMs);
    const bot = `http://127.0.0.1:${town().bots[0]?.bot.port}`;
    alertmanager = await startAlertmanager([`${bot}/hooks/alerts/prom`], alertsToken);
    await start();
  });
  afterAll(async () => {
    clearInterval(users);
    agent.destroy();
    await prometheus?.stop();
    await alertmanager?.stop();
    await Promise.all([...stocks.values()].map((each) => each.stop()));
  });
  /** One color may be down. */
  const asked = (service: string): number[] =>
    [at(service).blue, at(service).green].map(
      ({ requests }) => requests.filter((path) => path === pairPath).length,
    );
  return {
    town,
    at,
    stock,
    alert: (service, name) =>
      town()
        .slack.channel(at(service).channel)
        .messages()
        .findLast(
          (message) =>
            !message.broadcast &&
            message.text.includes(` ${service}: `) &&
            at(service).look(message).text.includes(`· ${name} · `),
        ),
    everSaid(service, words) {
      const { slack } = town();
      const { id } = slack.channel(at(service).channel);
      return slack.calls().some(({ args }) => args['channel'] === id && JSON.stringify(args).includes(words));
    },
    async compared(service) {
      const place = at(service);
      await place.baking('v2');
      await place.until('both colors answered', ({ evidence }) => evidence?.now === 'no-difference');
      return place;
    },
    async pairs(service, count) {
      const before = asked(service);
      await until(`${count} pairs`, () =>
        asked(service).some((all, color) => all >= (before[color] ?? 0) + count),
      );
    },
    prometheus() {
      if (!prometheus) throw new Error('Prometheus is not there yet');
      return prometheus;
    },
    startPrometheus: start,
  };
}
