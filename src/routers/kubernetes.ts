import { z } from 'zod';
import { clusterOf } from '../kubernetes/cluster.ts';
import { colorsOf, nameSchema } from '../kubernetes/names.ts';
import { lacking } from '../kubernetes/rights.ts';
import { kindThatNeeds } from '../optional.ts';
import type { Router } from '../release/ports.ts';
import { settlesSchema } from '../release/settings.ts';
import { routeTarget } from './kubernetes-route.ts';
import { serviceTarget } from './kubernetes-service.ts';
import { pointTarget } from './kubernetes-target.ts';
import type { Target } from './kubernetes-target.ts';

const labelSchema = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
    'must be the name of a label',
  );
const valueSchema = z
  .string()
  .regex(/^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, 'must be the value of a label');

/** Options of a router that is a Service or an HTTPRoute of Kubernetes. */
export const kubernetesRouterOptions = z
  .strictObject({
    kind: kindThatNeeds('kubernetes', '@kubernetes/client-node'),
    namespace: nameSchema,
    /** The context of the kubeconfig; without it the current one, or the pod's own cluster. */
    context: z.string().min(1).max(253).optional(),
    httpRoute: z
      .strictObject({
        name: nameSchema,
        rule: z.int().nonnegative().default(0),
        backends: colorsOf(nameSchema),
      })
      .optional(),
    service: z
      .strictObject({ name: nameSchema, label: labelSchema, values: colorsOf(valueSchema) })
      .optional(),
    settles: settlesSchema,
  })
  .refine(({ httpRoute, service }) => (httpRoute === undefined) !== (service === undefined), {
    error: 'must have either httpRoute or service',
  });

/** The options of a Kubernetes router, parsed. */
export type KubernetesRouterOptions = z.output<typeof kubernetesRouterOptions>;

/** Makes a router of Kubernetes' API server: the weights of an HTTPRoute, or the selector of a Service. */
export function kubernetesRouter(options: KubernetesRouterOptions): Router {
  const { namespace, context, httpRoute, service } = options;
  const cluster = clusterOf({ namespace, context });
  const target: Target = httpRoute
    ? routeTarget(cluster, namespace, httpRoute)
    : serviceTarget(cluster, namespace, service as NonNullable<typeof service>);
  const { instance } = target;
  const what = httpRoute ? 'router.httpRoute' : 'router.service';
  return {
    instances: [instance],
    knowsColors: true,
    othersWrite: true,
    keeps: target.keeps,
    advice: {
      correct: (color) =>
        `start the pods of ${color}, or correct ${what} in the configuration or in the cluster (docs/kubernetes.md)`,
      reach:
        'let this process reach the API server: KUBECONFIG, router.context, or the service account of its pod (docs/kubernetes.md)',
      names: `compare ${what} and router.namespace with what the cluster has, and give the rights of docs/kubernetes.md`,
      tells: 'give the rights of docs/kubernetes.md',
    },
    doubts: (signal) => lacking(cluster, target.needs, signal),
    async live(signal) {
      return [{ instance, ...(await target.live(signal)) }];
    },
    async ready(color, signal) {
      return [{ instance, ...(await target.ready(color, signal)) }];
    },
    async point(color, epoch, permit, only) {
      if (only !== undefined && !only.includes(instance)) return [];
      return [await pointTarget(cluster, target, color, epoch, permit)];
    },
  };
}
