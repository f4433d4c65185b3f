import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Router } from '../../src/release/ports.ts';
import { makeAlb } from '../../src/routers/aws-alb-client.ts';
import { albService } from '../support/alb-world.ts';
import type { AlbService } from '../support/alb-world.ts';
import { forward, startElb } from '../support/elb.ts';
import type { Elb } from '../support/elb.ts';
import { permit, takesNothing } from './contract.ts';

const never = new AbortController().signal;
let elb: Elb;
let service: AlbService;
let router: Router;
beforeAll(async () => {
  elb = await startElb();
});
let count = 0;
beforeEach(() => {
  count += 1;
  service = albService(elb, `shop${count}`);
  router = service.router();
});
afterEach(() => {
  elb.calls.length = 0;
  Object.assign(elb.levers, {
    throttle: 0,
    deny: new Set(),
    answer: undefined,
    before: undefined,
    after: undefined,
  });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await elb.stop();
});

const oidc = {
  Issuer: 'https://idp.example.com',
  AuthorizationEndpoint: 'https://idp.example.com/a?x=1&y=<2>',
  TokenEndpoint: 'https://idp.example.com/t',
  UserInfoEndpoint: 'https://idp.example.com/u',
  ClientId: 'shop',
  SessionCookieName: 'AWSELBAuthSessionCookie',
  Scope: 'openid',
  SessionTimeout: 604_800,
  AuthenticationRequestExtraParams: { display: 'page', prompt: 'login' },
  OnUnauthenticatedRequest: 'authenticate',
} as const;

/** Every kind of action that goes before a forward, and a forward with its groups in another order. */
function rich(): Action[] {
  return [
    { Type: 'authenticate-oidc', Order: 1, AuthenticateOidcConfig: { ...oidc, ClientSecret: 's3cret' } },
    {
      Type: 'authenticate-cognito',
      Order: 2,
      AuthenticateCognitoConfig: {
        UserPoolArn: 'arn:aws:cognito-idp:x',
        UserPoolClientId: 'c',
        UserPoolDomain: 'd',
      },
    },
    {
      Type: 'jwt-validation',
      Order: 3,
      JwtValidationConfig: {
        JwksEndpoint: 'https://idp.example.com/jwks',
        Issuer: 'https://idp.example.com',
        AdditionalClaims: [{ Format: 'string-array', Name: 'scope', Values: ['a', 'b'] }],
      },
    },
    {
      ...forward({ [service.green]: 0, [service.blue]: 100 }),
      Order: 50_000,
    },
  ];
}

describe('a switch of a rule', () => {
  test('changes the two weights, and keeps all other actions as they are', async () => {
    elb.setActions(service.rule, rich());
    const before = structuredClone(elb.rules.get(service.rule));
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    const after = elb.rules.get(service.rule);
    const groups = [
      { TargetGroupArn: service.green, Weight: 100 },
      { TargetGroupArn: service.blue, Weight: 0 },
    ];
    expect(after?.Actions?.[3]?.ForwardConfig?.TargetGroups).toEqual(groups);
    const forwarded = before?.Actions?.[3]?.ForwardConfig;
    if (forwarded) forwarded.TargetGroups = groups;
    expect(after).toEqual(before);
  });

  test('keeps stickiness of the forward action as it is', async () => {
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    const action = service.all('blue');
    elb.setActions(service.rule, [
      { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroupStickinessConfig } },
    ]);
    await router.point('green', 2, permit());
    expect(elb.actions(service.rule)[0]?.ForwardConfig?.TargetGroupStickinessConfig).toEqual(
      TargetGroupStickinessConfig,
    );
  });

  test('adds the group that is not in the forward action yet', async () => {
    elb.setActions(service.rule, [{ Type: 'forward', TargetGroupArn: service.blue }]);
    expect(await router.live(never)).toMatchObject([{ heading: 'blue' }]);
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(elb.actions(service.rule)).toEqual([service.all('green')]);
  });

  test('changes the default action of a listener, and no rule', async () => {
    const other = service.router('listener');
    expect(await other.live(never)).toMatchObject([{ heading: 'blue' }]);
    expect(await other.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(elb.actions(service.listener)).toEqual([service.all('green')]);
    expect(elb.actions(service.rule)).toEqual([service.all('blue')]);
    expect(await other.live(never)).toMatchObject([{ heading: 'green' }]);
  });

  test('reads the rule, writes it, and reads it again', async () => {
    await router.point('green', 2, permit());
    expect(elb.calls.map(({ action }) => action)).toEqual(['DescribeRules', 'ModifyRule', 'DescribeRules']);
    expect(elb.calls[1]?.input).toEqual({ RuleArn: service.rule, Actions: [service.all('green')] });
  });
});

