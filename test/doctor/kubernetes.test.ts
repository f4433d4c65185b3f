import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { deployOptions, makeDeploy } from '../../src/deploys/index.ts';
import { examineInstances } from '../../src/doctor/routers.ts';
import { examineDeploy, examineRouter } from '../../src/doctor/services.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { startRollouts } from '../support/kube/rollouts.ts';
import type { Rollouts } from '../support/kube/rollouts.ts';
import { startShop } from '../support/kube/shop.ts';
import type { Shop } from '../support/kube/shop.ts';

let world: Rollouts;
let shop: Shop;
const before = process.env['KUBECONFIG'];
beforeAll(async () => {
  // Loading the client takes longer on a busy machine than a doctor asks.
  await import('@kubernetes/client-node');
  [world, shop] = await Promise.all([startRollouts(), startShop()]);
});
beforeEach(() => {
  for (const { users } of [world.kube, shop.kube]) users['switchback-token'] = { name: 'bot' };
});
afterAll(async () => {
  if (before === undefined) delete process.env['KUBECONFIG'];
  else process.env['KUBECONFIG'] = before;
  await Promise.all([world.stop(), shop.stop()]);
});

const backends = { blue: 'checkout-blue', green: 'checkout-green' };
const place = (context: string) => ({ kind: 'kubernetes', namespace: 'shop', context });
const lacks = ({ users }: Shop['kube'], ...rights: string[]): void => {
  users['switchback-token'] = {
    name: 'bot',
    may: (verb, resource) => !rights.includes(`${verb} ${resource}`),
  };
};

async function deployFound(more: object = {}): Promise<Finding[]> {
  process.env['KUBECONFIG'] = await world.kube.kubeconfig(undefined, 'doctor-deploys');
  const router = makeRouter(routerOptions.parse({ kind: 'http', url: 'http://127.0.0.1:1/router' }));
  const image = 'registry.example/checkout:{version}';
  const part = { ...place('doctor-deploys'), deployments: backends, container: 'app', image, ...more };
  const deploy = makeDeploy(deployOptions.parse(part));
  if (!deploy) throw new Error('a Deployment is a deploy');
  return examineDeploy('checkout', { router, health: [], hooks: [], deploy });
}

test('a deploy with its rights is fine, and nothing is changed by asking', async () => {
  const version = world.kube.store.version();
  expect(await deployFound()).toEqual([{ name: 'checkout deploy', state: 'ok', found: 'can be asked' }]);
  expect(world.kube.store.version()).toBe(version);
});

test('a right that a deploy lacks is named, with the rule that gives it', async () => {
  lacks(world.kube, 'patch deployments', 'list pods');
  expect(await deployFound()).toEqual([
    {
      name: 'checkout deploy',
      state: 'wrong',
      found: 'it may not patch deployments checkout-blue, patch deployments checkout-green in namespace shop',
      fix: 'add to its Role there: { apiGroups: [apps], resources: [deployments], resourceNames: [checkout-blue, checkout-green], verbs: [get, patch] }',
    },
    {
      name: 'checkout deploy',
      state: 'wrong',
      found: 'it may not list pods in namespace shop',
      fix: 'add to its Role there: { apiGroups: [""], resources: [pods], verbs: [list] }',
    },
  ]);
});

test('a Deployment that is not there, is paused or has no such container is found', async () => {
  expect(await deployFound({ deployments: { blue: 'checkout-blue', green: 'other' } })).toMatchObject([
    { state: 'wrong', found: 'Deployment shop/other: namespace shop has no Deployment other' },
  ]);
  expect(await deployFound({ container: 'web' })).toMatchObject([
    { found: 'Deployment shop/checkout-blue: has no container web, but proxy, app' },
    { found: 'Deployment shop/checkout-green: has no container web, but proxy, app' },
  ]);
  world.change('checkout-green', { spec: { paused: true } });
  expect(await deployFound()).toMatchObject([
    { found: 'Deployment shop/checkout-green: it is paused', fix: expect.stringContaining('resume') },
  ]);
  world.change('checkout-green', { spec: { paused: null } });
});

test('doctor reports once a cluster that refuses its credentials, answers with nonsense or is unavailable', async () => {
  const { users, levers } = world.kube;
  await deployFound();
  delete users['switchback-token'];
  const found = 'cannot be asked: the API server does not take its credentials (401)';
  expect(await deployFound()).toMatchObject([{ state: 'wrong', found }]);
  users['switchback-token'] = { name: 'bot' };
  levers.answer = ({ method }) =>
    method === 'POST' ? { status: 200, body: '{"status":{"allowed":"yes"}}' } : undefined;
  expect(await deployFound()).toMatchObject([{ state: 'ok' }]);
  levers.answer = undefined;
  await world.kube.die();
  expect(await deployFound()).toMatchObject([{ found: 'cannot be asked: connection refused' }]);
  await world.kube.revive();
});

test.each([
  [
    'HTTPRoute',
    { httpRoute: { name: 'checkout', backends } },
    'patch httproutes',
    '{ apiGroups: [gateway.networking.k8s.io], resources: [httproutes], resourceNames: [checkout], verbs: [get, patch] }',
  ],
  [
    'Service',
    { service: { name: 'checkout', label: 'color', values: { blue: 'blue', green: 'green' } } },
    'patch services',
    '{ apiGroups: [""], resources: [services], resourceNames: [checkout], verbs: [get, patch] }',
  ],
])(
  'the right to switch that a router by %s lacks is named before it is needed',
  async (_form, part, right, rule) => {
    process.env['KUBECONFIG'] = await shop.kube.kubeconfig(undefined, 'doctor-routers');
    const router = makeRouter(routerOptions.parse({ ...place('doctor-routers'), ...part }));
    const found = () => examineInstances('checkout', { router, health: [], hooks: [] });
    expect(await found()).toEqual([]);
    lacks(shop.kube, right);
    expect(await found()).toMatchObject([
      { found: `it may not ${right} checkout in namespace shop`, fix: `add to its Role there: ${rule}` },
    ]);
  },
);

test('a router of a cluster that does not answer, or lacks the route, has the words of Kubernetes', async () => {
  process.env['KUBECONFIG'] = await shop.kube.kubeconfig(undefined, 'doctor-routers');
  const router = (name: string) =>
    makeRouter(routerOptions.parse({ ...place('doctor-routers'), httpRoute: { name, backends } }));
  const found = (name: string) =>
    examineRouter('shop', { router: router(name), health: [], hooks: [] }, null);
  expect(await found('checkout')).toMatchObject({ state: 'ok' });
  expect(await found('other')).toMatchObject({
    found: expect.stringContaining('namespace shop has no HTTPRoute other') as string,
    fix: expect.stringContaining(
      'compare router.httpRoute and router.namespace with what the cluster has',
    ) as string,
  });
  await shop.kube.die();
  expect(await found('checkout')).toMatchObject({
    found: expect.stringContaining('connection refused') as string,
    fix: expect.stringContaining('let this process reach the API server: KUBECONFIG') as string,
  });
  await shop.kube.revive();
});
