import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import type { Router } from '../../src/release/ports.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { sweepRouters } from '../../src/routers/ask-many.ts';
import { kubectl, kubectlWith } from '../support/kube/kubectl.ts';
import type { Json } from '../support/kube/object.ts';
import { startShop } from '../support/kube/shop.ts';
import type { Shop } from '../support/kube/shop.ts';
import { resourceOf } from '../support/kube/store.ts';
import { until } from '../support/until.ts';
import { permit, routerContract, takesNothing } from './contract.ts';
import type { RouterWorld } from './contract.ts';

const never = new AbortController().signal;
const backends = { blue: 'checkout-blue', green: 'checkout-green' };
const forms = {
  HTTPRoute: { httpRoute: { name: 'checkout', rule: 0, backends } },
  Service: { service: { name: 'checkout', label: 'color', values: { blue: 'blue', green: 'green' } } },
};
type Form = keyof typeof forms;

let contexts = 0;
/** A router by a kubeconfig with a context of its own. */
async function routerOf(shop: Shop, form: Form, token?: string): Promise<{ router: Router; config: string }> {
  contexts += 1;
  const context = `shop-${contexts}`;
  const config = await shop.kube.kubeconfig(token, context);
  process.env['KUBECONFIG'] = config;
  const router = makeRouter(
    routerOptions.parse({ kind: 'kubernetes', namespace: 'shop', context, ...forms[form] }),
  );
  // Read now, before another test names another file.
  await router.live(never);
  return { router, config };
}

function restore({ kube, levers }: Shop): void {
  Object.assign(kube.levers, { hang: undefined, loseAnswers: 0, answer: undefined, before: undefined });
  Object.assign(levers, { endpointsFollow: true, gatewayFollows: true, perSlice: 2 });
  kube.users['switchback-token'] = { name: 'system:serviceaccount:shop:switchback' };
}

function set(shop: Shop, form: Form, value: Color | 'nonsense', manager?: string): void {
  if (form === 'Service') shop.setSelector(value, manager);
  else if (value === 'nonsense')
    shop.setWeights({ 'checkout-blue': 0, 'checkout-green': 0, nonsense: 100 }, manager);
  else
    shop.setWeights(
      { 'checkout-blue': value === 'blue' ? 100 : 0, 'checkout-green': value === 'green' ? 100 : 0 },
      manager,
    );
}

function actual(shop: Shop, form: Form): string {
  if (form === 'Service') return shop.selector();
  const [one] = Object.entries(shop.weights()).filter(([, weight]) => weight === 100);
  return one?.[0].replace('checkout-', '') ?? 'mixed';
}

async function world(form: Form): Promise<RouterWorld> {
  const shop = await startShop();
  const { router } = await routerOf(shop, form);
  const { kube } = shop;
  return {
    router,
    could: 'yes',
    actual: async () => actual(shop, form),
    async set(value) {
      set(shop, form, value);
    },
    cut: () => kube.die(),
    loseAnswer() {
      kube.levers.loseAnswers = 1;
    },
    hang(what) {
      kube.levers.hang = what ?? 'all';
    },
    refuse() {
      kube.users['switchback-token'] = { name: 'somebody', may: (verb) => verb !== 'patch' };
    },
    async restore() {
      restore(shop);
      await kube.revive();
    },
    writes: () => kube.writes().length,
    stop: () => shop.stop(),
  };
}

routerContract('Kubernetes (HTTPRoute)', () => world('HTTPRoute'));
routerContract('Kubernetes (Service)', () => world('Service'));

