import { rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { freePort } from './ports.ts';
import { temporaryFolder } from './processes.ts';

/**
 * What happens to a command that matches: `drop-answer`: carried out, the answer is lost and the connection reset;
 * `delay-answer`: carried out, answered late; `delay-delivery`: carried out late, whether or not the sender waits;
 * `deliver-when`: the same, when something has happened; `hold`: never carried out, never answered.
 */
export type Fault =
  | { kind: 'drop-answer' }
  | { kind: 'delay-answer'; ms: number }
  | { kind: 'delay-delivery'; ms: number }
  | { kind: 'deliver-when'; when: Promise<unknown> }
  | { kind: 'hold' };

/** A command that a client sent. Instants by `performance.now()`; `deliveredAt` when HAProxy got it. */
export interface Passed {
  text: string;
  at: number;
  deliveredAt?: number;
}

/** Stands before HAProxy's runtime socket. */
export interface FlakyProxy {
  /** `tcp://127.0.0.1:…` or `unix:/…`, for the router's `address`. */
  readonly address: string;
  /** Every command that clients sent, oldest first. */
  readonly commands: Passed[];
  /** Those that write to a map. */
  writes(): Passed[];
  /** The next `times` (1) commands that match meet this fault. */
  fault(match: RegExp, fault: Fault, times?: number): void;
  /** Changes what is delivered from now on, until `clear`. */
  rewrite(change: (text: string) => string): void;
  /** Forgets faults that have not happened, and `rewrite`. */
  clear(): void;
  /** Refuses connections, until `accept`. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a proxy to `target` (`tcp://host:port` or `unix:/path`) that listens on TCP or on a unix socket. */
export async function startFlakyProxy(target: string, by: 'tcp' | 'unix' = 'tcp'): Promise<FlakyProxy> {
  const place =
    by === 'tcp' ? `tcp://127.0.0.1:${await freePort()}` : `unix:${await temporaryFolder()}/proxy.sock`;
  const commands: Passed[] = [];
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  let change = (text: string) => text;
  let faults: { match: RegExp; fault: Fault; left: number }[] = [];

  const later = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, ms);
    timers.add(timer);
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  };
  const faultFor = (text: string): Fault | undefined => {
    const found = faults.find(({ match, left }) => left > 0 && match.test(text));
    if (found === undefined) return undefined;
    found.left -= 1;
    return found.fault;
  };
  const deliver = (client: Socket, passed: Passed, fault: Fault | undefined) => {
    const upstream = connect(addressOf(target));
    keep(upstream);
    upstream.once('connect', () => {
      passed.deliveredAt = performance.now();
      upstream.write(`${change(passed.text)}\n`);
    });
    upstream.once('error', () => reset(client));
    const chunks: Buffer[] = [];
    upstream.on('data', (data) => chunks.push(data));
    upstream.once('end', () => {
      if (fault?.kind === 'drop-answer') reset(client);
      else if (fault?.kind === 'delay-answer') later(fault.ms, () => client.end(Buffer.concat(chunks)));
      else client.end(Buffer.concat(chunks));
    });
  };
  const take = (client: Socket) => {
    keep(client);
    let text = '';
    client.on('data', (data) => {
      if (text.includes('\n')) return;
      text += data.toString();
      if (!text.includes('\n')) return;
      const passed: Passed = { text: text.trim(), at: performance.now() };
      commands.push(passed);
      const fault = faultFor(passed.text);
      if (fault?.kind === 'hold') return;
      if (fault?.kind === 'delay-delivery') later(fault.ms, () => deliver(client, passed, fault));
      else if (fault?.kind === 'deliver-when') void fault.when.then(() => deliver(client, passed, fault));
      else deliver(client, passed, fault);
    });
  };
  const open = async () => {
    const made = createServer(take);
    await new Promise<void>((resolve, reject) => {
      made.once('error', reject);
      made.listen(addressOf(place), resolve);
    });
    return made;
  };
  let server: Server = await open();
  const close = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  return {
    address: place,
    commands,
    writes: () => commands.filter(({ text }) => /^(set|add|del|clear|commit|prepare) map\b/.test(text)),
    fault: (match, fault, times = 1) => void faults.push({ match, fault, left: times }),
    rewrite: (changed) => {
      change = changed;
    },
    clear: () => {
      faults = [];
      change = (text) => text;
    },
    refuse: close,
    async accept() {
      if (!server.listening) server = await open();
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await close();
      if (place.startsWith('unix:'))
        await rm(dirname(place.slice('unix:'.length)), { recursive: true, force: true });
    },
  };
}

/** Only TCP knows a reset. */
function reset(socket: Socket): void {
  if (socket.remoteAddress === undefined) socket.destroy();
  else socket.resetAndDestroy();
}

function addressOf(target: string): { path: string } | { host: string; port: number } {
  if (target.startsWith('unix:')) return { path: target.slice('unix:'.length) };
  const { hostname, port } = new URL(target);
  return { host: hostname, port: Number(port) };
}
