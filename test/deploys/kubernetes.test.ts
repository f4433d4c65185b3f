import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployOptions, makeDeploy } from '../../src/deploys/index.ts';
import type { Deploy, DeployJob } from '../../src/release/ports.ts';
import { kubectl, kubectlWith } from '../support/kube/kubectl.ts';
import type { JsonMap } from '../support/kube/object.ts';
import { startRollouts } from '../support/kube/rollouts.ts';
import type { Rollouts } from '../support/kube/rollouts.ts';
import { until } from '../support/until.ts';

const never = new AbortController().signal;
const written = {
  kind: 'kubernetes',
  namespace: 'shop',
  deployments: { blue: 'checkout-blue', green: 'checkout-green' },
  container: 'app',
  image: 'registry.example/checkout:{version}',
};
let world: Rollouts;
let deploy: Deploy;
let config: string;
let releases = 0;

const made = (more: object = {}): Deploy => {
  const found = makeDeploy(deployOptions.parse({ ...written, context: 'deploys', ...more }));
  if (!found) throw new Error('a Deployment is a deploy');
  return found;
};
/** A job of a release of its own. */
const jobOf = (version: string, more: Partial<DeployJob> = {}): DeployJob => {
  releases += 1;
  return { service: 'checkout', color: 'green', version, release: `r-${releases}`, ...more };
};
const begin = async (job: DeployJob, by = deploy): Promise<string> => {
  const started = await by.start(job, never);
  if (!started.ok) throw new Error(started.reason);
  return started.id;
};
const waiting = (reason: string, message = '', more: JsonMap = {}): JsonMap => ({
  containerStatuses: [{ name: 'app', restartCount: 0, state: { waiting: { reason, message } }, ...more }],
});

beforeAll(async () => {
  world = await startRollouts();
  config = await world.kube.kubeconfig(undefined, 'deploys');
  process.env['KUBECONFIG'] = config;
  deploy = made();
});
beforeEach(() => {
  Object.assign(world.kube.levers, { hang: undefined, loseAnswers: 0, answer: undefined, before: undefined });
  Object.assign(world.levers, { follows: true, fate: 'ready', conditions: [] });
  world.kube.users['switchback-token'] = { name: 'system:serviceaccount:shop:switchback' };
  world.change('checkout-green', { spec: { replicas: 2, paused: null } });
  world.becomes('checkout-green', 'ready');
  world.settle();
  world.kube.seen.length = 0;
});
afterAll(() => world.stop());

