/** A namespace with a Deployment for each color, and what the controller of Deployments does for them. */
import type { Json, JsonMap, KubeObject } from './object.ts';
import { startKube } from './server.ts';
import type { KubeServer } from './server.ts';
import { resourceOf } from './store.ts';
import type { Store } from './store.ts';

/** What becomes of new pods: they are ready, or their status is this. */
export type Fate = 'ready' | JsonMap;

export interface Rollouts {
  kube: KubeServer;
  readonly levers: {
    /** Whether the controller follows at once. */
    follows: boolean;
    fate: Fate;
    /** Further conditions of each Deployment. */
    conditions: JsonMap[];
  };
  /** Lets the controller do what it has to, whatever the levers say. */
  settle(): void;
  /** What every new pod of a Deployment is now. */
  becomes(name: string, fate: Fate): void;
  deployment(name: string): KubeObject;
  image(name: string): string;
  /** How many ReplicaSets a Deployment has had. */
  rollouts(name: string): number;
  /** The releases that a Deployment was rolled out for, oldest first, with the image of each. */
  releases(name: string): { release: string; image: string }[];
  /** Goes back to the template before, as `kubectl rollout undo` does. */
  undo(name: string): void;
  change(name: string, patch: Json, manager?: string): void;
  stop(): Promise<void>;
}

const namespace = 'shop';
const by = { manager: 'kube-controller-manager' };
const ready: JsonMap = { conditions: [{ type: 'Ready', status: 'True' }] };

/** Starts the double with the Deployments `<name>-blue` (3 replicas) and `<name>-green` (2) for each name, all rolled out. */
export async function startRollouts(names: readonly string[] = ['checkout']): Promise<Rollouts> {
  const kube = await startKube();
  const { store } = kube;
  const levers: Rollouts['levers'] = { follows: true, fate: 'ready', conditions: [] };
  let busy = false;
  const settle = (): void => {
    if (busy) return;
    busy = true;
    for (const each of store.list('deployments', namespace)) reconcile(store, each, levers);
    busy = false;
  };
  store.onChange(() => {
    if (levers.follows) settle();
  });
  store.create(
    resourceOf('namespaces'),
    '',
    { apiVersion: '', kind: '', metadata: { name: namespace } },
    { manager: 'fixture' },
  );
  for (const name of names)
    for (const [color, replicas] of Object.entries({ blue: 3, green: 2 })) {
      const labels = { app: name, color };
      const containers = [
        { name: 'proxy', image: 'registry.example/proxy:1' },
        { name: 'app', image: 'registry.example/checkout:1.0', env: [{ name: 'COLOR', value: color }] },
      ];
      store.create(
        resourceOf('deployments'),
        namespace,
        {
          apiVersion: '',
          kind: '',
          metadata: { name: `${name}-${color}`, labels },
          spec: {
            replicas,
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers } },
          },
        },
        { manager: 'fixture' },
      );
    }
  const deployment = (name: string): KubeObject => {
    const found = store.find('deployments', namespace, name);
    if (!found) throw new Error(`no Deployment ${name}`);
    return found;
  };
  return {
    kube,
    levers,
    settle,
    becomes(name, fate) {
      levers.fate = fate;
      for (const pod of podsOf(store, name).filter((each) => isNew(each, deployment(name))))
        setStatus(store, 'pods', pod.metadata.name, fate === 'ready' ? ready : fate);
    },
    deployment,
    image: (name) => imageIn(templateOf(deployment(name))),
    rollouts: (name) => setsOf(store, name).length,
    releases: (name) =>
      setsOf(store, name).flatMap((set) => {
        const release = annotationsOf(templateOf(set))['switchback/release'];
        return release === undefined ? [] : [{ release, image: imageIn(templateOf(set)) }];
      }),
    undo(name) {
      const value = templateOf(setsOf(store, name).at(-2) ?? deployment(name));
      const patch = [{ op: 'replace', path: '/spec/template', value }];
      store.patch(resourceOf('deployments'), namespace, name, 'json', patch, { manager: 'kubectl-rollout' });
    },
    change(name, patch, manager = 'somebody') {
      store.patch(resourceOf('deployments'), namespace, name, 'strategic', patch, { manager });
    },
    stop: () => kube.stop(),
  };
}

