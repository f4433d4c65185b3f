/** Reads a Deployment: its image, and the progress of its rollout. */
import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { makeScrub } from '../log/scrub.ts';

/** The annotation on the pod template, and so on each pod, with the release of its deploy. */
export const annotation = 'switchback/release';

const countSchema = z.int().nonnegative().default(0);
const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
});
const annotationsSchema = z.record(z.string(), z.string()).optional();

/** The fields of a Deployment that are read. */
export const deploymentSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), generation: z.int() }),
  spec: z.object({
    replicas: z.int().nonnegative().default(1),
    paused: z.boolean().default(false),
    selector: z.object({ matchLabels: z.record(z.string(), z.string()).default({}) }),
    template: z.object({
      metadata: z.object({ annotations: annotationsSchema }).default({}),
      spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string().optional() })) }),
    }),
  }),
  status: z
    .object({
      observedGeneration: z.int().default(0),
      replicas: countSchema,
      updatedReplicas: countSchema,
      availableReplicas: countSchema,
      conditions: z.array(conditionSchema).default([]),
    })
    .prefault({}),
});

/** A Deployment, checked. */
export type Deployment = z.output<typeof deploymentSchema>;

const scrub = makeScrub();

/** A message of the cluster for people: one line without a secret. */
export function clusterWords(text: string): string {
  return oneLineText(scrub.text(text), 200).replace(/[.\s]+$/u, '');
}

/** The progress of a rollout. `pods`: whether its pods may explain more. */
export interface Rollout {
  state: 'running' | 'succeeded' | 'failed';
  message?: string;
  pods: boolean;
}

/** Reads the progress as `kubectl rollout status` does. */
export function rolloutOf({ metadata, spec, status }: Deployment): Rollout {
  const of = (type: string, value: string) =>
    status.conditions.find((each) => each.type === type && each.status === value);
  if (status.observedGeneration < metadata.generation)
    return { state: 'running', message: 'the cluster has not seen the change yet', pods: false };
  const { replicas: wanted } = spec;
  const { replicas, updatedReplicas: updated, availableReplicas: available } = status;
  if (updated >= wanted && replicas <= updated && available >= updated)
    return { state: 'succeeded', pods: false };
  const failure = of('ReplicaFailure', 'True');
  const why = failure ? `; ${clusterWords(`${failure.reason}: ${failure.message}`)}` : '';
  const late = of('Progressing', 'False');
  const far = farOf({ wanted, replicas, updated, available });
  if (late?.reason === 'ProgressDeadlineExceeded')
    return { state: 'failed', message: `${late.reason}: ${far}${why}`, pods: true };
  const paused = spec.paused ? '; the Deployment is paused' : '';
  return { state: 'running', message: `${far}${why}${paused}`, pods: true };
}

function farOf(count: Record<'wanted' | 'replicas' | 'updated' | 'available', number>): string {
  const { wanted, replicas, updated, available } = count;
  if (updated < wanted) return `${updated} of ${wanted} pods are new`;
  if (replicas > updated)
    return replicas - updated === 1 ? '1 old pod is left' : `${replicas - updated} old pods are left`;
  return `${available} of ${updated} new pods are available`;
}
