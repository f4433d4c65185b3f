/**
 * A double of the API server of Kubernetes: strict where the real one is (versions, patches, owners, validation), with TLS,
 * tokens and what `kubectl` needs of discovery. It knows no watches.
 */
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { makeAuthority } from '../certificates.ts';
import { closeServer, listen } from '../listen.ts';
import { freePort } from '../ports.ts';
import { textOf } from '../router-server.ts';
import { answerHostile } from '../hostile-answers.ts';
import type { HostileAnswer } from '../hostile-answers.ts';
import type { Json, KubeObject } from './object.ts';
import { apiVersionOf, groupList, resourceList, resources } from './resources.ts';
import type { Resource } from './resources.ts';
import { badRequest, forbidden, generic, noSuchPath, notFound, StatusError, unauthorized } from './status.ts';
import { makeStore } from './store.ts';
import type { By, PatchForm, Store } from './store.ts';

/** Whom a token shows. `may`: what it is allowed to do; everything where it is left out. */
export interface KubeUser {
  name: string;
  may?: (verb: string, resource: string) => boolean;
}

/** A raw answer, for what no API server would say. */
export interface RawAnswer {
  status: number;
  headers?: Record<string, string>;
  body: string | Buffer;
}

/** One request that reached the double. */
export interface Seen {
  method: string;
  path: string;
  contentType: string | undefined;
  body: string;
  at: number;
}

export interface KubeServer {
  readonly url: string;
  readonly store: Store;
  /** Users by their token. */
  readonly users: Record<string, KubeUser>;
  readonly seen: Seen[];
  /** How often a connection was begun, by TLS. */
  connections(): number;
  /** Requests that change something, carried out or not. */
  writes(): Seen[];
  readonly levers: {
    /** Never answers: anything, or what writes. */
    hang: 'all' | 'writes' | undefined;
    /** Carries the next so many writes out, and closes the connection without an answer. */
    loseAnswers: number;
    /** Answers like this instead; undefined: as usual. */
    answer: ((request: Seen) => RawAnswer | undefined) | undefined;
    /** Answers everything so; a redirect leads to `/elsewhere`. */
    hostile?: HostileAnswer | undefined;
    /** Does this between a request's arrival and its answer. */
    before: ((request: Seen) => void | Promise<void>) | undefined;
  };
  /** Writes a kubeconfig with one context for a token and returns its path. */
  kubeconfig(token?: string, context?: string): Promise<string>;
  /** The certificate of the authority that signed the server's. */
  readonly authority: string;
  die(): Promise<void>;
  revive(): Promise<void>;
  stop(): Promise<void>;
}