describe('a deploy by Kubernetes', () => {
  test('sets the image of one container of the color, and is followed to the end of the rollout', async () => {
    const before = structuredClone(world.deployment('checkout-green').spec);
    const blue = world.deployment('checkout-blue').metadata.resourceVersion;
    world.levers.fate = {};
    const job = jobOf('1.1');
    const id = await begin(job);
    expect(await deploy.follow(id, never)).toEqual({
      state: 'running',
      message: '2 old pods are left',
    });
    world.becomes('checkout-green', 'ready');
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
    const after = structuredClone(world.deployment('checkout-green').spec) as JsonMap;
    expect(world.image('checkout-green')).toBe('registry.example/checkout:1.1');
    const template = after['template'] as {
      metadata: { annotations?: JsonMap };
      spec: { containers: { image: string }[] };
    };
    expect(template.metadata.annotations).toEqual({ 'switchback/release': job.release });
    const was = before?.['template'] as typeof template;
    if (was.metadata.annotations) template.metadata.annotations = was.metadata.annotations;
    else delete template.metadata.annotations;
    (template.spec.containers[1] as { image: string }).image = was.spec.containers[1]?.image ?? '';
    expect(after).toEqual(before);
    expect(world.deployment('checkout-blue').metadata.resourceVersion).toBe(blue);
  });

  test('is written once for a release, however often it is started', async () => {
    const job = jobOf('1.2');
    world.kube.levers.loseAnswers = 1;
    expect(await deploy.start(job, never)).toMatchObject({ ok: false, retryable: true });
    const before = world.rollouts('checkout-green');
    const id = await begin(job);
    expect(await begin(job, made())).toBe(id);
    expect(world.kube.writes()).toHaveLength(1);
    expect(world.rollouts('checkout-green')).toBe(before);
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
  });

  test('starts new pods also for the image that is there', async () => {
    await begin(jobOf('1.3'));
    const before = world.rollouts('checkout-green');
    await begin(jobOf('1.3'));
    expect(world.rollouts('checkout-green')).toBe(before + 1);
  });

  test('is not done before the cluster has seen the change', async () => {
    world.levers.follows = false;
    const id = await begin(jobOf('1.4'));
    expect(await deploy.follow(id, never)).toEqual({
      state: 'running',
      message: 'the cluster has not seen the change yet',
    });
    world.settle();
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
  });

  test('scales a color that stands at 0 to what the live one has, in the same write', async () => {
    world.change('checkout-green', { spec: { replicas: 0 } });
    const id = await begin(jobOf('1.5'));
    expect(world.deployment('checkout-green').spec?.['replicas']).toBe(3);
    expect(world.kube.writes()).toHaveLength(1);
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
  });

  test('leaves another number of replicas as it is', async () => {
    await begin(jobOf('1.6'));
    expect(world.deployment('checkout-green').spec?.['replicas']).toBe(2);
  });

  test('writes again over what a controller changed in between', async () => {
    let once = true;
    world.kube.levers.before = ({ method }) => {
      if (method !== 'PATCH' || !once) return;
      once = false;
      world.change('checkout-green', { metadata: { labels: { seen: String(releases) } } });
    };
    expect(await begin(jobOf('1.7'))).not.toBe('');
    expect(world.kube.writes()).toHaveLength(2);
    expect(world.image('checkout-green')).toBe('registry.example/checkout:1.7');
  });

  test.each([
    [
      'ImagePullBackOff',
      waiting('ImagePullBackOff', 'Back-off pulling image "registry.example/checkout:2"'),
      'container app: ImagePullBackOff: Back-off pulling image "registry.example/checkout:2"',
    ],
    [
      'a configuration that is missing',
      waiting('CreateContainerConfigError', 'configmap "checkout" not found'),
      'container app: CreateContainerConfigError: configmap "checkout" not found',
    ],
    [
      'a container that ends again and again',
      waiting('CrashLoopBackOff', 'back-off 20s restarting failed container', {
        restartCount: 2,
        lastState: { terminated: { exitCode: 1, reason: 'Error' } },
      }),
      'container app: CrashLoopBackOff, it ended with exit code 1 (Error), restarted 2 times',
    ],
    [
      'trouble of a container that runs first',
      { initContainerStatuses: [{ name: 'migrate', state: { waiting: { reason: 'InvalidImageName' } } }] },
      'container migrate: InvalidImageName',
    ],
  ])('fails at %s as soon as it is seen', async (_what, fate, words) => {
    world.levers.fate = fate;
    const stand = await deploy.follow(await begin(jobOf('2')), never);
    expect(stand.state).toBe('failed');
    expect(stand.message).toContain(words);
  });

  test.each([
    [
      'a pod that fits on no node',
      {
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available: 3 Insufficient cpu.',
          },
        ],
      },
      'Unschedulable: 0/3 nodes are available: 3 Insufficient cpu; ',
    ],
    [
      'a container that ended once',
      waiting('CrashLoopBackOff', '', { restartCount: 1, lastState: { terminated: { exitCode: 137 } } }),
      'CrashLoopBackOff, it ended with exit code 137, restarted once; ',
    ],
    ['a first pull that failed', waiting('ErrImagePull', 'i/o timeout'), 'ErrImagePull: i/o timeout; '],
  ])('reports %s, and waits: that may pass', async (_what, fate, words) => {
    world.levers.fate = fate;
    const id = await begin(jobOf('2.1'));
    const stand = await deploy.follow(id, never);
    expect(stand.state).toBe('running');
    expect(stand.message).toContain(words);
    world.becomes('checkout-green', 'ready');
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
  });

  test('says nothing of pods that only begin, nor of old ones in trouble', async () => {
    world.becomes('checkout-green', waiting('ImagePullBackOff', 'of the release before'));
    world.levers.fate = waiting('ContainerCreating');
    const id = await begin(jobOf('2.2'));
    expect(await deploy.follow(id, never)).toEqual({ state: 'running', message: '2 old pods are left' });
  });

  test('says why pods cannot be made, and fails when the cluster gives up', async () => {
    world.levers.fate = {};
    const failure = {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'pods "checkout-green-x" is forbidden: exceeded quota: small',
    };
    world.levers.conditions = [failure];
    const id = await begin(jobOf('2.3'));
    const stuck =
      '2 old pods are left; FailedCreate: pods "checkout-green-x" is forbidden: exceeded quota: small';
    expect(await deploy.follow(id, never)).toEqual({ state: 'running', message: stuck });
    world.levers.conditions.push({
      type: 'Progressing',
      status: 'False',
      reason: 'ProgressDeadlineExceeded',
    });
    world.settle();
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: `ProgressDeadlineExceeded: ${stuck}`,
    });
  });

  test('goes by the conditions where it may not list pods, and says so', async () => {
    world.kube.users['switchback-token'] = { name: 'somebody', may: (verb) => verb !== 'list' };
    world.levers.fate = {};
    const stand = await deploy.follow(await begin(jobOf('2.4')), never);
    expect(stand.state).toBe('running');
    expect(stand.message).toContain('its pods cannot be seen: it may not list pods in namespace shop');
  });

  test('says who sets the image back', async () => {
    const id = await begin(jobOf('3'));
    const image = 'app=registry.example/checkout:1.0';
    await kubectl(config, '-n', 'shop', 'set', 'image', 'deployment/checkout-green', image);
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: 'kubectl-set set the image of app to registry.example/checkout:1.0',
    });
  });

  test('says which GitOps controller applies another image over it', async () => {
    const id = await begin(jobOf('3.1'));
    const { spec } = world.deployment('checkout-green');
    const template = structuredClone(spec?.['template']) as {
      metadata: JsonMap;
      spec: { containers: JsonMap[] };
    };
    delete template.metadata['annotations'];
    (template.spec.containers[1] as JsonMap)['image'] = 'registry.example/checkout:git';
    const object = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'checkout-green', namespace: 'shop' },
      spec: { ...spec, template },
    };
    const apply = ['apply', '--server-side', '--force-conflicts', '--validate=false', '-f', '-'];
    await kubectlWith(config, object, ...apply, '--field-manager=argocd-controller');
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: 'argocd-controller set the image of app to registry.example/checkout:git',
    });
  });

  test('goes on where an admission webhook adds the digest of the tag, and not where it sets another image', async () => {
    const id = await begin(jobOf('3.05'));
    const set = (image: string) =>
      world.change(
        'checkout-green',
        { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } },
        'switchback',
      );
    set(`registry.example/checkout:3.05@sha256:${'b'.repeat(64)}`);
    expect(await deploy.follow(id, never)).toEqual({ state: 'succeeded' });
    set('mirror.example/checkout:3.05');
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: 'somebody else, or an admission webhook, set the image of app to mirror.example/checkout:3.05',
    });
  });

  test('says who scales the color to 0 meanwhile: nothing runs there', async () => {
    const id = await begin(jobOf('3.2'));
    world.change('checkout-green', { spec: { replicas: 0 } }, 'kube-downscaler');
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: 'kube-downscaler scaled it to 0',
    });
  });

  test('ends when another release is deployed over it', async () => {
    const id = await begin(jobOf('3.3'));
    const newer = jobOf('3.4');
    await begin(newer);
    expect(await deploy.follow(id, never)).toEqual({
      state: 'failed',
      message: `release ${newer.release} was deployed over it`,
    });
  });

  test.each([
    ['another repository', '1/../../other'],
    ['a digest', '1@sha256:00'],
    ['a second tag', '1:2'],
    ['a tag with +', '1.0+build.5'],
  ])('never takes a version for %s', async (_what, version) => {
    expect(await deploy.start(jobOf(version), never)).toEqual({
      ok: false,
      retryable: false,
      reason: `Deployment shop/checkout-green: ${version} cannot be the version in registry.example/checkout:{version}`,
    });
    expect(world.kube.seen).toEqual([]);
  });

  test('takes a digest where the configuration says so', async () => {
    const version = `sha256:${'a'.repeat(64)}`;
    const byDigest = made({ image: 'registry.example:5000/checkout@{version}' });
    expect(await byDigest.start(jobOf('1.0'), never)).toMatchObject({ ok: false, retryable: false });
    await begin(jobOf(version), byDigest);
    expect(world.image('checkout-green')).toBe(`registry.example:5000/checkout@${version}`);
  });

  test('is refused for good by what no second try changes', async () => {
    const refused = async (by: Deploy): Promise<string> => {
      const started = await by.start(jobOf('4'), never);
      if (started.ok || started.retryable) throw new Error('it was started, or is tried again');
      return started.reason;
    };
    expect(await refused(made({ container: 'web' }))).toBe(
      'Deployment shop/checkout-green: has no container web, but proxy, app',
    );
    expect(await refused(made({ deployments: { blue: 'checkout-blue', green: 'other' } }))).toBe(
      'Deployment shop/other: namespace shop has no Deployment other',
    );
    world.change('checkout-green', { spec: { paused: true } });
    expect(await refused(deploy)).toContain('it is paused: kubectl rollout resume ends that');
    world.change('checkout-green', { spec: { paused: null } });
    world.kube.users['switchback-token'] = { name: 'somebody', may: (verb) => verb !== 'patch' };
    expect(await refused(deploy)).toContain('it may not patch deployments in namespace shop');
    expect(world.image('checkout-green')).not.toBe('registry.example/checkout:4');
  });

  test.each([
    ['a gateway that fails', 503, ''],
    ['a redirect', 302, ''],
    ['too many requests', 429, ''],
    ['another shape', 200, '{"spec":[]}'],
    ['something that is no JSON', 200, '<html>hello'],
    ['numbers of wrong types', 200, '{"metadata":{"resourceVersion":1,"generation":"x"},"spec":{}}'],
  ])('runs on after a question that was answered with %s', async (_what, status, body) => {
    const id = await begin(jobOf('5'));
    world.kube.levers.answer = () => ({ status, body, headers: { location: 'http://trap.example/' } });
    const stand = await deploy.follow(id, never);
    expect(stand.state).toBe('running');
    expect(stand.message).not.toBe('');
    const started = await deploy.start(jobOf('5.1'), never);
    expect(started).toMatchObject({ ok: false, retryable: status === 503 || status === 429 });
  });

  test('survives an answer without an end, and one that never comes', async () => {
    const id = await begin(jobOf('5.2'));
    world.kube.levers.answer = () => ({ status: 200, body: Buffer.alloc(9 * 1024 * 1024, 'x') });
    expect(await deploy.follow(id, never)).toMatchObject({ state: 'running' });
    world.kube.levers.answer = undefined;
    world.kube.levers.hang = 'all';
    const stop = new AbortController();
    const standing = deploy.follow(id, stop.signal);
    const started = deploy.start(jobOf('5.3'), stop.signal);
    await until('both are asked', () => world.kube.seen.length >= 2);
    stop.abort();
    expect(await standing).toMatchObject({ state: 'running' });
    expect(await started).toMatchObject({ ok: false });
  });

  test('has the deadline that is written, else ten minutes', () => {
    expect(deploy.deadlineMs).toBe(600_000);
    expect(made({ deadline: '30m' }).deadlineMs).toBe(1_800_000);
  });
});

test.each([
  ['without a version', 'registry.example/checkout:1'],
  ['with the version in its name', 'registry.example/{version}'],
  ['with the version in its registry', '{version}/checkout:1'],
  ['with two of them', 'registry.example/checkout:{version}-{version}'],
  ['with a version that is no tag', 'registry.example:{version}/checkout'],
  ['with blanks', 'registry.example/checkout: {version}'],
])('the options of a deploy by Kubernetes refuse an image %s', (_what, image) => {
  expect(deployOptions.safeParse({ ...written, image }).success).toBe(false);
});

test('the options of a deploy by Kubernetes refuse one Deployment for both colors', () => {
  const deployments = { blue: 'checkout', green: 'checkout' };
  expect(deployOptions.safeParse({ ...written, deployments }).success).toBe(false);
});