describe('the target of a rule', () => {
  const cases: [string, () => Action[], string][] = [
    [
      'both groups',
      () => [forward({ [service.blue]: 90, [service.green]: 10 })],
      'forwards 90 to shop{n}-blue and 10 to shop{n}-green',
    ],
    [
      'no weight',
      () => [forward({ [service.blue]: 0, [service.green]: 0 })],
      'forwards 0 to shop{n}-blue and 0 to shop{n}-green',
    ],
    [
      'a third group without weight',
      () => [forward({ [service.blue]: 100, [elb.group('canary')]: 0 })],
      'forwards 100 to shop{n}-blue and 0 to canary; canary is not in targetGroups',
    ],
    [
      'a fixed response',
      () => [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }],
      'forwards to no target group (fixed-response)',
    ],
    [
      'a redirect',
      () => [{ Type: 'redirect', RedirectConfig: { StatusCode: 'HTTP_301', Host: 'x' } }],
      'forwards to no target group (redirect)',
    ],
  ];
  test.each(cases)('is unknown for %s, and says what is there', async (_, actions, says) => {
    elb.setActions(service.rule, actions());
    const detail = `the rule ${says.replaceAll('{n}', `${count}`)}`;
    expect(await router.live(never)).toMatchObject([{ heading: 'unknown', detail }]);
  });

  test('is the color that has all the weight, be it 100 or 1', async () => {
    elb.setActions(service.rule, [forward({ [service.blue]: 0, [service.green]: 1 })]);
    expect(await router.live(never)).toMatchObject([{ heading: 'green' }]);
  });

  test('is unknown while the load balancer does not use the targets yet', async () => {
    elb.setActions(service.rule, [service.all('green')]);
    elb.targets.set(service.green, [
      { Target: { Id: '10.0.0.1' }, TargetHealth: { State: 'unused', Reason: 'Target.NotInUse' } },
    ]);
    expect(await router.live(never, 'green')).toMatchObject([
      { heading: 'unknown', detail: expect.stringContaining('does not use its targets yet') as string },
    ]);
  });

  test('is unknown when the rule is gone', async () => {
    elb.rules.delete(service.rule);
    expect(await router.live(never)).toMatchObject([
      { heading: 'unknown', detail: 'AWS says RuleNotFound: One or more rules not found' },
    ]);
  });
});

describe('an action that is not ours to change', () => {
  test('is refused and stays: a third target group, a fixed response', async () => {
    const third = [forward({ [service.blue]: 50, [elb.group('canary')]: 50 })];
    const fixed: Action[] = [{ Type: 'fixed-response', FixedResponseConfig: { StatusCode: '503' } }];
    for (const [actions, repair] of [
      [third, 'take canary out of the forward action'],
      [fixed, 'give it a forward action to the target groups of both colors'],
    ] as const) {
      elb.setActions(service.rule, [...actions]);
      await takesNothing(router, repair, () => structuredClone(elb.actions(service.rule)));
      expect(await router.live(never)).toMatchObject([{ heading: 'unknown', repair }]);
    }
  });

  test('is refused: the default rule of a listener', async () => {
    Object.assign(elb.rules.get(service.rule) ?? {}, { IsDefault: true });
    const words = 'this is the default rule of its listener, which cannot be changed as a rule in AWS';
    await takesNothing(
      router,
      'name its listener in router.listener',
      () => elb.actions(service.rule),
      words,
    );
    expect(await router.live(never)).toMatchObject([{ heading: 'blue' }]);
  });
});

