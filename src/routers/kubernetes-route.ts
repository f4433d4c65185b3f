/** The HTTPRoute of the Gateway API: switches the weights of two backends in one of its rules. */
import { z } from 'zod';
import type { Cluster } from '../kubernetes/cluster.ts';
import { otherOwner } from '../kubernetes/owner.ts';
import { oneLineText } from '../net/answer-path.ts';
import { type Color, colorSchema, otherColor } from '../release/color.ts';
import type { ReadyAnswer, RouterAnswer } from '../release/ports.ts';
import { readyEndpoints } from './kubernetes-endpoints.ts';
import { unreadAnswer, unready } from './kubernetes-target.ts';
import type { Cannot, Plan, Target } from './kubernetes-target.ts';

/** The HTTPRoute, its rule by index, and the backend of each color. */
export interface RouteOptions {
  name: string;
  rule: number;
  backends: Record<Color, string>;
}

const refSchema = z.object({
  group: z.string().default(''),
  kind: z.string().default('Service'),
  name: z.string(),
  namespace: z.string().optional(),
  weight: z.int().nonnegative().default(1),
});
const parentSchema = z.object({
  group: z.string().default('gateway.networking.k8s.io'),
  kind: z.string().default('Gateway'),
  namespace: z.string().optional(),
  name: z.string(),
  sectionName: z.string().optional(),
  port: z.int().optional(),
});
const conditionSchema = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().default(''),
  message: z.string().default(''),
  observedGeneration: z.int().optional(),
});
const routeSchema = z.object({
  metadata: z.object({
    resourceVersion: z.string(),
    generation: z.int(),
    annotations: z.record(z.string(), z.unknown()).optional(),
  }),
  spec: z.object({
    parentRefs: z.array(parentSchema).default([]),
    rules: z.array(z.object({ backendRefs: z.array(refSchema).default([]) })).default([]),
  }),
  status: z
    .object({
      parents: z
        .array(z.object({ parentRef: parentSchema, conditions: z.array(conditionSchema).default([]) }))
        .default([]),
    })
    .default({ parents: [] }),
});

type Route = z.output<typeof routeSchema>;
type Ref = z.output<typeof refSchema>;

