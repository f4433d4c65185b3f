/** A namespace as a cluster has it: a service in two colors, with what controllers do for it. */
import type { Json, KubeObject } from './object.ts';
import { startKube } from './server.ts';
import type { KubeServer } from './server.ts';
import { resourceOf } from './store.ts';

export interface Shop {
  kube: KubeServer;
  readonly levers: {
    /** Whether the controllers of endpoints and of the Gateway follow at once. */
    endpointsFollow: boolean;
    gatewayFollows: boolean;
    /** Addresses in one EndpointSlice. */
    perSlice: number;
  };
  /** Lets controllers do what they have to, whatever the levers say. */
  settle(): void;
  /** Says whether pods of a color are ready. */
  setReady(color: 'blue' | 'green', ready: boolean): void;
  /** Weights of the backends in the route's rule, by name; a name that is missing is left out of it. */
  setWeights(weights: Record<string, number>, manager?: string): void;
  /** The value of the Service's selector. */
  setSelector(value: string, manager?: string): void;
  /** Weights as the API server has them. */
  weights(name?: string): Record<string, number>;
  selector(name?: string): string;
  /** The pods that a Service leads to, by all of its EndpointSlices. */
  leadsTo(name: string): string[];
  /** Whether the Gateway has seen the newest change of a route. */
  seen(name: string): boolean;
  stop(): Promise<void>;
}

export const namespace = 'shop';
const fixture = { manager: 'fixture' };
const pods = 3;

/**
 * Starts the double with namespace `shop`. Each name has a route and a Service of that name, Services and pods of both colors;
 * blue is live.
 */
export async function startShop(names: readonly string[] = ['checkout']): Promise<Shop> {
  const kube = await startKube();
  const { store } = kube;
  const add = (plural: string, name: string, rest: object, labels: Record<string, string> = {}): void => {
    const resource = resourceOf(plural);
    store.create(
      resource,
      namespace,
      { apiVersion: '', kind: '', metadata: { name, labels }, ...rest },
      fixture,
    );
  };
  const levers = { endpointsFollow: true, gatewayFollows: true, perSlice: 2 };
  let busy = false;
  const settle = (what: { endpoints: boolean; gateway: boolean }): void => {
    if (busy) return;
    busy = true;
    if (what.endpoints)
      for (const service of store.list('services', namespace))
        reconcileEndpoints(kube, service, levers.perSlice);
    if (what.gateway) for (const route of store.list('httproutes', namespace)) reconcileRoute(kube, route);
    busy = false;
  };
  store.onChange(() => settle({ endpoints: levers.endpointsFollow, gateway: levers.gatewayFollows }));

  const space = { apiVersion: '', kind: '', metadata: { name: namespace } };
  store.create(resourceOf('namespaces'), '', space, fixture);
  for (const name of names) {
    for (const color of ['blue', 'green']) {
      for (let i = 1; i <= pods; i += 1)
        add(
          'pods',
          `${name}-${color}-${i}`,
          {
            spec: { containers: [{ name: 'app', image: `registry.example/checkout:${color}` }] },
            status: {
              podIP: `10.1.${color === 'blue' ? 1 : 2}.${i}`,
              phase: 'Running',
              conditions: [{ type: 'Ready', status: 'True' }],
            },
          },
          { app: name, color },
        );
      add('services', `${name}-${color}`, {
        spec: { selector: { app: name, color }, ports: [{ port: 80, protocol: 'TCP' }] },
      });
    }
    add('services', name, {
      spec: { selector: { app: name, color: 'blue' }, ports: [{ port: 80, protocol: 'TCP' }] },
    });
    add('httproutes', name, {
      spec: {
        parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'public' }],
        hostnames: ['shop.example'],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [backend(`${name}-blue`, 100), backend(`${name}-green`, 0)],
          },
        ],
      },
    });
  }

  const specOf = (plural: string, name: string): Record<string, Json> =>
    store.find(plural, namespace, name)?.spec ?? {};
  const refs = (of: string): { name: string; weight: number }[] => {
    const rules = specOf('httproutes', of)['rules'] as unknown as {
      backendRefs: { name: string; weight: number }[];
    }[];
    return rules[0]?.backendRefs ?? [];
  };
  return {
    kube,
    levers,
    settle: () => settle({ endpoints: true, gateway: true }),
    setReady(color, ready) {
      for (let i = 1; i <= pods; i += 1) {
        const status = { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] };
        store.patch(
          resourceOf('pods'),
          namespace,
          `checkout-${color}-${i}`,
          'strategic',
          { status },
          { manager: 'kubelet' },
          'status',
        );
      }
    },
    setWeights(weights, manager = 'fixture') {
      const backendRefs = Object.entries(weights).map(([name, weight]) => backend(name, weight));
      const value = backendRefs as unknown as Json;
      const patch = [{ op: 'replace', path: '/spec/rules/0/backendRefs', value }];
      store.patch(resourceOf('httproutes'), namespace, 'checkout', 'json', patch, { manager });
    },
    setSelector(value, manager = 'fixture') {
      store.patch(
        resourceOf('services'),
        namespace,
        'checkout',
        'merge',
        { spec: { selector: { color: value } } },
        { manager },
      );
    },
    weights: (of = 'checkout') => Object.fromEntries(refs(of).map(({ name, weight }) => [name, weight])),
    selector: (name = 'checkout') =>
      (specOf('services', name)['selector'] as Record<string, string>)['color'] ?? '',
    leadsTo: (name) =>
      slicesOf(kube, name).flatMap(({ endpoints }) =>
        (endpoints as { targetRef: { name: string } }[]).map(({ targetRef }) => targetRef.name),
      ),
    seen(name) {
      const route = store.find('httproutes', namespace, name);
      const { parents = [] } = (route?.status ?? {}) as {
        parents?: { conditions: { observedGeneration: number }[] }[];
      };
      const generations = parents.flatMap(({ conditions }) =>
        conditions.map(({ observedGeneration }) => observedGeneration),
      );
      return generations.length > 0 && generations.every((each) => each === route?.metadata.generation);
    },
    stop: () => kube.stop(),
  };
}

