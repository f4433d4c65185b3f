/** Finds the address and credentials of a cluster, as the official client does. */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { makeScrub } from '../log/scrub.ts';
import { oneLineText } from '../net/answer-path.ts';
import type { Tls } from '../net/call.ts';
import { codeOf, explain } from '../net/explain.ts';

/** The API server of one context, and the credentials for it. */
export interface Access {
  /** Without a slash at the end. */
  server: string;
  headers: Record<string, string>;
  tls: Tls;
}

/** The cluster cannot be called at all; the message is fit for people. */
export class NoAccess extends Error {}

/** Finds how to call a cluster, at each use: tokens expire. `forget`: reads everything again the next time. */
export interface Finder {
  find(): Promise<Access>;
  forget(): void;
  /** Nobody answered: the kubeconfig may name another server by now. Reads it again, but not at every attempt. */
  doubt(): void;
}

type Options = Parameters<KubeConfig['applyToHTTPSOptions']>[0];

const scrub = makeScrub();

/**
 * Makes a finder for this context of the environment's kubeconfig (`KUBECONFIG`, `~/.kube/config`), or its current one;
 * without a kubeconfig it uses the pod's service account. `doubtedMs`: the shortest time between two readings by
 * `doubt`. The client is loaded at the first use.
 */
export function findAccess(context: string | undefined, doubtedMs = 60_000): Finder {
  let loaded: Promise<KubeConfig> | undefined;
  let loadedAt = 0;
  return {
    async find() {
      if (loaded === undefined) {
        loaded = load(context);
        loadedAt = performance.now();
      }
      const config = await loaded.catch((cause: unknown) => {
        loaded = undefined;
        throw cause;
      });
      const cluster = config.getCurrentCluster();
      if (!cluster)
        throw new NoAccess(`the context of ${kubeconfig()} names a cluster that it does not have`);
      if (cluster.proxyUrl !== undefined)
        throw new NoAccess(
          `${kubeconfig()} has a proxy-url, which is not used here; set HTTPS_PROXY instead`,
        );
      return { server: cluster.server.replace(/\/+$/, ''), ...(await credentials(config)) };
    },
    forget() {
      loaded = undefined;
    },
    doubt() {
      if (performance.now() - loadedAt >= doubtedMs) loaded = undefined;
    },
  };
}

/** The client's name for the context of a pod's service account. */
const inPod = 'inClusterContext';

/** The kubeconfig by the name of its file, or of its files. */
function kubeconfig(): string {
  return `the kubeconfig ${oneLineText(process.env['KUBECONFIG'] || '~/.kube/config', 200)}`;
}

async function load(context: string | undefined): Promise<KubeConfig> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new NoAccess(
      `${kubeconfig()} cannot be read: ${codeOf(cause) === undefined ? 'it is not a kubeconfig' : explain(cause)}`,
    );
  }
  if (context !== undefined) {
    if (config.getCurrentContext() === inPod)
      throw new NoAccess(
        `there is no kubeconfig for the context ${context}, only the service account of this pod`,
      );
    if (!config.getContextObject(context)) throw new NoAccess(`${kubeconfig()} has no context ${context}`);
    config.setCurrentContext(context);
  }
  // The client's defaults where it finds nothing.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080')
    throw new NoAccess(
      'there is no kubeconfig (KUBECONFIG is not set, and there is no ~/.kube/config), and no service account of a pod',
    );
  return config;
}

async function credentials(config: KubeConfig): Promise<Omit<Access, 'server'>> {
  const options: Options = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    // The client's own errors have no code.
    const itsOwn = config.getCurrentUser()?.exec || codeOf(cause) === undefined;
    const said = itsOwn && cause instanceof Error ? cause.message : explain(cause);
    throw new NoAccess(`its credentials cannot be read: ${oneLineText(scrub.text(said), 200)}`);
  }
  const { ca, cert, key, rejectUnauthorized, servername, auth } = options as RequestOptions;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = String(value).trim();
  if (typeof auth === 'string') headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  const given = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return { headers, tls: Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}
