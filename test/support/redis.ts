import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { executable, type Running, startProcess, temporaryFolder } from './processes.ts';
import { longMs, until } from './until.ts';

const run = promisify(execFile);
/** How long, and how often, something is waited for that redis-cli says: each question is a process. */
const patiently = [longMs, 50] as const;

/** A real Redis with AOF on a port of its own. The data outlive `kill` and `restart`; `stop` removes them. */
export interface RedisServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** For `REDIS_URL`. */
  readonly url: string;
  readonly dir: string;
  pid(): number;
  /** Runs redis-cli and returns what it printed, without the last newline. */
  cli(...args: string[]): Promise<string>;
  /** Ends it at once; everything acknowledged is in the AOF (`appendfsync always`). */
  kill(): Promise<void>;
  /** Starts it again on the same port and data, after `kill` or while it runs. */
  restart(): Promise<void>;
  /** Stops it from answering, without closing connections. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts a Redis. `args` are appended to its command line. */
export async function startRedis(
  options: { port?: number; args?: readonly string[] } = {},
): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const dir = await temporaryFolder();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  args.push('--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
  args.push('--enable-debug-command', 'yes', ...(options.args ?? []));
  const start = () => startProcess({ command: 'redis-server', args, ready: () => answersPing(port) });
  let server: Running = await start();
  return {
    host: '127.0.0.1',
    port,
    url: `redis://127.0.0.1:${port}`,
    dir,
    pid: () => server.pid,
    cli: (...words) => redisCli(port, ...words),
    kill: () => server.stop('SIGKILL'),
    async restart() {
      await server.stop('SIGKILL');
      server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Servers of which another can become master at any time, while the old one lives. */
export interface FailingOver {
  /** For `REDIS_URL`. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** The server that has this key, to write to. Rejects while there is none. */
  owner(key: string): Promise<RedisServer>;
  /** Resolves when every replica follows its master, as an administrator would wait before a change. */
  whole(): Promise<void>;
  /** Makes another server the owner of this key, as an administrator plans it; resolves when it is. */
  failOver(key: string): Promise<void>;
  stop(): Promise<void>;
}

/** Waits until `masters` of the nodes are that, and the others follow one. */
async function whole(nodes: readonly RedisServer[], masters: number): Promise<void> {
  await until(
    'every replica follows its master',
    async () => {
      const said = await Promise.all(nodes.map(async (node) => (await node.cli('role')).split('\n')));
      const following = said.filter(([role, , , state]) => role === 'slave' && state === 'connected');
      return following.length === nodes.length - masters;
    },
    longMs,
    100,
  );
}

/** A master, its replicas and three sentinels. */
export interface SentinelSet extends FailingOver {
  /** The server that was master first, and the first that was its replica. */
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinelPorts: readonly number[];
  /** Port of the present master, as the first sentinel that answers says. */
  masterPort(): Promise<number>;
}

/** Starts a set that fails over about a second after its master has gone. */
export async function startSentinel(name = 'mymaster', count = 1): Promise<SentinelSet> {
  const master = await startRedis();
  const replicas = await Promise.all(
    Array.from({ length: count }, async () => {
      const one = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port)] });
      await until(
        'the replica follows',
        async () => (await one.cli('info', 'replication')).includes('master_link_status:up'),
        ...patiently,
      );
      return one;
    }),
  );
  const [replica] = replicas;
  if (!replica) throw new Error('a set has a replica');
  const nodes = [master, ...replicas];
  const dir = await temporaryFolder();
  const sentinels: Running[] = [];
  const sentinelPorts: number[] = [];
  for (let number = 0; number < 3; number += 1) {
    const port = await freePort();
    const file = join(dir, `sentinel-${number}.conf`);
    const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${dir}`];
    lines.push(`sentinel monitor ${name} 127.0.0.1 ${master.port} 2`);
    lines.push(`sentinel down-after-milliseconds ${name} 1000`, `sentinel failover-timeout ${name} 5000`);
    await writeFile(file, `${lines.join('\n')}\n`);
    const sentinel = { command: 'redis-sentinel', args: [file], ready: () => answersPing(port) };
    sentinels.push(await startProcess(sentinel));
    sentinelPorts.push(port);
  }
  await until(
    'the sentinels know one another and the replicas',
    async () => {
      const said = await Promise.all(sentinelPorts.map((port) => redisCli(port, 'sentinel', 'master', name)));
      return said.every(
        (text) => text.includes(`num-slaves\n${count}\n`) && text.includes('num-other-sentinels\n2\n'),
      );
    },
    ...patiently,
  );
  const masterPort = async (): Promise<number> => {
    const asked = sentinelPorts.map((port) => redisCli(port, 'sentinel', 'get-master-addr-by-name', name));
    return Number((await Promise.any(asked)).split('\n')[1]);
  };
  return {
    url: `redis+sentinel://${sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',')}/${name}/0`,
    nodes,
    master,
    replica,
    sentinelPorts,
    masterPort,
    async owner() {
      const port = await masterPort();
      const found = nodes.find((node) => node.port === port);
      if (!found) throw new Error(`no server on port ${port}`);
      return found;
    },
    whole: () => whole(nodes, 1),
    async failOver() {
      const first = sentinelPorts[0] ?? 0;
      const master = (): Promise<string> => redisCli(first, 'sentinel', 'get-master-addr-by-name', name);
      const before = await master();
      await until(
        'another is master',
        async () => {
          if ((await master()) !== before) return true;
          // Refused while one is under way, or no replica is fit for it; one that takes too long is given up.
          await redisCli(first, 'sentinel', 'failover', name);
          return false;
        },
        longMs,
        100,
      );
    },
    async stop() {
      await Promise.all(sentinels.map((one) => one.stop('SIGKILL')));
      await Promise.all(nodes.map((node) => node.stop()));
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Three masters with a replica each. */
export type ClusterSet = FailingOver;

/** Starts a cluster that fails over about two seconds after a master has gone. */
export async function startCluster(): Promise<ClusterSet> {
  const args = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all(
    Array.from({ length: 6 }, async () => startRedis({ port: await freePort([10_000]), args })),
  );
  const addresses = nodes.map((node) => `127.0.0.1:${node.port}`);
  await run(executable('redis-cli'), [
    '--cluster',
    'create',
    ...addresses,
    '--cluster-replicas',
    '1',
    '--cluster-yes',
  ]);
  await until(
    'the cluster stands and its replicas follow',
    async () => {
      const said = await Promise.all(
        nodes.map(
          async (node) =>
            `${await node.cli('cluster', 'info')}\n${await node.cli('info', 'replication')}\n${await node.cli('cluster', 'nodes')}`,
        ),
      );
      const up = said.every(
        // A node that has not heard of all replicas yet says that a master has none.
        (text) => text.includes('cluster_state:ok') && text.match(/\bslave [0-9a-f]{40} /g)?.length === 3,
      );
      return up && said.filter((text) => text.includes('master_link_status:up')).length === 3;
    },
    ...patiently,
  );
  const owner = async (key: string): Promise<RedisServer> => {
    for (const node of nodes) {
      const role = await node.cli('role').catch(() => '');
      if (role.startsWith('master') && (await node.cli('exists', key)) === '1') return node;
    }
    throw new Error(`no master has ${key}`);
  };
  return {
    url: `redis+cluster://${addresses.join(',')}`,
    nodes,
    owner,
    whole: () => whole(nodes, 3),
    async failOver(key) {
      const { port } = await owner(key);
      const heir = await until(
        'a replica of the owner follows it',
        async () => {
          for (const node of nodes) {
            const [role, , of, state] = (await node.cli('role')).split('\n');
            if (role === 'slave' && Number(of) === port && state === 'connected') return node;
          }
          return undefined;
        },
        ...patiently,
      );
      await until(
        'the failover begins',
        async () => (await heir.cli('cluster', 'failover')) === 'OK',
        ...patiently,
      );
      await until(
        'another is the owner',
        async () => (await heir.cli('role')).startsWith('master'),
        ...patiently,
      );
    },
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

async function redisCli(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run(executable('redis-cli'), ['-h', '127.0.0.1', '-p', String(port), ...args]);
  return stdout.replaceAll('\r', '').replace(/\n$/, '');
}

/** True when a Redis or a sentinel answers on this port, with or without a password. */
export function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(/^(\+PONG|-NOAUTH)/.test(data.toString())));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
