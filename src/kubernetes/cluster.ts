/** Reads and patches objects through the API server of a cluster. Every call is bounded, and none throws. */
import { z } from 'zod';
import { call, jsonOf } from '../net/call.ts';
import { keepConnections } from '../net/kept.ts';
import type { Answered } from '../net/call.ts';
import { withDeadline } from '../net/deadline.ts';
import { answeredWith } from '../net/first-words.ts';
import { whyAborted } from '../net/explain.ts';
import { findAccess, NoAccess } from './access.ts';

const readDeadlineMs = 2_000;
/** Most bytes of one page of a list: each pod takes some kilobytes. */
const mostBytes = 8 * 1024 * 1024;
/** Most bytes of one object: etcd stores at most 1.5 MiB of it. */
const mostObjectBytes = 4 * 1024 * 1024;
const pageItems = 250;
const mostPages = 20;

/** The kinds of objects and their API paths. */
const kinds = {
  Service: { group: '', plural: 'services' },
  Pod: { group: '', plural: 'pods' },
  EndpointSlice: { group: 'discovery.k8s.io', plural: 'endpointslices' },
  HTTPRoute: { group: 'gateway.networking.k8s.io', plural: 'httproutes' },
  Deployment: { group: 'apps', plural: 'deployments' },
} as const;

/** A kind of object. */
export type Kind = keyof typeof kinds;
/** An action on an object. */
export type KubernetesVerb = 'get' | 'list' | 'patch';

/** The group (`''`: core) and plural of a kind. */
export const groupOf = (kind: Kind): { group: string; plural: string } => kinds[kind];

/**
 * The result of a call. `status`: the API server's, where it refused; undefined: no answer. `sent`: whether bytes of
 * the request may have reached it. `raced`: somebody else changed the object first. `detail` is for people, without a
 * full stop.
 */
export type KubernetesReply<T> =
  | { ok: true; value: T }
  | { ok: false; status: number | undefined; sent: boolean; raced: boolean; detail: string };

/** One operation of a JSON patch. */
export interface PatchOperation {
  op: 'test' | 'add' | 'replace' | 'remove';
  path: string;
  value?: unknown;
}

/** One namespace of a cluster. */
export interface Cluster {
  readonly namespace: string;
  /** Whether the bot may act on an object of this name; without a name, on all. */
  may(
    verb: KubernetesVerb,
    kind: Kind,
    name: string | undefined,
    signal: AbortSignal,
  ): Promise<KubernetesReply<boolean>>;
  /** Reads one object. */
  get(kind: Kind, name: string, signal: AbortSignal): Promise<KubernetesReply<unknown>>;
  /** Lists items with these labels, page by page until `enough`. `metadata`: only that of each. */
  list(
    kind: Kind,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
    how?: { metadata?: boolean; enough?: (items: readonly unknown[]) => boolean },
  ): Promise<KubernetesReply<unknown[]>>;
  /** Changes one object by a JSON patch, within `deadlineMs` of the connection's start. */
  patch(
    kind: Kind,
    name: string,
    operations: readonly PatchOperation[],
    how: { signal: AbortSignal; deadlineMs: number; mayWrite?: () => boolean },
  ): Promise<KubernetesReply<unknown>>;
}

/** The name under which the API server records this program's changes. */
export const fieldManager = 'switchback';

const status = z.object({
  reason: z.string().optional(),
  details: z.object({ name: z.string().optional(), causes: z.array(z.unknown()).optional() }).optional(),
});
const page = z.object({
  items: z.array(z.unknown()),
  metadata: z.object({ continue: z.string().optional() }).optional(),
});

/** An answer that does not fit the question. */
const odd = { ok: false, status: 200, sent: true, raced: false } as const;
const review = z.object({ status: z.object({ allowed: z.boolean() }) });
const reviews = { group: 'authorization.k8s.io', kind: 'SelfSubjectAccessReview' };

