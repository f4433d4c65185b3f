/** How a cluster is reached and what is shown there, as the official client finds it out. */
import type { RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { makeScrub } from '../log/scrub.ts';
import { plainText } from '../net/answer-path.ts';
import type { Tls } from '../net/call.ts';
import { explain } from '../net/explain.ts';

/** The API server of one context, and the credentials for it. */
export interface Access {
  /** Without a slash at its end. */
  server: string;
  headers: Record<string, string>;
  tls: Tls;
}

/** The cluster cannot be asked at all; the message is fit for people. */
export class NoAccess extends Error {}

/** Finds out how to reach a cluster, at each use: tokens end. `forget`: reads everything again at the next one. */
export interface Finder {
  find(): Promise<Access>;
  forget(): void;
  /** Nobody answered there: the kubeconfig may name another place by now. It is read again, but not at every try. */
  doubt(): void;
}

type Options = Parameters<KubeConfig['applyToHTTPSOptions']>[0];

const scrub = makeScrub();

/**
 * By the kubeconfig of the environment (`KUBECONFIG`, `~/.kube/config`) with this context, else its current one; without
 * a kubeconfig by the service account of the pod. `doubtedMs`: what was read is read again at most so often by `doubt`. The client is loaded at the first use.
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
      if (!cluster) throw new NoAccess('the context of the kubeconfig names a cluster that it does not have');
      if (cluster.proxyUrl !== undefined)
        throw new NoAccess('the kubeconfig has a proxy-url, which is not used here; set HTTPS_PROXY instead');
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

async function load(context: string | undefined): Promise<KubeConfig> {
  const client = await import('@kubernetes/client-node');
  const config = new client.KubeConfig();
  try {
    config.loadFromDefault();
  } catch (cause) {
    throw new NoAccess(`the kubeconfig cannot be read: ${explain(cause)}`);
  }
  if (context !== undefined) {
    if (!config.getContextObject(context)) throw new NoAccess(`the kubeconfig has no context ${context}`);
    config.setCurrentContext(context);
  }
  // What the client takes where it finds nothing.
  if (config.getCurrentCluster()?.server === 'http://localhost:8080')
    throw new NoAccess('there is no kubeconfig, and no service account of a pod');
  return config;
}

async function credentials(config: KubeConfig): Promise<Omit<Access, 'server'>> {
  const options: Options = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const said = config.getCurrentUser()?.exec && cause instanceof Error ? cause.message : explain(cause);
    throw new NoAccess(`its credentials cannot be read: ${plainText(scrub.text(said), 200)}`);
  }
  const { ca, cert, key, rejectUnauthorized, servername, auth } = options as RequestOptions;
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = String(value).trim();
  if (typeof auth === 'string') headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  const given = Object.entries({ ca, cert, key, rejectUnauthorized, servername });
  return { headers, tls: Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
}