describe.each(['HTTPRoute', 'Service'] as const)('a router by Kubernetes (%s)', (form) => {
  let shop: Shop;
  let router: Router;
  let config: string;
  beforeAll(async () => {
    shop = await startShop();
    ({ router, config } = await routerOf(shop, form));
  });
  beforeEach(() => {
    restore(shop);
    set(shop, form, 'blue');
    shop.setReady('blue', true);
    shop.setReady('green', true);
    shop.settle();
  });
  afterAll(() => shop.stop());

  const live = async () => (await router.live(never))[0];
  const ready = async (color: Color) => (await router.ready(color, never))[0];
  const point = async (color: Color, given = permit()) => (await router.point(color, 2, given))[0];

  test('leaves all that is not its own as it is, and adds one annotation', async () => {
    const plural = form === 'Service' ? 'services' : 'httproutes';
    const seen = () => {
      const {
        metadata,
        status: _,
        ...rest
      } = structuredClone(shop.kube.store.find(plural, 'shop', 'checkout'))!;
      const {
        annotations: __,
        managedFields: ___,
        resourceVersion: ____,
        generation: _____,
        ...kept
      } = metadata;
      return { ...rest, metadata: kept };
    };
    const before = seen();
    await point('green');
    expect(seen()).not.toEqual(before);
    await point('blue');
    expect(seen()).toEqual(before);
    const { annotations } = shop.kube.store.find(plural, 'shop', 'checkout')?.metadata ?? {};
    expect(Object.keys(annotations ?? {})).toEqual(['switchback/write']);
  });

  test('makes a write that comes late fail: each write changes the version, also where the color stays', async () => {
    let late: { path: string; body: string } | undefined;
    shop.kube.levers.answer = ({ method, path, body }) => {
      if (method !== 'PATCH') return undefined;
      late = { path, body };
      return { status: 504, body: '{}' };
    };
    expect(await point('green')).toMatchObject({ outcome: 'unclear' });
    shop.kube.levers.answer = undefined;
    expect(await point('blue')).toMatchObject({ outcome: 'taken' });
    const patch = JSON.parse(late?.body ?? '') as Json;
    const resource = resourceOf(form === 'Service' ? 'services' : 'httproutes');
    expect(() =>
      shop.kube.store.patch(resource, 'shop', 'checkout', 'json', patch, { manager: 'late' }),
    ).toThrow('rejected');
    expect(actual(shop, form)).toBe('blue');
  });

  test('writes again where only something else of the object changed in between', async () => {
    let once = true;
    shop.kube.levers.before = ({ method }) => {
      if (method !== 'PATCH' || !once) return;
      once = false;
      const resource = resourceOf(form === 'Service' ? 'services' : 'httproutes');
      const patch = { metadata: { labels: { seen: 'yes' } } };
      shop.kube.store.patch(resource, 'shop', 'checkout', 'merge', patch, { manager: 'somebody' });
    };
    expect(await point('green')).toMatchObject({ outcome: 'taken' });
    expect(actual(shop, form)).toBe('green');
  });

  test('does not write over what the real kubectl changes at the same moment, and says who did', async () => {
    const patch =
      form === 'Service'
        ? ['service', 'checkout', '-p', '{"spec":{"selector":{"color":"nobody"}}}']
        : [
            'httproute',
            'checkout',
            '--type=json',
            '-p',
            '[{"op":"replace","path":"/spec/rules/0/backendRefs/0/weight","value":50}]',
          ];
    const arrived = { theirs: false, ours: false };
    // Its patch waits for ours, which has read the object by then, and goes first.
    shop.kube.levers.before = async ({ method, path }) => {
      if (method !== 'PATCH') return;
      const ours = path.includes('fieldManager=switchback');
      arrived[ours ? 'ours' : 'theirs'] = true;
      if (ours) await until('kubectl has written', changed);
      else await until('the write of the bot is here', () => arrived.ours);
    };
    const version = shop.kube.store.version();
    const changed = () => shop.kube.store.version() !== version;
    const second = kubectl(config, 'patch', ...patch);
    await until('the patch of kubectl is here', () => arrived.theirs);
    expect(await point('green')).toMatchObject({
      outcome: 'refused',
      detail: expect.stringMatching(/^kubectl\S* changed it at the same moment: .*(?:nobody|50)/),
    });
    await second;
    expect(actual(shop, form)).not.toBe('green');
    shop.kube.levers.before = undefined;
    expect(await point('green')).toMatchObject({
      outcome: 'taken',
      detail: expect.stringMatching(/^kubectl.*; green was written after that$/),
    });
    expect(await point('green')).not.toHaveProperty('detail');
  });

  test('says who moved it, by the name that the API server notes', async () => {
    await point('green');
    expect(await live()).not.toHaveProperty('by');
    const object =
      form === 'Service'
        ? { apiVersion: 'v1', kind: 'Service', spec: { selector: { app: 'checkout', color: 'blue' } } }
        : {
            apiVersion: 'gateway.networking.k8s.io/v1',
            kind: 'HTTPRoute',
            spec: {
              parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
              rules: [
                {
                  backendRefs: [
                    { name: 'checkout-blue', port: 80, weight: 100 },
                    { name: 'checkout-green', port: 80, weight: 0 },
                  ],
                },
              ],
            },
          };
    const apply = ['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', '-'];
    const named = { ...object, metadata: { name: 'checkout', namespace: 'shop' } };
    await kubectlWith(config, named, ...apply, '--field-manager=argocd-controller');
    expect(await live()).toMatchObject({ heading: 'blue', by: 'argocd-controller' });
    await point('green');
    expect(await live()).not.toHaveProperty('by');
  });

  test('is asked over few connections, which also end and are begun again', async () => {
    const before = shop.kube.connections();
    for (let i = 0; i < 10; i += 1) expect(await live()).toMatchObject({ heading: 'blue' });
    // What one question asks at the same time, and one that is not free yet.
    expect(shop.kube.connections() - before).toBeLessThanOrEqual(3);
    await shop.kube.die();
    expect(await live()).toMatchObject({ heading: 'unreachable', detail: 'connection refused' });
    await shop.kube.revive();
    expect(await live()).toMatchObject({ heading: 'blue' });
  });

  test('names the right that a Role lacks', async () => {
    const lacks = (verb: string, resource: string) => {
      shop.kube.users['switchback-token'] = {
        name: 'bot',
        may: (one, of) => one !== verb || of !== resource,
      };
    };
    const plural = form === 'Service' ? 'services' : 'httproutes';
    lacks('get', plural);
    const group = form === 'Service' ? '""' : '"gateway.networking.k8s.io"';
    const words = (verb: string) =>
      `it may not ${verb} ${plural} in namespace shop: a Role must allow verb ${verb} on resource ${plural} of API group ${group}`;
    expect(await live()).toMatchObject({ heading: 'unreachable', detail: words('get') });
    expect(await ready('green')).toMatchObject({ ready: 'no', detail: words('get') });
    lacks('patch', plural);
    expect(await point('green')).toMatchObject({ outcome: 'refused', detail: words('patch') });
    expect(await live()).toMatchObject({ heading: 'blue' });
  });

  test('says so when its credentials are refused, and reads them again', async () => {
    const { 'switchback-token': user } = shop.kube.users;
    delete shop.kube.users['switchback-token'];
    expect(await live()).toMatchObject({
      heading: 'unreachable',
      detail: 'the API server does not take its credentials (401)',
    });
    if (user) shop.kube.users['switchback-token'] = user;
    process.env['KUBECONFIG'] = config;
    expect(await live()).toMatchObject({ heading: 'blue' });
    let ended = true;
    shop.kube.levers.answer = () => {
      const raw = ended ? { status: 401, body: '{}' } : undefined;
      ended = false;
      return raw;
    };
    expect(await live()).toMatchObject({ heading: 'blue' });
  });

  test.each([
    ['a redirect', { status: 302, headers: { location: 'https://evil.example/' }, body: '' }, 'unknown'],
    ['no JSON', { status: 200, body: 'blue' }, 'unknown'],
    [
      'wrong types',
      { status: 200, body: '{"metadata":7,"spec":{"rules":"all","selector":[]},"items":{}}' },
      'unknown',
    ],
    ['null', { status: 200, body: 'null' }, 'unknown'],
    ['an answer without end', { status: 200, body: Buffer.alloc(9 * 1024 * 1024, ' ') }, 'unreachable'],
    [
      'an answer packed by something else',
      { status: 200, headers: { 'content-encoding': 'zstd' }, body: 'x' },
      'unreachable',
    ],
    ['502 of something in front', { status: 502, body: '<title>Bad gateway</title>' }, 'unreachable'],
    ['429', { status: 429, headers: { 'retry-after': '1' }, body: '{}' }, 'unreachable'],
  ])('takes %s for what it is', async (_what, raw, heading) => {
    shop.kube.levers.answer = () => raw;
    expect(await live()).toMatchObject({ heading });
    expect((await point('green'))?.outcome).toMatch(/^(?:refused|unreachable)$/);
    expect((await ready('green'))?.ready).toMatch(/^(?:no|unreachable)$/);
    shop.kube.levers.answer = undefined;
    expect(actual(shop, form)).toBe('blue');
  });
});

