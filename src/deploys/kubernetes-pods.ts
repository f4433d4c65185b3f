/** Explains why new pods do not start. */
import { z } from 'zod';
import { annotation, clusterWords } from './kubernetes-rollout.ts';

/** Problems that seldom pass without help; others may be visible for a moment in any rollout. */
const lasting = new Set([
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
]);
/** Most restarts before a container counts as failing; once or twice it may have waited for something. */
const mostRestarts = 2;

const containerSchema = z.object({
  name: z.string(),
  restartCount: z.int().default(0),
  state: z
    .object({
      waiting: z.object({ reason: z.string().default(''), message: z.string().default('') }).optional(),
    })
    .default({}),
  lastState: z
    .object({ terminated: z.object({ exitCode: z.int(), reason: z.string().default('') }).optional() })
    .default({}),
});
const podSchema = z.object({
  metadata: z.object({
    name: z.string(),
    deletionTimestamp: z.string().optional(),
    annotations: z.record(z.string(), z.string()).default({}),
  }),
  status: z
    .object({
      conditions: z
        .array(
          z.object({
            type: z.string(),
            status: z.string(),
            reason: z.string().default(''),
            message: z.string().default(''),
          }),
        )
        .default([]),
      initContainerStatuses: z.array(containerSchema).default([]),
      containerStatuses: z.array(containerSchema).default([]),
    })
    .prefault({}),
});

/** The problem of one pod. `lasts`: waiting does not help. */
export interface PodTrouble {
  lasts: boolean;
  message: string;
}

/** The worst known problem of a release's pods; undefined: none. */
export function podTrouble(pods: readonly unknown[], release: string): PodTrouble | undefined {
  const all = pods.flatMap((each) => {
    const read = podSchema.safeParse(each);
    if (!read.success) return [];
    const { metadata, status } = read.data;
    if (metadata.annotations[annotation] !== release || metadata.deletionTimestamp !== undefined) return [];
    const pod = `pod ${clusterWords(metadata.name)}`;
    const unscheduled = status.conditions
      .filter(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
      .map(({ reason, message }) => ({
        lasts: false,
        message: `${pod}: ${clusterWords(`${reason}: ${message}`)}`,
      }));
    const stopped = [...status.initContainerStatuses, ...status.containerStatuses].flatMap(
      (container) => containerTrouble(pod, container) ?? [],
    );
    return [...stopped, ...unscheduled];
  });
  return all.find(({ lasts }) => lasts) ?? all[0];
}

function containerTrouble(pod: string, container: z.output<typeof containerSchema>): PodTrouble | undefined {
  const { waiting } = container.state;
  // Each pod begins with these.
  if (!waiting || ['', 'ContainerCreating', 'PodInitializing'].includes(waiting.reason)) return undefined;
  const where = `${pod}, container ${clusterWords(container.name)}`;
  if (waiting.reason === 'CrashLoopBackOff') {
    const { restartCount: count, lastState } = container;
    const { exitCode, reason } = lastState.terminated ?? {};
    const ended = exitCode === undefined ? '' : `, it ended with exit code ${exitCode}`;
    const why = reason === undefined || reason === '' ? '' : ` (${clusterWords(reason)})`;
    const times = count === 1 ? 'once' : `${count} times`;
    return {
      lasts: count >= mostRestarts,
      message: `${where}: CrashLoopBackOff${ended}${why}, restarted ${times}`,
    };
  }
  const words = clusterWords(`${waiting.reason}${waiting.message === '' ? '' : `: ${waiting.message}`}`);
  return { lasts: lasting.has(waiting.reason), message: `${where}: ${words}` };
}