const templateOf = ({ spec }: KubeObject): JsonMap => (spec?.['template'] ?? {}) as JsonMap;
const annotationsOf = (template: JsonMap): Record<string, string> =>
  (template as { metadata: { annotations?: Record<string, string> } }).metadata.annotations ?? {};
function imageIn(template: JsonMap): string {
  const { spec } = template as unknown as { spec: { containers: { name: string; image: string }[] } };
  return spec.containers.find((each) => each.name === 'app')?.image ?? '';
}
const ownedBy = (store: Store, plural: string, name: string): KubeObject[] =>
  store.list(plural, namespace).filter(({ metadata }) => metadata.labels?.['owner'] === name);
const setsOf = (store: Store, name: string): KubeObject[] =>
  ownedBy(store, 'replicasets', name).toSorted((one, other) => numberOf(one) - numberOf(other));
const numberOf = ({ metadata }: KubeObject): number => Number(metadata.name.split('-').at(-1));
const podsOf = (store: Store, name: string): KubeObject[] => ownedBy(store, 'pods', name);
const textOf = (object: KubeObject): string => JSON.stringify(templateOf(object));
const isNew = (pod: KubeObject, deployment: KubeObject): boolean =>
  pod['template'] === undefined ? false : pod['template'] === textOf(deployment);

function setStatus(store: Store, plural: string, name: string, status: JsonMap): void {
  const patch = [{ op: 'add', path: '/status', value: status }];
  store.patch(resourceOf(plural), namespace, name, 'json', patch, by, 'status');
}

/** One ReplicaSet for each template; old pods end once the new ones are ready. */
function reconcile(store: Store, deployment: KubeObject, levers: Rollouts['levers']): void {
  const { name } = deployment.metadata;
  if (deployment.spec?.['paused'] === true) return;
  const template = textOf(deployment);
  const sets = setsOf(store, name);
  if (!sets.some((each) => textOf(each) === template))
    store.create(
      resourceOf('replicasets'),
      namespace,
      {
        apiVersion: '',
        kind: '',
        metadata: { name: `${name}-${sets.length + 1}`, labels: { owner: name } },
        spec: { template: templateOf(deployment) },
      },
      by,
    );
  const wanted = Number(deployment.spec?.['replicas'] ?? 1);
  const own = podsOf(store, name).filter((each) => isNew(each, deployment));
  const { metadata } = templateOf(deployment) as { metadata: { labels: Record<string, string> } };
  const annotations = annotationsOf(templateOf(deployment));
  for (let i = own.length; i < wanted; i += 1)
    store.create(
      resourceOf('pods'),
      namespace,
      {
        apiVersion: '',
        kind: '',
        metadata: {
          name: `${name}-${setsOf(store, name).length}-${i + 1}`,
          labels: { ...metadata.labels, owner: name },
          annotations,
        },
        template,
      },
      by,
    );
  for (const pod of own.slice(wanted)) store.remove(resourceOf('pods'), namespace, pod.metadata.name);
  const now = podsOf(store, name);
  const fresh = now.filter((each) => isNew(each, deployment));
  for (const pod of fresh.filter(({ status }) => status === undefined))
    setStatus(store, 'pods', pod.metadata.name, levers.fate === 'ready' ? ready : levers.fate);
  const available = podsOf(store, name).filter((each) => isNew(each, deployment) && isReady(each)).length;
  if (available >= wanted)
    for (const old of now.filter((each) => !isNew(each, deployment)))
      store.remove(resourceOf('pods'), namespace, old.metadata.name);
  setStatus(store, 'deployments', name, {
    observedGeneration: deployment.metadata.generation ?? 1,
    replicas: podsOf(store, name).length,
    updatedReplicas: fresh.length,
    // Of old pods too.
    availableReplicas: podsOf(store, name).filter(isReady).length,
    conditions: levers.conditions,
  });
}

function isReady({ status }: KubeObject): boolean {
  const conditions = (status?.['conditions'] ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status: value }) => type === 'Ready' && value === 'True');
}