describe('a sweep', () => {
  let shop: Shop;
  let config: string;
  beforeAll(async () => {
    shop = await startShop();
    ({ config } = await routerOf(shop, 'HTTPRoute'));
  });
  afterAll(() => shop.stop());
  const swept = async () => {
    process.env['KUBECONFIG'] = config;
    const context = `shop-${contexts}`;
    const options = routerOptions.parse({
      kind: 'kubernetes',
      namespace: 'shop',
      context,
      ...forms.HTTPRoute,
    });
    return (await sweepRouters([{ service: 'checkout', options }], never)).get('checkout');
  };

  test('asks again where controllers have not followed yet, and then knows who moved it', async () => {
    shop.levers.gatewayFollows = false;
    let reads = 0;
    shop.kube.levers.before = ({ path }) => {
      if (!path.includes('httproutes')) return;
      reads += 1;
      if (reads === 2) shop.settle();
    };
    set(shop, 'HTTPRoute', 'green', 'argocd-controller');
    expect(await swept()).toMatchObject([{ heading: 'green', by: 'argocd-controller' }]);
  });

  test('says what is unknown for longer', async () => {
    shop.kube.levers.before = undefined;
    set(shop, 'HTTPRoute', 'nonsense', 'kubectl-edit');
    expect(await swept()).toMatchObject([{ heading: 'unknown', by: 'kubectl-edit' }]);
  });
});

