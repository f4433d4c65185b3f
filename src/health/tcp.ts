import { connect } from 'node:net';
import { z } from 'zod';
import { withDeadline } from '../net/deadline.ts';
import { explain } from '../net/explain.ts';
import { onAbort } from '../net/on-abort.ts';
import type { HealthCheck } from '../release/ports.ts';
import { type ColorUrls, timingOptions } from './timing.ts';

/** Options of a check that a port takes connections (SPEC 8), on the host of the color's URL. */
export const tcpHealthOptions = z.strictObject({
  kind: z.literal('tcp'),
  port: z.int().min(1).max(65_535),
  ...timingOptions,
});

/** A check by connecting; nothing is sent. */
export function tcpHealth(options: z.output<typeof tcpHealthOptions>, colors: ColorUrls): HealthCheck {
  const name = `tcp :${options.port}`;
  return {
    name,
    reportsVersion: false,
    intervalMs: options.interval,
    successes: options.successes,
    deadlineMs: options.deadline,
    async ask(color, _expected, signal) {
      const host = new URL(colors[color].url).hostname.replace(/^\[|\]$/g, '');
      try {
        await withDeadline(options.timeout, signal, (both) => open(host, options.port, both));
        return { healthy: true };
      } catch (error) {
        return { healthy: false, code: 'unhealthy', reason: `${name}: ${explain(error)}` };
      }
    },
  };
}

function open(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const socket = connect({ host, port });
    const end = (settle: () => void) => {
      off();
      socket.destroy();
      settle();
    };
    const off = onAbort(signal, () => end(() => reject(signal.reason)));
    socket.once('connect', () => end(resolve));
    socket.on('error', (error) => end(() => reject(error)));
  });
}
