/** Reads where the addresses of a Service lead, from all of its EndpointSlices. */
import { z } from 'zod';
import type { Cluster, KubernetesReply } from '../kubernetes/cluster.ts';

/** One ready address. `pod`: the pod that has it, if any. */
export interface Endpoint {
  address: string;
  pod: string | undefined;
}

const sliceSchema = z.object({
  endpoints: z
    .array(
      z.object({
        addresses: z.array(z.string()).default([]),
        // Unknown counts as ready, as the API defines it for consumers.
        conditions: z.object({ ready: z.boolean().nullish() }).nullish(),
        targetRef: z.object({ kind: z.string().optional(), name: z.string().optional() }).nullish(),
      }),
    )
    .nullish(),
});

/** The ready addresses of a Service, over all of its slices. */
export async function readyEndpoints(
  cluster: Cluster,
  service: string,
  signal: AbortSignal,
): Promise<KubernetesReply<Endpoint[]>> {
  const reply = await cluster.list('EndpointSlice', { 'kubernetes.io/service-name': service }, signal);
  if (!reply.ok) return reply;
  const slices = z.array(sliceSchema).safeParse(reply.value);
  if (!slices.success)
    return {
      ok: false,
      status: 200,
      sent: true,
      raced: false,
      detail: 'answered with something that is not an EndpointSlice',
    };
  const value = slices.data
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses, targetRef }) => {
      const pod = targetRef?.kind === 'Pod' ? targetRef.name : undefined;
      return addresses.map((address) => ({ address, pod }));
    });
  return { ok: true, value };
}