describe('an HTTPRoute', () => {
  let shop: Shop;
  let router: Router;
  beforeAll(async () => {
    shop = await startShop();
    ({ router } = await routerOf(shop, 'HTTPRoute'));
  });
  beforeEach(() => {
    restore(shop);
    set(shop, 'HTTPRoute', 'blue');
    shop.settle();
  });
  afterAll(() => shop.stop());
  const live = async () => (await router.live(never))[0];

  test('is unknown until its Gateway has seen the newest change', async () => {
    shop.levers.gatewayFollows = false;
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await live()).toMatchObject({
      heading: 'unknown',
      detail: 'its weights say green, but Gateway public has not seen the newest change of the route yet',
    });
    shop.settle();
    expect(await live()).toMatchObject({ heading: 'green' });
  });

  test('is unknown while one of its Gateways says nothing', async () => {
    const store = shop.kube.store;
    const parents = (names: string[]) => ({
      spec: {
        parentRefs: names.map((name) => ({ group: 'gateway.networking.k8s.io', kind: 'Gateway', name })),
      },
    });
    const set = (names: string[]) =>
      store.patch(resourceOf('httproutes'), 'shop', 'checkout', 'merge', parents(names) as unknown as Json, {
        manager: 'kubectl',
      });
    shop.levers.gatewayFollows = true;
    set(['public', 'internal']);
    shop.settle();
    expect(await live()).toMatchObject({ heading: 'blue' });
    shop.levers.gatewayFollows = false;
    const { status } = store.find('httproutes', 'shop', 'checkout') ?? {};
    const [first] = (status?.['parents'] ?? []) as Json[];
    store.patch(
      resourceOf('httproutes'),
      'shop',
      'checkout',
      'merge',
      { status: { parents: [first] } } as unknown as Json,
      { manager: 'gateway-controller' },
      'status',
    );
    expect(await live()).toMatchObject({
      heading: 'unknown',
      detail: 'its weights say blue, but Gateway internal does not say that it serves this route',
    });
    shop.levers.gatewayFollows = true;
    set(['public']);
    shop.settle();
  });

  test.each([
    [{ parents: [] }, 'its weights say blue, but no Gateway says that it serves this route'],
    [
      (generation: number) => ({
        parents: [
          {
            parentRef: { name: 'public' },
            controllerName: 'x/y',
            conditions: [
              {
                type: 'Accepted',
                status: 'True',
                reason: 'Accepted',
                message: '',
                observedGeneration: generation,
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
              {
                type: 'ResolvedRefs',
                status: 'False',
                reason: 'BackendNotFound',
                message: 'no Service',
                observedGeneration: generation,
                lastTransitionTime: '2026-01-01T00:00:00Z',
              },
            ],
          },
        ],
      }),
      'its weights say blue, but Gateway public says that it is not resolved (BackendNotFound: no Service)',
    ],
  ])('is unknown with another status (%#)', async (made, detail) => {
    shop.levers.gatewayFollows = false;
    const { generation = 0 } = shop.kube.store.find('httproutes', 'shop', 'checkout')?.metadata ?? {};
    const status = (typeof made === 'function' ? made(generation) : made) as unknown as Json;
    shop.kube.store.patch(
      resourceOf('httproutes'),
      'shop',
      'checkout',
      'merge',
      { status },
      { manager: 'gateway-controller' },
      'status',
    );
    expect(await live()).toMatchObject({ heading: 'unknown', detail });
  });

  test.each([
    [
      { 'checkout-blue': 50, 'checkout-green': 50 },
      'unknown',
      'several backends, or another, have a weight: checkout-blue 50, checkout-green 50',
    ],
    [
      { 'checkout-blue': 0, 'checkout-green': 0 },
      'unknown',
      'no backend has a weight: checkout-blue 0, checkout-green 0',
    ],
    [{ 'checkout-blue': 1, 'checkout-green': 0 }, 'blue', undefined],
    [{ canary: 0, 'checkout-green': 7, 'checkout-blue': 0 }, 'green', undefined],
    [
      { 'checkout-blue': 100 },
      'unknown',
      'rule 0 of the HTTPRoute has no backend checkout-green: it has checkout-blue 100',
    ],
  ])('with weights %j says %s', async (weights, heading, detail) => {
    shop.setWeights(weights);
    expect(await live()).toMatchObject({ heading, ...(detail !== undefined && { detail }) });
  });

  test('finds its backends by their names at any place, and leaves others with no weight alone', async () => {
    shop.setWeights({ canary: 0, 'checkout-green': 0, 'checkout-blue': 100 });
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(shop.weights()).toEqual({ canary: 0, 'checkout-green': 100, 'checkout-blue': 0 });
  });

  test('is not written while another backend has a weight', async () => {
    shop.setWeights({ 'checkout-blue': 50, 'checkout-green': 0, canary: 50 });
    const detail = 'other backends have a weight too: checkout-blue 50, checkout-green 0, canary 50';
    await takesNothing(router, 'give canary the weight 0', () => shop.weights(), detail);
    expect(await live()).toMatchObject({ heading: 'unknown', repair: 'give canary the weight 0' });
  });

  test('is not written while a color is no backend of its rule', async () => {
    shop.setWeights({ 'checkout-blue': 100, canary: 0 });
    const repair = 'give rule 0 the backends checkout-blue and checkout-green, each once';
    expect(await takesNothing(router, repair, () => shop.weights())).toEqual({
      'checkout-blue': 100,
      canary: 0,
    });
  });

  test('could serve a color whose Service is there and has a ready address', async () => {
    const ready = async () => (await router.ready('green', never))[0];
    expect(await ready()).toMatchObject({ ready: 'yes' });
    shop.setReady('green', false);
    expect(await ready()).toMatchObject({
      ready: 'no',
      detail: 'no address of Service checkout-green is ready',
    });
    shop.setReady('green', true);
    shop.kube.store.remove(resourceOf('services'), 'shop', 'checkout-green');
    expect(await ready()).toMatchObject({
      ready: 'no',
      detail: 'namespace shop has no Service checkout-green',
    });
  });
});

