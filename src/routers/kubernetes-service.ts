/** The Service of Kubernetes: switches a label of its selector. */
import { z } from 'zod';
import type { Cluster } from '../kubernetes/cluster.ts';
import { otherOwner } from '../kubernetes/owner.ts';
import { oneLineText } from '../net/answer-path.ts';
import { type Color, colorSchema } from '../release/color.ts';
import type { ReadyAnswer, RouterAnswer } from '../release/ports.ts';
import { readyEndpoints } from './kubernetes-endpoints.ts';
import { unreadAnswer, unready } from './kubernetes-target.ts';
import type { Cannot, Plan, Target } from './kubernetes-target.ts';

/** The Service, the label in its selector, and its value for each color. */
export interface KubernetesServiceOptions {
  name: string;
  label: string;
  values: Record<Color, string>;
}

const serviceSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    annotations: z.record(z.string(), z.unknown()).optional(),
  }),
  spec: z.object({ selector: z.record(z.string(), z.string()).nullish() }),
});
const podSchema = z.object({
  metadata: z.object({ name: z.string(), deletionTimestamp: z.string().optional() }),
  status: z
    .object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]) })
    .default({ conditions: [] }),
});
const namesSchema = z.array(z.object({ metadata: z.object({ name: z.string() }) }));

/** Makes the target of a switch by the selector of a Service. */
export function serviceTarget(
  cluster: Cluster,
  namespace: string,
  { name, label, values }: KubernetesServiceOptions,
): Target {
  /** The selector with our label's value; or why it has none. */
  function find(
    object: unknown,
  ): { version: string; annotated: boolean; selector: Record<string, string>; value: string } | Cannot {
    const read = serviceSchema.safeParse(object);
    if (!read.success) return { cannot: 'answered with something that is not a Service' };
    const { metadata, spec } = read.data;
    const selector = spec.selector ?? {};
    const value = Object.hasOwn(selector, label) ? selector[label] : undefined;
    if (value === undefined)
      return {
        cannot: `the selector of the Service has no label ${label}`,
        repair: `add ${label} to it, with the value of the color that serves now`,
      };
    return {
      version: metadata.resourceVersion,
      annotated: metadata.annotations !== undefined,
      selector,
      value,
    };
  }

  const says = (value: string): string => `its selector says ${label}=${oneLineText(value, 63)}`;
  const colorOf = (value: string): Color | undefined =>
    colorSchema.options.find((each) => values[each] === value);

  function plan(object: unknown, color: Color): Plan | Cannot {
    const found = find(object);
    if ('cannot' in found) return found;
    const path = `/spec/selector/${label.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    return {
      says: says(found.value),
      by: otherOwner(object, ['spec', 'selector', label]),
      version: found.version,
      annotated: found.annotated,
      operations: [
        { op: 'test', path, value: found.value },
        { op: 'replace', path, value: values[color] },
      ],
    };
  }

  async function live(signal: AbortSignal): Promise<Omit<RouterAnswer, 'instance'>> {
    const [reply, endpoints] = await Promise.all([
      cluster.get('Service', name, signal),
      readyEndpoints(cluster, name, signal),
    ]);
    if (!reply.ok) return unreadAnswer(reply);
    const found = find(reply.value);
    if ('cannot' in found) return { heading: 'unknown', detail: found.cannot, repair: found.repair };
    const by = otherOwner(reply.value, ['spec', 'selector', label]);
    const owner = by === undefined ? {} : { by };
    const color = colorOf(found.value);
    if (color === undefined) return { heading: 'unknown', detail: says(found.value), ...owner };
    if (!endpoints.ok) return unreadAnswer(endpoints);
    const pods = await cluster.list('Pod', found.selector, signal, { metadata: true });
    if (!pods.ok) return unreadAnswer(pods);
    const names = namesSchema.safeParse(pods.value);
    if (!names.success) return { heading: 'unknown', detail: 'answered with something that is not a pod' };
    const own = new Set(names.data.map(({ metadata }) => metadata.name));
    if (endpoints.value.length === 0)
      return { heading: 'unknown', detail: `${says(found.value)}, but no address of it is ready`, ...owner };
    const foreign = endpoints.value.filter(({ pod }) => pod === undefined || !own.has(pod));
    if (foreign.length > 0) {
      const some = foreign.slice(0, 3).map(({ address, pod }) => oneLineText(pod ?? address, 63));
      return {
        heading: 'unknown',
        detail: `${says(found.value)}, but ${foreign.length} of ${endpoints.value.length} addresses in its EndpointSlices are of other pods (${some.join(', ')})`,
        ...owner,
      };
    }
    return { heading: color, ...owner };
  }

  async function ready(color: Color, signal: AbortSignal): Promise<Omit<ReadyAnswer, 'instance'>> {
    const reply = await cluster.get('Service', name, signal);
    if (!reply.ok) return unready(reply);
    const found = find(reply.value);
    if ('cannot' in found) return { ready: 'no', lasting: true, detail: found.cannot, repair: found.repair };
    const selector = { ...found.selector, [label]: values[color] };
    const pods = await cluster.list('Pod', selector, signal, { enough: (items) => items.some(isReady) });
    if (!pods.ok) return unready(pods);
    if (pods.value.some(isReady)) return { ready: 'yes' };
    const words = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
    return {
      ready: 'no',
      detail: `${pods.value.length === 0 ? 'there is no pod' : `none of ${pods.value.length} pods is ready`} with ${oneLineText(words.join(', '), 200)}`,
    };
  }

  return {
    kind: 'Service',
    name,
    instance: `Service ${namespace}/${name}`,
    keeps: 'Open connections, also keep-alive ones, stay on pods of {old} until they are closed.',
    needs: [
      { kind: 'Service', names: [name], verbs: ['get', 'patch'] },
      { kind: 'Pod', verbs: ['list'] },
      { kind: 'EndpointSlice', verbs: ['list'] },
    ],
    plan,
    live,
    ready,
  };
}

function isReady(pod: unknown): boolean {
  const read = podSchema.safeParse(pod);
  if (!read.success || read.data.metadata.deletionTimestamp !== undefined) return false;
  return read.data.status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
}