describe('whether a target group could serve', () => {
  const target = (State: string, Reason?: string) =>
    ({ Target: { Id: '10.0.0.1', Port: 80 }, TargetHealth: { State, ...(Reason && { Reason }) } }) as never;
  const ask = async () => (await router.ready('green', never))[0];

  test('yes, when one of its targets is healthy', async () => {
    elb.targets.set(service.green, [target('unhealthy', 'Target.Timeout'), target('healthy')]);
    expect(await ask()).toMatchObject({ ready: 'yes' });
  });

  test('no, when none is, and it says how they are', async () => {
    const bad = target('unhealthy', 'Target.Timeout');
    elb.targets.set(service.green, [bad, bad, target('initial', 'Elb.InitialHealthChecking')]);
    expect(await ask()).toMatchObject({
      ready: 'no',
      detail: `no target of target group shop${count}-green is healthy (2 unhealthy: Target.Timeout, 1 initial: Elb.InitialHealthChecking)`,
    });
    elb.targets.set(service.green, []);
    expect(await ask()).toMatchObject({
      ready: 'no',
      detail: `target group shop${count}-green has no target`,
    });
  });

  test('no, when the group is not in the action, so that nobody checks its targets', async () => {
    for (const arn of [service.rule, service.listener])
      elb.setActions(arn, [forward({ [service.blue]: 100 })]);
    expect(await ask()).toMatchObject({
      ready: 'no',
      lasting: true,
      detail: expect.stringMatching(
        /not in the forward action.*1 unused: Target.NotInUse.*add it with weight 0/,
      ) as string,
    });
  });

  test('no, when AWS does not know the group', async () => {
    const { green, ...rest } = service;
    elb.targets.delete(green);
    expect(rest.blue).toBeDefined();
    expect(await ask()).toMatchObject({
      ready: 'no',
      lasting: true,
      detail: `AWS has no target group shop${count}-green`,
    });
  });

  test('unknown, when its health checks are off', async () => {
    elb.targets.set(service.green, [target('unavailable', 'Target.HealthCheckDisabled')]);
    expect(await ask()).toMatchObject({ ready: 'unknown', lasting: true });
  });

  test('no, while stickiness would keep users on the old color', async () => {
    const action = service.all('blue');
    const TargetGroupStickinessConfig = { Enabled: true, DurationSeconds: 60 };
    elb.setActions(service.rule, [
      { ...action, ForwardConfig: { ...action.ForwardConfig, TargetGroupStickinessConfig } },
    ]);
    expect(await ask()).toMatchObject({
      ready: 'no',
      lasting: true,
      detail: expect.stringContaining('target group stickiness is on') as string,
    });
  });
});

describe("the double's answers", () => {
  test('are read by the SDK as they were meant, field by field', async () => {
    const alb = makeAlb(elb.region);
    const how = { signal: never, deadlineMs: 2_000 };
    elb.setActions(service.rule, rich());
    const redirect: Action = {
      Type: 'redirect',
      Order: 1,
      RedirectConfig: {
        StatusCode: 'HTTP_302',
        Protocol: 'HTTPS',
        Port: '443',
        Host: '#{host}',
        Path: '/#{path}',
        Query: 'a=1&b="2"',
      },
    };
    elb.setActions(service.listener, [redirect]);
    elb.targets.set(service.blue, [
      {
        Target: { Id: 'i-1', Port: 80, AvailabilityZone: 'eu-central-1a' },
        TargetHealth: { State: 'draining', Reason: 'Target.DeregistrationInProgress' },
      },
      { Target: { Id: 'i-2', Port: 81 }, TargetHealth: { State: 'healthy' } },
    ]);
    const rules = await alb.ask('DescribeRules', { RuleArns: [service.rule] }, how);
    const listeners = await alb.ask('DescribeListeners', { ListenerArns: [service.listener] }, how);
    const health = await alb.ask('DescribeTargetHealth', { TargetGroupArn: service.blue }, how);
    if (!rules.ok || !listeners.ok || !health.ok) throw new Error('not answered');
    expect(rules.output.Rules).toEqual([elb.rules.get(service.rule)]);
    expect(listeners.output.Listeners).toEqual([elb.listeners.get(service.listener)]);
    expect(health.output.TargetHealthDescriptions).toEqual(elb.targets.get(service.blue));
  });

  test('say no to a name that the model does not have, and to a wrong signature', async () => {
    const post = (body: string) => fetch(elb.url, { method: 'POST', body });
    expect((await post('Action=DescribeRules&Version=2015-12-01&RuleArns.member.1=x')).status).toBe(403);
    expect((await post('Action=Nothing&Version=2015-12-01')).status).toBe(400);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another');
    expect(await service.router('rule', makeAlb(elb.region)).live(never)).toMatchObject([
      { heading: 'unknown', detail: expect.stringContaining('SignatureDoesNotMatch') as string },
    ]);
  });
});
