import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Stands before HAProxy's runtime API, so that it can be away from the bot while traffic goes on. */
export interface Relay {
  /** `tcp://127.0.0.1:<port>` */
  readonly address: string;
  readonly away: boolean;
  /** Hangs up on everybody, and on whoever comes. */
  goAway(): void;
  comeBack(): void;
  close(): Promise<void>;
}

/**
 * Relays from a free port of 127.0.0.1 to a unix socket, one command a connection. `carriedOut` is awaited when a
 * command was answered, before the answer is passed on.
 */
export async function startRelay(
  target: string,
  carriedOut: (command: string) => Promise<void>,
): Promise<Relay> {
  const clients = new Set<Socket>();
  let away = false;

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
    if (away) {
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
    get away() {
      return away;
    },
    goAway() {
      away = true;
      hangUp();
    },
    comeBack: () => void (away = false),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        hangUp();
      }),
  };
}