const forms: Record<string, PatchForm> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Starts the double in this process; `switchback-token` is a user who may do everything. */
export async function startKube(): Promise<KubeServer> {
  const authority = makeAuthority();
  const folder = await mkdtemp(join(tmpdir(), 'kube-'));
  const port = await freePort();
  const store = makeStore();
  let connections = 0;
  const open = async () => {
    const made = createServer(authority.issue('127.0.0.1'), (request, response) => {
      void answer(request, response).catch((cause: unknown) => response.destroy(cause as Error));
    });
    made.on('secureConnection', () => void (connections += 1));
    await listen(made, port);
    return made;
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const seen: Seen = {
      method,
      path: url,
      contentType: request.headers['content-type'],
      body: await textOf(request),
      at: performance.now(),
    };
    kube.seen.push(seen);
    const { levers } = kube;
    const writes = method !== 'GET';
    if (levers.hang === 'all' || (writes && levers.hang === 'writes')) return;
    await levers.before?.(seen);
    if (levers.hostile !== undefined) {
      answerHostile(levers.hostile, request, response, `${kube.url}/elsewhere`);
      return;
    }
    const raw = levers.answer?.(seen);
    if (raw) {
      response.writeHead(raw.status, { 'content-type': 'application/json', ...raw.headers });
      response.end(raw.body);
      return;
    }
    let status = 200;
    let body: object;
    try {
      ({ status, body } = carryOut(request, seen));
    } catch (cause) {
      if (!(cause instanceof StatusError)) throw cause;
      ({ code: status, body } = cause);
    }
    if (writes && levers.loseAnswers > 0) {
      levers.loseAnswers -= 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  function carryOut(request: IncomingMessage, seen: Seen): { status: number; body: object } {
    const user = kube.users[/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''];
    if (!user) throw unauthorized();
    const url = new URL(seen.path, kube.url);
    const discovered = discovery(url.pathname);
    if (discovered) return { status: 200, body: discovered };
    if (url.pathname === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews' && seen.method === 'POST')
      return { status: 201, body: reviewed(user, JSON.parse(seen.body) as KubeObject) };
    const { resource, namespace, name, sub } = readPath(url.pathname);
    const verb = verbOf(seen.method, name !== '');
    const about = { group: resource.group, plural: resource.plural, kind: resource.kind, name };
    if (user.may?.(verb, resource.plural) === false) throw forbidden(about, user.name, verb, namespace);
    if (url.searchParams.has('watch')) throw generic(405, 'MethodNotAllowed');
    const by: By = {
      manager:
        url.searchParams.get('fieldManager') ??
        (request.headers['user-agent'] ?? 'unknown').split('/')[0] ??
        'unknown',
      force: url.searchParams.get('force') === 'true',
      dryRun: url.searchParams.has('dryRun'),
    };
    const sent = (): Json => {
      try {
        return (seen.contentType?.includes('yaml') ? parse(seen.body) : JSON.parse(seen.body)) as Json;
      } catch {
        throw badRequest('the object provided is unrecognized (must be of type JSON)');
      }
    };
    switch (verb) {
      case 'get': {
        const object = store.find(resource.plural, namespace, name);
        if (!object) throw notFound(about);
        return { status: 200, body: object };
      }
      case 'list':
        return { status: 200, body: listOf(request, url, resource, namespace) };
      case 'create':
        return { status: 201, body: store.create(resource, namespace, sent() as unknown as KubeObject, by) };
      case 'update':
        return {
          status: 200,
          body: store.update(resource, namespace, name, sent() as unknown as KubeObject, by, sub),
        };
      case 'patch': {
        const form = forms[seen.contentType?.split(';')[0] ?? ''];
        if (form === undefined) throw generic(415, 'UnsupportedMediaType');
        return { status: 200, body: store.patch(resource, namespace, name, form, sent(), by, sub) };
      }
      case 'delete':
        return { status: 200, body: store.remove(resource, namespace, name) };
      default:
        throw generic(405, 'MethodNotAllowed');
    }
  }

  function listOf(request: IncomingMessage, url: URL, resource: Resource, namespace: string): object {
    const { searchParams } = url;
    const all = store
      .list(resource.plural, namespace === '' ? undefined : namespace)
      .filter((object) => selects(searchParams.get('labelSelector') ?? '', object));
    const from = Number(searchParams.get('continue') ?? 0);
    const limit = Number(searchParams.get('limit') ?? 0) || all.length;
    const rest = all.length - from - limit;
    const part = all.slice(from, from + limit);
    const onlyMetadata = request.headers.accept?.includes('as=PartialObjectMetadataList') === true;
    return {
      kind: onlyMetadata ? 'PartialObjectMetadataList' : `${resource.kind}List`,
      apiVersion: onlyMetadata ? 'meta.k8s.io/v1' : apiVersionOf(resource),
      metadata: {
        resourceVersion: store.version(),
        ...(rest > 0 && { continue: String(from + limit), remainingItemCount: rest }),
      },
      items: onlyMetadata ? part.map(({ metadata }) => ({ metadata })) : part,
    };
  }

  const kube: KubeServer = {
    url: `https://127.0.0.1:${port}`,
    store,
    users: { 'switchback-token': { name: 'system:serviceaccount:shop:switchback' } },
    seen: [],
    connections: () => connections,
    writes: () => kube.seen.filter(({ method }) => method !== 'GET'),
    levers: { hang: undefined, loseAnswers: 0, answer: undefined, before: undefined },
    authority: authority.certificate,
    async kubeconfig(token = 'switchback-token', context = 'shop') {
      const path = join(folder, `${context}-${token}.yaml`);
      const ca = Buffer.from(authority.certificate).toString('base64');
      await writeFile(
        path,
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Config',
          'current-context': context,
          clusters: [{ name: 'double', cluster: { server: kube.url, 'certificate-authority-data': ca } }],
          users: [{ name: 'user', user: { token } }],
          contexts: [{ name: context, context: { cluster: 'double', user: 'user', namespace: 'shop' } }],
        }),
      );
      return path;
    },
    die: () => closeServer(server),
    async revive() {
      if (!server.listening) server = await open();
    },
    async stop() {
      await closeServer(server);
      authority.remove();
      await rm(folder, { recursive: true, force: true });
    },
  };
  let server = await open();
  return kube;
}

/** Whether the user may do what the review asks for. */
function reviewed({ may }: KubeUser, { apiVersion, kind, spec }: KubeObject): object {
  const asked = spec?.['resourceAttributes'] as
    | { namespace: string; verb: string; group: string; resource: string }
    | undefined;
  if (apiVersion !== 'authorization.k8s.io/v1' || kind !== 'SelfSubjectAccessReview' || asked === undefined)
    throw badRequest('SelfSubjectAccessReview in version "v1" cannot be handled');
  const known = resources.some(({ group, plural }) => group === asked.group && plural === asked.resource);
  const allowed = known && may?.(asked.verb, asked.resource) !== false;
  return { apiVersion, kind, metadata: {}, spec, status: { allowed } };
}

function discovery(path: string): object | undefined {
  if (path === '/version') return { major: '1', minor: '31', gitVersion: 'v1.31.0', platform: 'linux/amd64' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return groupList();
  if (path === '/api/v1') return resourceList('', 'v1');
  const [, group, version] = /^\/apis\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  return group === undefined || version === undefined ? undefined : resourceList(group, version);
}

function readPath(path: string): { resource: Resource; namespace: string; name: string; sub?: 'status' } {
  const [, group = '', version, rest = ''] = /^\/(?:api|apis\/([^/]+))\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const parts = rest.split('/').map(decodeURIComponent);
  const namespace = parts[0] === 'namespaces' && parts.length > 2 ? (parts.splice(0, 2)[1] ?? '') : '';
  const [plural, name = '', sub, more] = parts;
  const resource = resources.find(
    (each) => each.group === group && each.version === version && each.plural === plural,
  );
  if (!resource || more !== undefined || (sub !== undefined && (sub !== 'status' || !resource.status)))
    throw noSuchPath();
  return { resource, namespace, name, ...(sub === 'status' && { sub }) };
}

function verbOf(method: string, named: boolean): string {
  const verbs: Record<string, string> = {
    GET: named ? 'get' : 'list',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  return verbs[method] ?? method.toLowerCase();
}

/** Label selectors of equality, joined by commas. */
function selects(selector: string, { metadata: { labels = {} } }: KubeObject): boolean {
  return selector
    .split(',')
    .filter((each) => each !== '')
    .every((each) => {
      const [, name = '', not, value = ''] = /^([^!=]+)(!)?==?(.*)$/.exec(each) ?? [];
      return (labels[name] === value) === (not === undefined);
    });
}
