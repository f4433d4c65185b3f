/** Deploys to a Kubernetes Deployment for each color, by the image of one of its containers. */
import { z } from 'zod';
import { clusterOf, isUnanswered } from '../kubernetes/cluster.ts';
import type { Cluster, PatchOperation } from '../kubernetes/cluster.ts';
import { colorsOf, nameSchema } from '../kubernetes/names.ts';
import { otherOwner } from '../kubernetes/owner.ts';
import { lacking } from '../kubernetes/rights.ts';
import { kindThatNeeds } from '../optional.ts';
import { colorSchema, otherColor } from '../release/color.ts';
import { durationSchema } from '../release/duration.ts';
import type { Deploy, DeployJob, Doubt } from '../release/ports.ts';
import { imageOf, imageSchema } from './image.ts';
import { podTrouble } from './kubernetes-pods.ts';
import { annotation, clusterWords, deploymentSchema, rolloutOf } from './kubernetes-rollout.ts';
import type { Deployment } from './kubernetes-rollout.ts';

const writeDeadlineMs = 5_000;
/** Most attempts to read and write when something else changed in between: controllers often write the status. */
const mostTries = 4;

/** Options of a deploy that sets the image of a container in a color's Deployment. */
export const kubernetesDeployOptions = z.strictObject({
  kind: kindThatNeeds('kubernetes', '@kubernetes/client-node'),
  namespace: nameSchema,
  /** The context of the kubeconfig; without it the current one, or the pod's own cluster. */
  context: z.string().min(1).max(253).optional(),
  deployments: colorsOf(nameSchema),
  container: nameSchema,
  image: imageSchema,
  deadline: durationSchema.prefault('10m'),
});

type Options = z.output<typeof kubernetesDeployOptions>;
type Started = Awaited<ReturnType<Deploy['start']>>;
type Standing = Awaited<ReturnType<Deploy['follow']>>;

/**
 * Makes a deploy that sets the image once for each release: the pod template then names the release, so that a second
 * start finds it. A deploy of the same image starts new pods too.
 */
export function kubernetesDeploy(options: Options): Deploy {
  const { namespace, context, deployments } = options;
  const cluster = clusterOf({ namespace, context });
  const names = colorSchema.options.map((color) => deployments[color]);
  return {
    deadlineMs: options.deadline,
    async doubts(signal) {
      const [rights, ...found] = await Promise.all([
        lacking(
          cluster,
          [
            { kind: 'Deployment', names, verbs: ['get', 'patch'] },
            { kind: 'Pod', verbs: ['list'] },
          ],
          signal,
        ),
        ...names.map((name) => doubtOf(cluster, options, name, signal)),
      ]);
      return rights.length > 0 ? rights : found.flat();
    },
    start: (job, signal) => start(cluster, options, job, signal),
    async follow(id, signal) {
      const { color, release, version } = readId(id) ?? {};
      const image = version === undefined ? undefined : imageOf(options.image, version);
      if (color === undefined || release === undefined || image === undefined)
        return { state: 'failed', message: 'the id of this deploy belongs to another kind of deploy' };
      return follow(
        cluster,
        { name: deployments[color], container: options.container, release, image },
        signal,
      );
    },
  };
}

/** Why the bot cannot deploy to a Deployment in its present state. */
async function doubtOf(
  cluster: Cluster,
  { namespace, container }: Options,
  name: string,
  signal: AbortSignal,
): Promise<Doubt[]> {
  const said = (why: string, fix: string): Doubt[] => [
    { what: `Deployment ${namespace}/${name}: ${why}`, fix },
  ];
  const correct = 'correct deploy in the configuration';
  const reply = await cluster.get('Deployment', name, signal);
  if (!reply.ok) return said(reply.detail, correct);
  const read = deploymentSchema.safeParse(reply.value);
  if (!read.success) return said('answered with something that is not a Deployment', correct);
  const names = read.data.spec.template.spec.containers.map((each) => each.name);
  if (!names.includes(container)) return said(lacksContainer(container, names), correct);
  if (read.data.spec.paused) return said('it is paused', `kubectl rollout resume deployment/${name}`);
  return [];
}

const lacksContainer = (container: string, names: readonly string[]): string =>
  clusterWords(`has no container ${container}, but ${names.join(', ')}`);

const idOf = ({ color, release, version }: DeployJob): string => `${color}/${release}/${version}`;

function readId(id: string): Pick<DeployJob, 'color' | 'release' | 'version'> | undefined {
  const [color, release, version, ...more] = id.split('/');
  const read = colorSchema.safeParse(color);
  if (!read.success || release === undefined || version === undefined || more.length > 0) return undefined;
  return { color: read.data, release, version };
}

