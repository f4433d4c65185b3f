import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import type { RedisOptions } from 'ioredis';

/** A server by host and port. */
export interface HostPort {
  host: string;
  port: number;
}

/** The server to write to. `replicas`: how many live ones the same source names; undefined where none does. */
export interface FoundServer extends HostPort {
  replicas?: number | undefined;
}

/** Finds the server to write to, with a new question each time. Rejects while no source knows it. */
export type Locate = () => Promise<FoundServer>;

const retryMs = 250;

/**
 * Returns the connector with which ioredis opens its socket: to the server that `locate` says is writable now. One
 * plain connection serves all three kinds of setup, so no client resends a command to another node on its own.
 */
export function connectorTo(
  locate: Locate,
  tls: ConnectionOptions | undefined,
  connected: (place: HostPort) => void,
): NonNullable<RedisOptions['Connector']> {
  return class extends AbstractConnector {
    constructor() {
      // How long a closing connection may stay open, ms. Nothing waits for what it still holds.
      super(50);
    }

    override check(info: { role?: string }): boolean {
      return info.role === undefined || info.role === 'master';
    }

    override async connect(emit: (type: string, error: Error) => void): Promise<Socket> {
      this.connecting = true;
      for (;;) {
        try {
          const place = await locate();
          if (!this.connecting) break;
          connected(place);
          const stream = tls ? connectTls({ ...tls, ...place }) : connectTcp(place);
          stream.once('error', (error) => {
            this.firstError = error;
          });
          // A TLS socket may fail twice: its certificate is refused here, and then the server complains about that.
          stream.on('error', () => undefined);
          this.stream = stream;
          return stream;
        } catch (error) {
          if (!this.connecting) break;
          emit('error', error instanceof Error ? error : new Error(String(error)));
          await new Promise((resolve) => setTimeout(resolve, retryMs));
        }
      }
      throw new Error('Connection is closed.');
    }
  };
}