describe('a Service', () => {
  let shop: Shop;
  let router: Router;
  beforeAll(async () => {
    shop = await startShop();
    ({ router } = await routerOf(shop, 'Service'));
  });
  beforeEach(() => {
    restore(shop);
    set(shop, 'Service', 'blue');
    shop.setReady('blue', true);
    shop.setReady('green', true);
    shop.settle();
  });
  afterAll(() => shop.stop());
  const live = async () => (await router.live(never))[0];

  test('is unknown while its EndpointSlices still lead to the other color, all of them or one', async () => {
    shop.levers.endpointsFollow = false;
    expect(await router.point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    expect(await live()).toMatchObject({
      heading: 'unknown',
      detail: expect.stringContaining(
        'its selector says color=green, but 3 of 3 addresses in its EndpointSlices are of other pods (checkout-blue-1',
      ),
    });
    shop.settle();
    expect(await live()).toMatchObject({ heading: 'green' });
  });

  test('is unknown while one of several slices lags', async () => {
    shop.levers.perSlice = 1;
    shop.settle();
    shop.levers.endpointsFollow = false;
    const before = structuredClone(shop.kube.store.find('endpointslices', 'shop', 'checkout-2'));
    shop.setSelector('green');
    shop.settle();
    if (before) {
      const { resourceVersion: _, ...metadata } = before.metadata;
      shop.kube.store.update(
        resourceOf('endpointslices'),
        'shop',
        'checkout-2',
        { ...before, metadata },
        { manager: 'late' },
      );
    }
    expect(await live()).toMatchObject({
      heading: 'unknown',
      detail: expect.stringContaining('1 of 3 addresses'),
    });
  });

  test('is unknown where no address is ready, and one is enough', async () => {
    shop.setReady('blue', false);
    expect(await live()).toMatchObject({
      heading: 'unknown',
      detail: 'its selector says color=blue, but no address of it is ready',
    });
    const one = { status: { conditions: [{ type: 'Ready', status: 'True' }] } };
    shop.kube.store.patch(
      resourceOf('pods'),
      'shop',
      'checkout-blue-2',
      'merge',
      one,
      { manager: 'kubelet' },
      'status',
    );
    expect(await live()).toMatchObject({ heading: 'blue' });
  });

  test('could serve a color of which a pod is ready', async () => {
    const ready = async () => (await router.ready('green', never))[0];
    expect(await ready()).toMatchObject({ ready: 'yes' });
    shop.setReady('green', false);
    expect(await ready()).toMatchObject({
      ready: 'no',
      detail: 'none of 3 pods is ready with app=checkout, color=green',
    });
  });

  test('without the label in its selector serves nobody that the bot knows', async () => {
    const patch = { spec: { selector: { color: null } } };
    shop.kube.store.patch(resourceOf('services'), 'shop', 'checkout', 'merge', patch, { manager: 'fixture' });
    const detail = 'the selector of the Service has no label color';
    expect(await live()).toMatchObject({ heading: 'unknown', detail });
    const repair = 'add color to it, with the value of the color that serves now';
    await takesNothing(router, repair, () => shop.selector(), detail);
    expect(await router.live(never)).toMatchObject([{ heading: 'unknown', repair }]);
    expect(await router.ready('green', never)).toMatchObject([{ ready: 'no', lasting: true, detail }]);
  });
});
