import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { examineReady } from '../../src/doctor/routers.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { policyOf } from '../../src/routers/aws-alb-policy.ts';
import { albRouterOptions } from '../../src/routers/aws-alb-options.ts';
import { sweepRouters } from '../../src/routers/ask-many.ts';
import { albService } from '../support/alb-world.ts';
import { startElb } from '../support/elb.ts';
import type { Elb } from '../support/elb.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let elb: Elb;
beforeAll(async () => {
  elb = await startElb('eu-west-1');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await elb.stop();
});

const actionsOf = (policy: ReturnType<typeof policyOf>): string[] =>
  policy.Statement.flatMap(({ Action }) => Action).toSorted();

describe('the policy', () => {
  test.each(['rule', 'listener'] as const)('allows exactly the calls that are made for a %s', async (by) => {
    elb.calls.length = 0;
    const service = albService(elb, `by-${by}`);
    const options = albRouterOptions.parse(service.settings(by));
    const router = makeRouter(options);
    await router.live(never);
    await router.live(never, 'blue');
    await router.ready('green', never);
    await router.point('green', 2, permit());
    await router.point('blue', 3, { ...permit(), insists: true });
    await examineReady('shop', { router, health: [], hooks: [] });
    await sweepRouters([{ service: 'shop', options }], never);
    const called = [...new Set(elb.calls.map(({ action }) => `elasticloadbalancing:${action}`))].toSorted();
    expect(actionsOf(policyOf([options]))).toEqual(called);
  });

  test('allows changes only of what is switched', () => {
    const [one, other] = [albService(elb, 'one'), albService(elb, 'other')];
    const policy = policyOf([
      albRouterOptions.parse(one.settings('rule')),
      albRouterOptions.parse(other.settings('listener')),
    ]);
    expect(policy.Statement.map(({ Action, Resource }) => [Action, Resource])).toEqual([
      [
        ['DescribeRules', 'DescribeListeners', 'DescribeTargetHealth'].map(
          (each) => `elasticloadbalancing:${each}`,
        ),
        '*',
      ],
      [['elasticloadbalancing:ModifyRule'], [one.rule]],
      [['elasticloadbalancing:ModifyListener'], [other.listener]],
    ]);
  });
});

const shop = (router: object, more: object = { probe: { url: 'http://h' } }) => ({
  colors: { blue: { url: 'http://b' }, green: { url: 'http://g' } },
  router,
  health: [{ kind: 'http', path: '/healthz' }],
  ...more,
});

function configOf(services: Record<string, object>) {
  const env = {
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_SIGNING_SECRET: '0'.repeat(32),
    REDIS_URL: 'redis://127.0.0.1:1',
    PORT: '3000',
  };
  return loadConfig({ env, text: JSON.stringify({ slack: { channel: 'C0RELEASES' }, services }) });
}

describe('the settings', () => {
  const arns = {
    rule: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/a/1/2/3',
    listener: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/a/1/2',
    blue: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/b/1',
    green: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/g/1',
  };
  const settings = (changed: object = {}) => ({
    kind: 'aws-alb',
    region: 'eu-west-1',
    rule: arns.rule,
    targetGroups: { blue: arns.blue, green: arns.green },
    ...changed,
  });

  test.each([
    ['neither rule nor listener', { rule: undefined }],
    ['both rule and listener', { listener: arns.listener }],
    ['a listener as a rule', { rule: arns.listener }],
    ['a rule of a Network Load Balancer', { rule: arns.rule.replace('/app/', '/net/') }],
    ['one group for both colors', { targetGroups: { blue: arns.blue, green: arns.blue } }],
    ['another region than that of the ARNs', { region: 'us-west-9' }],
    ['a region that is none', { region: 'Frankfurt' }],
    ['an ARN with a newline', { rule: `${arns.rule}\n` }],
    ['an unknown key', { endpoint: 'http://h' }],
  ])('refuse %s', (_, changed) => {
    expect(routerOptions.safeParse(settings(changed)).success).toBe(false);
    expect(routerOptions.safeParse(settings()).success).toBe(true);
  });

  test('need a probe', () => {
    expect(() => configOf({ shop: shop(settings()) })).not.toThrow();
    expect(() => configOf({ shop: shop(settings(), {}) })).toThrow(
      /services\.shop\.probe: is needed with a router of kind aws-alb/,
    );
  });

  test('do not let two services switch one rule', () => {
    expect(() => configOf({ shop: shop(settings()), other: shop(settings()) })).toThrow(
      /services\.other\.router\.rule: is switched by services\.shop too: same rule/,
    );
  });
});

describe('a sweep', () => {
  test('asks for all rules of a region at once, and for each where AWS does not know one of them', async () => {
    const services = Array.from({ length: 23 }, (_, i) => albService(elb, `swept${i}`));
    const entries = services.map((service, i) => ({
      service: `swept${i}`,
      options: albRouterOptions.parse(service.settings(i === 22 ? 'listener' : 'rule')),
    }));
    elb.calls.length = 0;
    const answers = await sweepRouters(entries, never);
    expect(elb.calls.map(({ action }) => action).toSorted()).toEqual([
      'DescribeListeners',
      'DescribeRules',
      'DescribeRules',
    ]);
    expect([...answers.values()].flat().every(({ heading }) => heading === 'blue')).toBe(true);
    elb.rules.delete(services[3]?.rule ?? '');
    const without = await sweepRouters(entries, never);
    const headings = entries.map(({ service }) => without.get(service)?.[0]?.heading);
    expect(headings).toEqual(entries.map((_, i) => (i === 3 ? 'unknown' : 'blue')));
  });
});

describe('doctor', () => {
  test('says that stickiness of target groups must be turned off', async () => {
    const service = albService(elb, 'sticky');
    const action = service.all('blue');
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    elb.setActions(service.rule, [
      { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroupStickinessConfig } },
    ]);
    const findings = await examineReady('shop', { router: service.router(), health: [], hooks: [] });
    expect(findings).toMatchObject([
      { state: 'wrong', found: expect.stringContaining('target group stickiness is on') as string },
      { state: 'wrong' },
    ]);
  });
});
