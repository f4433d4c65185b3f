import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** Forwards whole connections, each to the next of its targets. */
export interface Forwarder {
  readonly port: number;
  stop(): Promise<void>;
}

/** `targets`: ports on 127.0.0.1, taken by turns. `change` is done to what clients send, `answer` to what they get. */
export async function startForwarder({
  targets,
  host = '127.0.0.1',
  port = 0,
  change = (text) => text,
  answer = (text) => text,
}: {
  targets: readonly number[];
  host?: string;
  port?: number;
  change?: (text: string, target: number) => string;
  answer?: (text: string) => string;
}): Promise<Forwarder> {
  let turn = 0;
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    const target = targets[turn % targets.length] ?? 0;
    turn += 1;
    const upstream = connect({ host: '127.0.0.1', port: target });
    client.on('data', (data) => upstream.write(change(data.toString(), target)));
    client.on('close', () => {
      clients.delete(client);
      upstream.destroy();
    });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
    upstream.on('data', (data) => client.write(answer(data.toString('latin1')), 'latin1'));
    upstream.on('end', () => client.end());
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.close();
      for (const client of clients) client.destroy();
      await once(server, 'close');
    },
  };
}