function backend(name: string, weight: number): Record<string, Json> {
  return { group: '', kind: 'Service', name, port: 80, weight };
}

/** The EndpointSlices of a Service become what its selector and the readiness of pods say. */
function reconcileEndpoints({ store }: KubeServer, service: KubeObject, perSlice: number): void {
  const selector = Object.entries((service.spec?.['selector'] ?? {}) as Record<string, string>);
  const { name } = service.metadata;
  const chosen = store
    .list('pods', namespace)
    .filter(
      ({ metadata: { labels = {} } }) =>
        selector.length > 0 && selector.every(([key, value]) => labels[key] === value),
    );
  const resource = resourceOf('endpointslices');
  const wanted = new Map<string, KubeObject>();
  for (let i = 0; i === 0 || i < chosen.length; i += perSlice) {
    const endpoints = chosen.slice(i, i + perSlice).map((pod) => {
      const ready = isReady(pod);
      return {
        addresses: [pod.status?.['podIP'] as string],
        conditions: { ready, serving: ready, terminating: false },
        targetRef: { kind: 'Pod', namespace, name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
      };
    });
    const slice = `${name}-${i / perSlice}`;
    wanted.set(slice, {
      apiVersion: '',
      kind: '',
      metadata: {
        name: slice,
        labels: {
          'kubernetes.io/service-name': name,
          'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        },
      },
      addressType: 'IPv4',
      endpoints,
      ports: [{ port: 8080, protocol: 'TCP', name: '' }],
    });
  }
  const by = { manager: 'kube-controller-manager' };
  for (const old of slicesOf({ store }, name))
    if (!wanted.has(old.metadata.name)) store.remove(resource, namespace, old.metadata.name);
  for (const [slice, object] of wanted) {
    if (store.find('endpointslices', namespace, slice)) store.update(resource, namespace, slice, object, by);
    else store.create(resource, namespace, object, by);
  }
}

function slicesOf({ store }: Pick<KubeServer, 'store'>, service: string): KubeObject[] {
  return store
    .list('endpointslices', namespace)
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service);
}

function isReady(pod: KubeObject): boolean {
  const conditions = (pod.status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** The Gateway's controller has seen the newest generation of a route. */
function reconcileRoute({ store }: KubeServer, route: KubeObject): void {
  const parentRefs = (route.spec?.['parentRefs'] ?? []) as Record<string, Json>[];
  const generation = route.metadata.generation ?? 1;
  const condition = (type: string, reason: string): Record<string, Json> => ({
    type,
    status: 'True',
    reason,
    message: '',
    observedGeneration: generation,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  const parents = parentRefs.map((parentRef) => ({
    parentRef,
    controllerName: 'gateway.example/controller',
    conditions: [condition('Accepted', 'Accepted'), condition('ResolvedRefs', 'ResolvedRefs')],
  }));
  store.patch(
    resourceOf('httproutes'),
    namespace,
    route.metadata.name,
    'merge',
    { status: { parents } },
    { manager: 'gateway-controller' },
    'status',
  );
}
