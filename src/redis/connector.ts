import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ConnectionOptions } from 'node:tls';
import { AbstractConnector } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { Locate, Place } from './discovery.ts';

const retryMs = 250;

/**
 * How ioredis gets its socket: to wherever `locate` says the writable server is now. One plain connection serves all
 * three kinds of set-up, so that one client never sends a command a second time, to another node, by itself.
 */
export function connectorTo(
  locate: Locate,
  tls: ConnectionOptions | undefined,
  connected: (place: Place) => void,
): NonNullable<RedisOptions['Connector']> {
  return class extends AbstractConnector {
    constructor() {
      // How long a closing connection may linger, ms: what it still holds is never waited for.
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
          // One of TLS may fail twice: its certificate is refused here, and then the server complains of that.
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
