import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
  vi,
} from 'vitest';
import { useProxies } from '../../src/net/proxy.ts';
import { makeAlb } from '../../src/routers/aws-alb-client.ts';
import { newPauses } from '../../src/routers/aws-alb-pauses.ts';
import { albService } from '../support/alb-world.ts';
import type { AlbService } from '../support/alb-world.ts';
import { startConnectProxy } from '../support/connect-proxy.ts';
import { startElb } from '../support/elb.ts';
import type { Elb } from '../support/elb.ts';
import { closeServer, listen } from '../support/listen.ts';
import { temporaryFolder } from '../support/processes.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let elb: Elb;
let service: AlbService;
beforeAll(async () => {
  elb = await startElb();
});
beforeEach(() => {
  service = albService(elb);
});
afterEach(() => {
  elb.calls.length = 0;
  Object.assign(elb.levers, { throttle: 0, deny: new Set(), answer: undefined });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await elb.stop();
});

const has = (text: string) => expect.stringContaining(text) as string;

describe('an API that says "too many"', () => {
  test('is not asked again before a pause is over, and nothing is said of where traffic goes', async () => {
    const router = service.router();
    elb.levers.throttle = 1;
    expect(await router.live(never)).toMatchObject([
      { heading: 'unreachable', detail: 'AWS limits the calls of DescribeRules now (Throttling)' },
    ]);
    expect(await router.live(never)).toMatchObject([
      { heading: 'unreachable', detail: expect.stringMatching(/the next is made in \d+ ms/) as string },
    ]);
    expect(elb.calls).toHaveLength(1);
    await vi.waitFor(
      async () => expect(await router.live(never)).toMatchObject([{ heading: 'blue' }]),
      3_000,
    );
    expect(elb.calls).toHaveLength(2);
  });

  test('is asked after pauses that grow up to 5 s, and at once again after an answer', () => {
    let now = 0;
    const pauses = newPauses(() => now);
    const waited = [1, 2, 3, 4, 5, 6, 7].map(() => {
      pauses.throttled('DescribeRules');
      const ms = pauses.leftMs('DescribeRules');
      now += ms;
      return ms;
    });
    for (const [i, most] of [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000].entries()) {
      expect(waited[i]).toBeLessThanOrEqual(most);
      expect(waited[i]).toBeGreaterThanOrEqual(most * 0.75);
    }
    pauses.throttled('DescribeRules');
    expect(pauses.leftMs('ModifyRule')).toBe(0);
    pauses.answered('DescribeRules');
    expect(pauses.leftMs('DescribeRules')).toBe(0);
  });

  test('has carried out no write that it refused', async () => {
    const router = service.router();
    await router.live(never);
    elb.levers.throttle = 1;
    const throttled = await router.point('green', 2, permit());
    expect(throttled).toMatchObject([{ outcome: 'unreachable' }]);
    expect(elb.actions(service.rule)).toEqual([service.all('blue')]);
  });
});

describe('an API that does not allow something', () => {
  test.each([
    ['DescribeRules', async () => (await service.router().live(never))[0]],
    ['DescribeTargetHealth', async () => (await service.router().ready('green', never))[0]],
    ['ModifyRule', async () => (await service.router().point('green', 2, permit()))[0]],
  ] as const)('is told with the action that a policy lacks: %s', async (action, ask) => {
    elb.levers.deny.add(action);
    expect(await ask()).toMatchObject({
      detail: `AWS does not allow elasticloadbalancing:${action} to this process (AccessDenied); switchback doctor --policy prints what it needs`,
    });
  });

  test('says unknown, or refused, and not that it is unreachable', async () => {
    elb.levers.deny.add('DescribeRules').add('DescribeTargetHealth').add('ModifyRule');
    expect(await service.router().live(never)).toMatchObject([{ heading: 'unknown' }]);
    expect(await service.router().ready('green', never)).toMatchObject([{ ready: 'unknown' }]);
    expect(await service.router().point('green', 2, permit())).toMatchObject([{ outcome: 'refused' }]);
  });
});

