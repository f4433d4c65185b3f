import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A relay in front of HAProxy's runtime API, which can cut the bot off while traffic goes on. */
export interface Relay {
  /** `tcp://127.0.0.1:<port>` */
  readonly address: string;
  readonly unreachable: boolean;
  /** Closes all connections, and each new one. */
  cutOff(): void;
  reconnect(): void;
  close(): Promise<void>;
}

/**
 * Relays from a free port of 127.0.0.1 to a unix socket, one command a connection. Awaits `carriedOut` after each
 * answer of HAProxy, before it passes the answer on.
 */
export async function startRelay(
  target: string,
  carriedOut: (command: string) => Promise<void>,
): Promise<Relay> {
  const clients = new Set<Socket>();
  let unreachable = false;

  function deliver(client: Socket, command: string): void {
    const upstream = connect({ path: target });
    const chunks: Buffer[] = [];
    upstream.once('connect', () => upstream.write(command));
    upstream.on('data', (chunk) => chunks.push(chunk));
    upstream.once('error', () => client.destroy());
    upstream.once('end', () => {
      carriedOut(command.trim())
        .then(() => client.end(Buffer.concat(chunks)))
        .catch(() => client.destroy());
    });
    client.once('close', () => upstream.destroy());
  }

  const server = createServer((client) => {
    if (unreachable) {
      client.destroy();
      return;
    }
    clients.add(client);
    client.once('close', () => clients.delete(client));
    client.on('error', () => {});
    let text = '';
    client.on('data', (chunk) => {
      if (text.endsWith('\n')) return;
      text += chunk.toString();
      if (text.endsWith('\n')) deliver(client, text);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const hangUp = () => clients.forEach((client) => void client.destroy());
  return {
    address: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get unreachable() {
      return unreachable;
    },
    cutOff() {
      unreachable = true;
      hangUp();
    },
    reconnect: () => void (unreachable = false),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        hangUp();
      }),
  };
}
