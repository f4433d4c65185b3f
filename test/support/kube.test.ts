import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KubeObject } from './kube/object.ts';
import { startShop } from './kube/shop.ts';
import type { Shop } from './kube/shop.ts';
import { kubectl, kubectlWith } from './kube/kubectl.ts';

let shop: Shop;
let config: string;
beforeAll(async () => {
  shop = await startShop();
  config = await shop.kube.kubeconfig();
});
afterAll(() => shop.stop());

const route = (): KubeObject => shop.kube.store.find('httproutes', 'shop', 'checkout') as KubeObject;
const owners = (field: string): string[] =>
  (route().metadata.managedFields ?? [])
    .filter(({ fieldsV1 }) => Object.hasOwn((fieldsV1['f:spec'] as object | undefined) ?? {}, field))
    .map(({ manager }) => manager);

/** The route as a file of a GitOps repository has it. */
function manifest(blue: number, green: number): object {
  const backendRefs = [
    { name: 'checkout-blue', port: 80, weight: blue },
    { name: 'checkout-green', port: 80, weight: green },
  ];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'checkout', namespace: 'shop' },
    spec: { parentRefs: [{ name: 'public' }], rules: [{ backendRefs }] },
  };
}

describe('the double of the API server', () => {
  test('is read by the real kubectl', async () => {
    expect(await kubectl(config, 'get', 'services', '-o', 'name')).toBe(
      'service/checkout\nservice/checkout-blue\nservice/checkout-green\n',
    );
    expect(
      await kubectl(
        config,
        'get',
        'httproute',
        'checkout',
        '-o',
        'jsonpath={.spec.rules[0].backendRefs[*].weight}',
      ),
    ).toBe('100 0');
    await expect(kubectl(config, 'get', 'service', 'nowhere')).rejects.toThrow(
      'services "nowhere" not found',
    );
  });

  test('is patched by the real kubectl, which is then the owner of what it changed', async () => {
    const patch = [{ op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: 90 }];
    await kubectl(config, 'patch', 'httproute', 'checkout', '--type=json', '-p', JSON.stringify(patch));
    expect(shop.weights()).toEqual({ 'checkout-blue': 90, 'checkout-green': 0 });
    expect(owners('f:rules')).toEqual([expect.stringMatching(/^kubectl/)]);
    await kubectl(config, 'patch', 'service', 'checkout', '-p', '{"spec":{"selector":{"color":"green"}}}');
    expect(shop.selector()).toBe('green');
    shop.setSelector('blue');
  });

  test('takes what the real kubectl applies, and its server-side apply only where no owner is against it', async () => {
    await kubectlWith(config, manifest(100, 0), 'apply', '--validate=false', '-f', '-');
    expect(shop.weights()).toEqual({ 'checkout-blue': 100, 'checkout-green': 0 });
    const flux = [
      'apply',
      '--server-side',
      '--validate=false',
      '--field-manager=kustomize-controller',
      '-f',
      '-',
    ];
    await expect(kubectlWith(config, manifest(0, 100), ...flux)).rejects.toThrow('conflict');
    await kubectlWith(config, manifest(0, 100), ...flux, '--force-conflicts');
    expect(shop.weights()).toEqual({ 'checkout-blue': 0, 'checkout-green': 100 });
    expect(owners('f:rules')).toEqual(['kustomize-controller']);
  });

  test('does not say which test of a JSON patch failed, as the real one does not', async () => {
    const stale = [{ op: 'test', path: '/metadata/resourceVersion', value: '1' }];
    await expect(
      kubectl(config, 'patch', 'httproute', 'checkout', '--type=json', '-p', JSON.stringify(stale)),
    ).rejects.toThrow('The request is invalid');
  });

  test('refuses an older version, a wrong type and a strategic patch of a custom resource', async () => {
    const patch = (form: string, value: unknown): Promise<string> =>
      kubectl(config, 'patch', 'httproute', 'checkout', `--type=${form}`, '-p', JSON.stringify(value));
    const old = { metadata: { resourceVersion: '1' }, spec: { hostnames: ['other.example'] } };
    const wrong = [{ op: 'replace', path: '/spec/rules/0/backendRefs/0/weight', value: -1 }];
    await Promise.all([
      expect(patch('merge', old)).rejects.toThrow('the object has been modified'),
      expect(patch('json', wrong)).rejects.toThrow('spec.rules[0].backendRefs[0].weight'),
      expect(patch('strategic', {})).rejects.toThrow('kubectl'),
    ]);
  });

  test('keeps several EndpointSlices of a Service, which follow its selector when its controller does', () => {
    const addresses = (): unknown[] =>
      shop.kube.store
        .list('endpointslices', 'shop')
        .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'checkout')
        .map(({ endpoints }) => (endpoints as { addresses: string[] }[]).flatMap((each) => each.addresses));
    expect(addresses()).toEqual([['10.1.1.1', '10.1.1.2'], ['10.1.1.3']]);
    shop.levers.endpointsFollow = false;
    shop.setSelector('green');
    expect(addresses()).toEqual([['10.1.1.1', '10.1.1.2'], ['10.1.1.3']]);
    shop.settle();
    expect(addresses()).toEqual([['10.1.2.1', '10.1.2.2'], ['10.1.2.3']]);
    shop.levers.endpointsFollow = true;
    shop.setSelector('blue');
  });

  test('lets in who has a token, to what is allowed', async () => {
    await expect(kubectl(await shop.kube.kubeconfig('nobody'), 'get', 'pods')).rejects.toThrow(
      /Unauthorized|logged in/,
    );
    shop.kube.users['reader'] = { name: 'reader', may: (verb) => verb !== 'patch' };
    const reader = await shop.kube.kubeconfig('reader');
    await expect(
      kubectl(reader, 'patch', 'service', 'checkout', '-p', '{"spec":{"selector":{"color":"green"}}}'),
    ).rejects.toThrow('User "reader" cannot patch resource "services"');
  });
});