/** Makes the client for a namespace; `context`: of the kubeconfig. */
export function clusterOf({
  context,
  namespace,
}: {
  context?: string | undefined;
  namespace: string;
}): Cluster {
  const access = finderOf(context);

  async function ask(
    verb: KubernetesVerb | 'create',
    kind: Kind,
    name: string,
    how: {
      /** Creates this object at this path instead; it is a review, which changes nothing. */
      create?: { path: string; object: object };
      signal: AbortSignal;
      query?: Record<string, string>;
      accept?: string;
      operations?: readonly PatchOperation[];
      deadlineMs?: number;
      mayWrite?: () => boolean;
      again?: true;
    },
  ): Promise<KubernetesReply<unknown>> {
    const { signal, query = {}, accept, create, operations, mayWrite, deadlineMs = readDeadlineMs } = how;
    const failed = (sent: boolean, detail: string): KubernetesReply<never> => ({
      ok: false,
      status: undefined,
      sent,
      raced: false,
      detail,
    });
    let found: Awaited<ReturnType<typeof access.find>>;
    try {
      found = await withDeadline(readDeadlineMs, signal, () => access.find());
    } catch (cause) {
      if (cause instanceof NoAccess) return failed(false, cause.message);
      return failed(false, signal.aborted ? whyAborted(signal) : 'its credentials were not there in time');
    }
    const { group, plural } = kinds[kind];
    const root = group === '' ? '/api/v1' : `/apis/${group}/v1`;
    const at = [namespace, plural, ...(name === '' ? [] : [name])].map(encodeURIComponent).join('/');
    const send = operations === undefined ? reads(context) : call;
    const answer = await send({
      method: create ? 'POST' : operations === undefined ? 'GET' : 'PATCH',
      url: `${found.server}${create?.path ?? `${root}/namespaces/${at}`}?${new URLSearchParams(query).toString()}`,
      headers: {
        ...found.headers,
        'user-agent': `${fieldManager}/1`,
        accept: accept ?? 'application/json',
        ...(operations && { 'content-type': 'application/json-patch+json' }),
      },
      tls: found.tls,
      deadlineMs,
      signal,
      maxBytes: verb === 'list' ? mostBytes : mostObjectBytes,
      ...((create ?? operations) && { json: create?.object ?? operations }),
      ...(mayWrite && { mayWrite }),
    });
    if (!answer.answered) {
      access.doubt();
      return failed(answer.sent, answer.reason);
    }
    if (answer.status === 401) {
      access.forget();
      // Tokens expire: a question is asked once more with a fresh one.
      if (!operations && !how.again) return ask(verb, kind, name, { ...how, again: true });
    }
    if (answer.status < 200 || answer.status > 299) return refused(answer, { verb, kind, name, namespace });
    const value = jsonOf(answer.body);
    return typeof value === 'object' && value !== null
      ? { ok: true, value }
      : {
          ok: false,
          status: answer.status,
          sent: true,
          raced: false,
          detail: 'answered with something that is not an object',
        };
  }

  return {
    namespace,
    async may(verb, kind, name, signal) {
      const { group, plural: resource } = kinds[kind];
      const resourceAttributes = { namespace, verb, group, resource, ...(name !== undefined && { name }) };
      const apiVersion = `${reviews.group}/v1`;
      const object = { apiVersion, kind: reviews.kind, spec: { resourceAttributes } };
      const path = `/apis/${apiVersion}/selfsubjectaccessreviews`;
      const reply = await ask('create', kind, '', { signal, create: { path, object } });
      if (!reply.ok) return reply;
      const read = review.safeParse(reply.value);
      if (read.success) return { ok: true, value: read.data.status.allowed };
      return { ...odd, detail: 'answered without saying whether it is allowed' };
    },
    get: (kind, name, signal) => ask('get', kind, name, { signal }),
    async list(kind, labels, signal, { metadata = false, enough } = {}) {
      const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(',');
      const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';
      const items: unknown[] = [];
      let from: string | undefined;
      for (let count = 0; count < mostPages; count += 1) {
        const query = {
          labelSelector,
          limit: String(pageItems),
          ...(from !== undefined && { continue: from }),
        };
        const reply = await ask('list', kind, '', { signal, query, ...(metadata && { accept }) });
        if (!reply.ok) return reply;
        const read = page.safeParse(reply.value);
        if (!read.success) return { ...odd, detail: 'answered with something that is not a list' };
        items.push(...read.data.items);
        from = read.data.metadata?.continue;
        if (!from || enough?.(items) === true) break;
      }
      return { ok: true, value: items };
    },
    patch: (kind, name, operations, how) =>
      ask('patch', kind, name, { ...how, operations, query: { fieldManager } }),
  };
}

/** True without an answer, or with one from something in front of the API server. */
export function isUnanswered({ status }: Extract<KubernetesReply<unknown>, { ok: false }>): boolean {
  return status === undefined || status === 429 || status >= 500;
}

const readers = new Map<string | undefined, ReturnType<typeof keepConnections>>();

/** Shared connections for the reads of all services of a context; each write has its own. */
function reads(context: string | undefined): ReturnType<typeof keepConnections> {
  const known = readers.get(context) ?? keepConnections();
  readers.set(context, known);
  return known;
}

const finders = new Map<string | undefined, ReturnType<typeof findAccess>>();

/** One finder for all services of a context: they share the result of a credential plugin. */
function finderOf(context: string | undefined): ReturnType<typeof findAccess> {
  const known = finders.get(context) ?? findAccess(context);
  finders.set(context, known);
  return known;
}

function refused(
  answer: Answered,
  { verb, kind, name, namespace }: { verb: string; kind: Kind; name: string; namespace: string },
): KubernetesReply<never> {
  const { group, plural } = kinds[kind];
  const said = status.safeParse(jsonOf(answer.body)).data;
  const found = (detail: string, raced = false): KubernetesReply<never> => ({
    ok: false,
    status: answer.status,
    sent: true,
    raced,
    detail,
  });
  switch (answer.status) {
    case 401:
      return found('the API server does not take its credentials (401)');
    case 403:
      return found(
        `it may not ${verb} ${plural} in namespace ${namespace}: a Role must allow verb ${verb} on resource ${plural} of API group "${group}"`,
      );
    case 404:
      if (said?.reason === 'NotFound' && said.details?.name === undefined)
        return found(`the cluster does not know ${plural} of ${group === '' ? 'v1' : `${group}/v1`}`);
      return found(`namespace ${namespace} has no ${kind} ${name}`);
    case 409:
      return found('somebody else changed it at the same moment', true);
    case 422:
      // A failed test of a JSON patch has no causes; an invalid object has.
      if ((said?.details?.causes?.length ?? 0) === 0)
        return found('somebody else changed it at the same moment', true);
      return found(answeredWith(answer));
    default:
      return found(answeredWith(answer));
  }
}
