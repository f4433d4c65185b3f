import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { built } from '../support/built.ts';
import { temporaryFolder } from '../support/processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const elb = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012';
const rule = `${elb}:listener-rule/app/shop/1/2/3`;
const listener = `${elb}:listener/app/shop/1/4`;
const targetGroups = { blue: `${elb}:targetgroup/blue/1`, green: `${elb}:targetgroup/green/1` };
const service = (router: object, more: object = {}): object => ({
  colors: { blue: { url: 'http://10.0.0.1' }, green: { url: '${GREEN_URL}' } },
  router,
  health: [{ kind: 'http', path: '/healthz' }],
  probe: { url: '${PROBE_URL}', colorHeader: 'x-color' },
  deploy: { kind: 'gitlab', project: 'acme/checkout', token: '${GITLAB_TOKEN}' },
  ...more,
});
/** A file that needs many variables, of Slack, alerts, deploys and another router. */
const file = (services: object): object => ({
  slack: { channel: '${RELEASES_CHANNEL}' },
  alerts: { sources: { prom: { kind: 'alertmanager', token: '${ALERT_TOKEN}' } } },
  defaults: { router: { kind: 'aws-alb', region: 'eu-central-1' } },
  services,
});

/** Runs `doctor --policy` with nothing in the environment but `env`. */
async function policy(
  config: object | string,
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const path = join(folder, 'switchback.yml');
  await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config));
  const { cli } = await built();
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, 'doctor', '--policy', path], { env }, (error, out, err) =>
      resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

it('doctor --policy prints the policy for the routers of the file, without any variable that they do not name', async () => {
  const { code, out, err } = await policy(
    file({
      shop: service({ rule: '${RULE}', targetGroups }),
      cart: service({ listener, targetGroups }),
      other: service({ kind: 'http', region: null, url: '${EDGE_URL}', token: '${EDGE_TOKEN}' }),
    }),
    { RULE: rule },
  );
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SwitchbackAsks',
        Effect: 'Allow',
        Action: [
          'elasticloadbalancing:DescribeRules',
          'elasticloadbalancing:DescribeListeners',
          'elasticloadbalancing:DescribeTargetHealth',
        ],
        Resource: '*',
      },
      {
        Sid: 'SwitchbackSwitchesRules',
        Effect: 'Allow',
        Action: ['elasticloadbalancing:ModifyRule'],
        Resource: [rule],
      },
      {
        Sid: 'SwitchbackSwitchesListeners',
        Effect: 'Allow',
        Action: ['elasticloadbalancing:ModifyListener'],
        Resource: [listener],
      },
    ],
  });
});

it('doctor --policy names what it cannot read of those routers, and prints no policy', async () => {
  const one = (router: object): object => file({ shop: service(router) });
  for (const [config, words] of [
    [
      one({ rule: '${RULE}', targetGroups }),
      'services.shop.router.rule: needs the environment variable RULE, which is not set',
    ],
    [one({ rule: listener, targetGroups }), 'services.shop.router.rule: must be the ARN of a rule'],
    [one({ rule, targetGroup: targetGroups }), 'services.shop.router.targetGroup: is not a known setting'],
    ['services: {', 'file line 1'],
    ['services: [1]', 'No service has a router of kind aws-alb'],
    [one({ kind: 'http', url: 'http://h' }), 'No service has a router of kind aws-alb'],
  ] as const) {
    const { code, out, err } = await policy(config);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(words);
  }
});