describe('an answer that cannot be read', () => {
  const page = '<html><body>hello</body></html>';
  const bomb = `<?xml version="1.0"?><!DOCTYPE a [${Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('')}<!ENTITY e0 "boom">]><DescribeRulesResponse><DescribeRulesResult><Rules><member><RuleArn>&e30;</RuleArn></member></Rules></DescribeRulesResult></DescribeRulesResponse>`;
  test.each([
    ['a page', { status: 200, body: page }, 'unknown'],
    ['nothing', { status: 200, body: '' }, 'unknown'],
    ['JSON', { status: 200, body: '{"Rules":[]}' }, 'unknown'],
    ['XML that grows', { status: 200, body: bomb }, 'unknown'],
    [
      'a rule of somebody else',
      {
        status: 200,
        body: '<DescribeRulesResponse><DescribeRulesResult><Rules><member><RuleArn>x</RuleArn></member></Rules></DescribeRulesResult></DescribeRulesResponse>',
      },
      'unknown',
    ],
    ['a redirect', { status: 302, body: '', headers: { location: 'http://127.0.0.1:1/' } }, 'unknown'],
    ['a refusal in HTML', { status: 403, body: page }, 'unknown'],
    ['a failure of its own', { status: 500, body: page }, 'unreachable'],
    ['a balancer in trouble', { status: 503, body: '' }, 'unreachable'],
    ['more than it may have', { status: 200, body: 'x'.repeat(3 * 1024 * 1024) }, 'unreachable'],
    [
      'compressed bytes',
      { status: 200, body: gzipSync(page), headers: { 'content-encoding': 'gzip' } },
      'unknown',
    ],
  ] as const)('says nothing of where traffic goes: %s', async (_, answer, heading) => {
    elb.levers.answer = answer;
    const [live] = await service.router().live(never);
    expect(live).toMatchObject({ heading, detail: expect.stringMatching(/\w/) as string });
    expect(live?.detail?.length).toBeLessThan(400);
    expect(await service.router().ready('green', never)).not.toMatchObject([{ ready: 'yes' }]);
    expect(await service.router().point('green', 2, permit())).not.toMatchObject([{ outcome: 'taken' }]);
  });
});

describe('credentials', () => {
  test('that are missing are named as missing, and nothing is sent', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    const router = service.router('rule', makeAlb(elb.region));
    const detail = has('this process has no credentials of AWS that work');
    expect(await router.live(never)).toMatchObject([{ heading: 'unreachable', detail }]);
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'unreachable', detail }]);
    expect(elb.calls).toHaveLength(0);
  });

  test('and questions go through the proxy that the environment names', async () => {
    const proxy = await startConnectProxy();
    const sts = createServer((_request, response) => {
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      response.end(
        `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIAROLE</AccessKeyId><SecretAccessKey>${elb.env['AWS_SECRET_ACCESS_KEY']}</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
      );
    });
    const [elbPort, stsPort] = [new URL(elb.url).port, await listen(sts)];
    const token = join(await temporaryFolder(), 'token');
    await writeFile(token, 'a token');
    useProxies({ http: new URL(proxy.url), none: [] });
    onTestFinished(async () => {
      useProxies({ none: [] });
      await Promise.all([proxy.close(), closeServer(sts)]);
    });
    for (const [name, value] of Object.entries({
      AWS_ACCESS_KEY_ID: undefined,
      AWS_SECRET_ACCESS_KEY: undefined,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/switchback',
      AWS_WEB_IDENTITY_TOKEN_FILE: token,
      AWS_ENDPOINT_URL: `http://elb.example.test:${elbPort}`,
      AWS_ENDPOINT_URL_STS: `http://sts.example.test:${stsPort}`,
    }))
      vi.stubEnv(name, value);
    const router = service.router('rule', makeAlb(elb.region));
    expect(await router.live(never)).toMatchObject([{ heading: 'blue' }]);
    expect(proxy.asked).toEqual([`sts.example.test:${stsPort}`, `elb.example.test:${elbPort}`]);
  });
});
