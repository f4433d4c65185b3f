import { connectorOf } from './call.ts';
import { withDeadline } from './deadline.ts';
import { explain, whyAborted } from './explain.ts';
import { ProxyRefused } from './proxy.ts';

/** Longest wait for a connection, in ms. */
const connectMs = 5_000;

/**
 * Connects to the host of an http or https URL as a call would, through its proxy and with TLS, and sends no request.
 * Resolves to why that is not possible, for people; undefined: it is.
 */
export async function whyNotReached(url: URL, signal: AbortSignal): Promise<string | undefined> {
  try {
    await withDeadline(connectMs, signal, async (within) => {
      const connectTo = connectorOf({ deadlineMs: connectMs, signal: within }, url);
      await new Promise<void>((resolve, reject) => {
        const { host, protocol, port } = url;
        const hostname = url.hostname.replace(/^\[|\]$/g, '');
        connectTo({ hostname, host, protocol, port }, (error, socket) => {
          socket?.destroy();
          if (error) reject(error);
          else resolve();
        });
      });
    });
    return undefined;
  } catch (error) {
    if (signal.aborted) return whyAborted(signal);
    return error instanceof ProxyRefused ? error.message : explain(error);
  }
}