async function start(
  cluster: Cluster,
  { namespace, deployments, container, image: template }: Options,
  job: DeployJob,
  signal: AbortSignal,
): Promise<Started> {
  const name = deployments[job.color];
  const said = (reason: string, retryable: boolean): Started => ({
    ok: false,
    reason: `Deployment ${namespace}/${name}: ${reason}`,
    retryable,
  });
  const image = imageOf(template, job.version);
  if (image === undefined) return said(`${job.version} cannot be the version in ${template}`, false);
  for (let tries = 0; tries < mostTries; tries += 1) {
    const reply = await cluster.get('Deployment', name, signal);
    if (!reply.ok) return said(reply.detail, isUnanswered(reply));
    const read = deploymentSchema.safeParse(reply.value);
    if (!read.success) return said('answered with something that is not a Deployment', false);
    if (read.data.spec.template.metadata.annotations?.[annotation] === job.release)
      return { ok: true, id: idOf(job) };
    const found = read.data.spec.template.spec.containers.findIndex((each) => each.name === container);
    if (found < 0) {
      const names = read.data.spec.template.spec.containers.map((each) => each.name);
      return said(lacksContainer(container, names), false);
    }
    if (read.data.spec.paused) return said('it is paused: kubectl rollout resume ends that', false);
    let replicas: number | undefined;
    if (read.data.spec.replicas === 0) {
      const live = await replicasOf(cluster, deployments[otherColor(job.color)], signal);
      if ('reason' in live) return said(`it has 0 replicas, and ${live.reason}`, live.retryable);
      replicas = live.replicas;
    }
    const operations = patchOf(read.data, { found, container, image, release: job.release, replicas });
    const wrote = await cluster.patch('Deployment', name, operations, {
      signal,
      deadlineMs: writeDeadlineMs,
      mayWrite: () => !signal.aborted,
    });
    if (wrote.ok) return { ok: true, id: idOf(job) };
    if (!wrote.raced) return said(wrote.detail, isUnanswered(wrote));
  }
  return said('it changed between every read and the write after it', true);
}

/** The number of replicas of the live color; at least 1. */
async function replicasOf(
  cluster: Cluster,
  name: string,
  signal: AbortSignal,
): Promise<{ replicas: number } | { reason: string; retryable: boolean }> {
  const reply = await cluster.get('Deployment', name, signal);
  if (!reply.ok) return { reason: reply.detail, retryable: isUnanswered(reply) };
  const read = deploymentSchema.safeParse(reply.value);
  if (!read.success)
    return {
      reason: `Deployment ${name} answered with something that is not a Deployment`,
      retryable: false,
    };
  return { replicas: Math.max(1, read.data.spec.replicas) };
}

/** The patch of a Deployment. It applies only to the object that was just read: no write is carried out late. */
function patchOf(
  { metadata, spec }: Deployment,
  write: {
    found: number;
    container: string;
    image: string;
    release: string;
    replicas: number | undefined;
  },
): PatchOperation[] {
  const template = '/spec/template';
  const container = `${template}/spec/containers/${write.found}`;
  const annotations = `${template}/metadata/annotations`;
  const bare = spec.template.metadata.annotations === undefined;
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    { op: 'test', path: `${container}/name`, value: write.container },
    { op: 'add', path: `${container}/image`, value: write.image },
    ...(bare ? [{ op: 'add' as const, path: annotations, value: {} }] : []),
    { op: 'add', path: `${annotations}/${annotation.replace('/', '~1')}`, value: write.release },
    ...(write.replicas === undefined
      ? []
      : [{ op: 'add' as const, path: '/spec/replicas', value: write.replicas }]),
  ];
}

async function follow(
  cluster: Cluster,
  { name, container, release, image }: { name: string; container: string; release: string; image: string },
  signal: AbortSignal,
): Promise<Standing> {
  const reply = await cluster.get('Deployment', name, signal);
  if (!reply.ok) return { state: 'running', message: reply.detail };
  const read = deploymentSchema.safeParse(reply.value);
  if (!read.success) return { state: 'running', message: 'answered with something that is not a Deployment' };
  const undone = undoneBy(reply.value, read.data, { container, release, image });
  if (undone !== undefined) return { state: 'failed', message: undone };
  const { pods, ...rollout } = rolloutOf(read.data);
  if (!pods) return rollout;
  const list = await cluster.list('Pod', read.data.spec.selector.matchLabels, signal);
  const trouble = list.ok
    ? podTrouble(list.value, release)
    : { lasts: false, message: `its pods cannot be seen: ${list.detail}` };
  if (!trouble) return rollout;
  return {
    state: trouble.lasts ? 'failed' : rollout.state,
    message: `${trouble.message}; ${rollout.message ?? ''}`,
  };
}

/** What somebody else changed since the image was set, in words; undefined: nothing that ends this deploy. */
function undoneBy(
  object: unknown,
  { spec }: Deployment,
  { container, release, image }: { container: string; release: string; image: string },
): string | undefined {
  const path = [
    'spec',
    'template',
    'spec',
    'containers',
    `k:${JSON.stringify({ name: container })}`,
    'image',
  ];
  const by = (of: readonly string[]): string => otherOwner(object, of) ?? 'somebody else';
  const own = spec.template.spec.containers.find((each) => each.name === container);
  const now = spec.template.metadata.annotations?.[annotation];
  if (now !== undefined && now !== release) return `release ${clusterWords(now)} was deployed over it`;
  if (!own) return clusterWords(`container ${container} is gone: ${by(['spec', 'template'])} removed it`);
  // An admission webhook for signatures adds the digest to the tag.
  if (own.image !== image && own.image?.startsWith(`${image}@sha256:`) !== true)
    return clusterWords(
      `${otherOwner(object, path) ?? 'somebody else, or an admission webhook,'} set the image of ${container} to ${own.image}`,
    );
  if (spec.replicas === 0) return clusterWords(`${by(['spec', 'replicas'])} scaled it to 0`);
  return undefined;
}
