import { connect } from 'node:net';
import { z } from 'zod';
import type { Resolve } from '../net/addresses.ts';
import { withDeadline } from '../net/deadline.ts';
import { codeOf, explain } from '../net/explain.ts';
import { onAbort } from '../net/on-abort.ts';
import type { HealthCheck } from '../release/ports.ts';
import { everyAddress } from './every-address.ts';
import { type ColorUrls, timingOptions } from './timing.ts';

/** Options of a check that a port accepts connections, on the host of the color's URL. */
export const tcpHealthOptions = z.strictObject({
  kind: z.literal('tcp'),
  port: z.int().min(1).max(65_535),
  ...timingOptions,
});

/**
 * How long a connection without data must stay open, in ms (at most half of the remaining time): docker and other
 * proxies accept a connection and close it when nothing listens behind them.
 */
const quietMs = 200;

/** The other side closed the connection before it sent anything. */
class ClosedAtOnce extends Error {}

/** Makes a check that connects to every machine behind the color's name, and sends nothing. */
export function tcpHealth(
  options: z.output<typeof tcpHealthOptions>,
  colors: ColorUrls,
  resolve?: Resolve,
): HealthCheck {
  const name = `tcp :${options.port}`;
  return {
    name,
    reportsVersion: false,
    intervalMs: options.interval,
    successes: options.successes,
    deadlineMs: options.deadline,
    ask(color, _expected, signal) {
      const { hostname } = new URL(colors[color].url);
      const host = hostname.replace(/^\[|\]$/g, '');
      const where = { name, host, timeoutMs: options.timeout, resolve };
      return everyAddress(where, signal, async (address = host, timeoutMs) => {
        try {
          await withDeadline(timeoutMs, signal, (both) => open(address, options.port, timeoutMs, both));
          return { healthy: true };
        } catch (error) {
          const why = error instanceof ClosedAtOnce ? 'the connection was closed at once' : explain(error);
          return { healthy: false, code: 'unhealthy', reason: `${name}: ${why}` };
        }
      });
    },
  };
}

/** Connects, and waits until the connection proves a listener: by data, or by staying open. */
function open(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const startedAt = performance.now();
    const socket = connect({ host, port });
    let quiet: NodeJS.Timeout | undefined;
    const end = (settle: () => void) => {
      off();
      clearTimeout(quiet);
      socket.destroy();
      settle();
    };
    const off = onAbort(signal, () => end(() => reject(signal.reason)));
    socket.once('connect', () => {
      const leftMs = Math.max(0, timeoutMs - (performance.now() - startedAt));
      quiet = setTimeout(() => end(resolve), Math.min(quietMs, leftMs / 2));
    });
    socket.once('data', () => end(resolve));
    socket.once('end', () => end(() => reject(new ClosedAtOnce())));
    socket.on('error', (error) =>
      end(() => reject(codeOf(error) === 'ECONNRESET' ? new ClosedAtOnce() : error)),
    );
  });
}