/** Makes the target of a switch by the weights in an HTTPRoute. */
export function routeTarget(
  cluster: Cluster,
  namespace: string,
  { name, rule, backends }: RouteOptions,
): Target {
  const isOurs = (ref: Ref, color: Color): boolean =>
    ref.name === backends[color] &&
    ref.kind === 'Service' &&
    ref.group === '' &&
    (ref.namespace ?? namespace) === namespace;

  /** The rule's refs and the colors' indexes in them; or why they are missing. */
  function find(object: unknown): { route: Route; refs: Ref[]; at: Record<Color, number> } | Cannot {
    const read = routeSchema.safeParse(object);
    if (!read.success) return { cannot: 'answered with something that is not an HTTPRoute' };
    const refs = read.data.spec.rules[rule]?.backendRefs;
    if (!refs)
      return {
        cannot: `the HTTPRoute has no rule ${rule}`,
        repair: 'name one of its rules in router.httpRoute.rule',
      };
    const at = { blue: 0, green: 0 };
    for (const color of colorSchema.options) {
      const all = refs.flatMap((ref, i) => (isOurs(ref, color) ? [i] : []));
      if (all.length !== 1)
        return {
          cannot: `rule ${rule} of the HTTPRoute has ${all.length === 0 ? 'no backend' : 'several backends'} ${backends[color]}: it has ${sayWeights(refs)}`,
          repair: `give rule ${rule} the backends ${backends.blue} and ${backends.green}, each once`,
        };
      at[color] = all[0] as number;
    }
    return { route: read.data, refs, at };
  }

  /** Like `find`; and other backends must have no weight. */
  function findOurs(object: unknown): ReturnType<typeof find> {
    const found = find(object);
    if ('cannot' in found) return found;
    const { refs, at } = found;
    const foreign = refs.filter((ref, i) => i !== at.blue && i !== at.green && ref.weight > 0);
    if (foreign.length === 0) return found;
    const names = foreign.slice(0, 4).map((ref) => oneLineText(ref.name, 60));
    return {
      cannot: `other backends have a weight too: ${sayWeights(refs)}`,
      repair: `give ${names.join(', ')} the weight 0`,
    };
  }

  function plan(object: unknown, color: Color): Plan | Cannot {
    const found = findOurs(object);
    if ('cannot' in found) return found;
    const { route, refs, at } = found;
    const base = `/spec/rules/${rule}/backendRefs`;
    return {
      says: sayWeights(refs),
      by: otherOwner(object, ['spec', 'rules']),
      version: route.metadata.resourceVersion,
      annotated: route.metadata.annotations !== undefined,
      operations: [
        ...colorSchema.options.map((each) => ({
          op: 'test' as const,
          path: `${base}/${at[each]}/name`,
          value: backends[each],
        })),
        { op: 'add', path: `${base}/${at[color]}/weight`, value: 100 },
        { op: 'add', path: `${base}/${at[otherColor(color)]}/weight`, value: 0 },
      ],
    };
  }

  async function live(signal: AbortSignal): Promise<Omit<RouterAnswer, 'instance'>> {
    const reply = await cluster.get('HTTPRoute', name, signal);
    if (!reply.ok) return unreadAnswer(reply);
    const found = find(reply.value);
    if ('cannot' in found) return { heading: 'unknown', detail: found.cannot, repair: found.repair };
    const { route, refs, at } = found;
    const by = otherOwner(reply.value, ['spec', 'rules']);
    const owner = by === undefined ? {} : { by };
    const receiving = refs.flatMap((ref, i) => (ref.weight > 0 ? [i] : []));
    const color = colorSchema.options.find((each) => receiving.length === 1 && receiving[0] === at[each]);
    if (color === undefined) {
      const detail =
        receiving.length === 0 ? 'no backend has a weight' : 'several backends, or another, have a weight';
      const ours = findOurs(reply.value);
      const repair = 'cannot' in ours ? ours.repair : undefined;
      return { heading: 'unknown', detail: `${detail}: ${sayWeights(refs)}`, repair, ...owner };
    }
    const doubt = doubtOf(route, namespace);
    if (doubt !== undefined)
      return { heading: 'unknown', detail: `its weights say ${color}, but ${doubt}`, ...owner };
    return { heading: color, ...owner };
  }

  async function ready(color: Color, signal: AbortSignal): Promise<Omit<ReadyAnswer, 'instance'>> {
    const backend = backends[color];
    const [route, service, endpoints] = await Promise.all([
      cluster.get('HTTPRoute', name, signal),
      cluster.get('Service', backend, signal),
      readyEndpoints(cluster, backend, signal),
    ]);
    if (!route.ok) return unready(route);
    const found = findOurs(route.value);
    if ('cannot' in found) return { ready: 'no', lasting: true, detail: found.cannot, repair: found.repair };
    if (!service.ok) return unready(service);
    if (!endpoints.ok) return unready(endpoints);
    if (endpoints.value.length > 0) return { ready: 'yes' };
    return { ready: 'no', detail: `no address of Service ${backend} is ready` };
  }

  return {
    kind: 'HTTPRoute',
    name,
    instance: `HTTPRoute ${namespace}/${name}`,
    keeps: 'Older requests and connections, such as WebSockets, stay on {old} until they end.',
    needs: [
      { kind: 'HTTPRoute', names: [name], verbs: ['get', 'patch'] },
      { kind: 'Service', names: [backends.blue, backends.green], verbs: ['get'] },
      { kind: 'EndpointSlice', verbs: ['list'] },
    ],
    plan,
    live,
    ready,
  };
}

function sayWeights(refs: readonly Ref[]): string {
  const each = refs.slice(0, 8).map((ref) => `${oneLineText(ref.name, 60)} ${ref.weight}`);
  return each.length === 0 ? 'none' : each.join(', ');
}

/** Why the Gateways may not follow the route yet; undefined: they do. */
function doubtOf({ metadata, spec, status }: Route, namespace: string): string | undefined {
  const nameOf = (parent: z.output<typeof parentSchema>): string =>
    JSON.stringify([
      parent.group,
      parent.kind,
      parent.namespace ?? namespace,
      parent.name,
      parent.sectionName,
      parent.port,
    ]);
  const wanted = new Set(spec.parentRefs.map(nameOf));
  // Entries of Gateways that the route has left may stay for ever.
  const parents = status.parents.filter(({ parentRef }) => wanted.has(nameOf(parentRef)));
  if (parents.length === 0) return 'no Gateway says that it serves this route';
  const said = new Set(parents.map(({ parentRef }) => nameOf(parentRef)));
  const silent = spec.parentRefs.find((parent) => !said.has(nameOf(parent)));
  if (silent) return `${silent.kind} ${oneLineText(silent.name, 60)} does not say that it serves this route`;
  for (const { parentRef, conditions } of parents) {
    const gateway = `${parentRef.kind} ${oneLineText(parentRef.name, 60)}`;
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const condition = conditions.find((each) => each.type === type);
      if (condition?.observedGeneration !== metadata.generation)
        return `${gateway} has not seen the newest change of the route yet`;
      if (condition.status === 'True') continue;
      const why = oneLineText(
        [condition.reason, condition.message].filter((text) => text !== '').join(': '),
        200,
      );
      return `${gateway} says that it is not ${type === 'Accepted' ? 'accepted' : 'resolved'}${why === '' ? '' : ` (${why})`}`;
    }
  }
  return undefined;
}
