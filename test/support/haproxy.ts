import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { haproxyCommand, haproxyConfiguration } from '../../packages/playground/src/haproxy-files.ts';
import type { Color } from '../../src/release/color.ts';
import { freePort } from './ports.ts';
import { type Running, startProcess, temporaryFolder } from './processes.ts';
import { until } from './until.ts';

/** What a service's two colors listen on, and where its map entry stands at first (`none`: no entry). */
export interface HaproxyService {
  blue: number;
  green: number;
  live?: Color | 'none';
}

/** A real HAProxy: one map, one frontend per service, runtime API over TCP and over a unix socket. */
export interface HaproxyServer {
  /** `tcp://127.0.0.1:…` */
  readonly tcp: string;
  readonly tcpPort: number;
  /** `unix:/…` */
  readonly unix: string;
  /** The map's file, which is its name too. */
  readonly map: string;
  /** `host:port` of its own metrics, for Prometheus. */
  readonly metrics: string;
  /** Where clients reach a service: `http://127.0.0.1:…`. */
  frontend(key: string): string;
  /** The service's router options as a person writes them; `address` is the TCP one. */
  options(key: string): {
    kind: 'haproxy';
    address: string[];
    map: string;
    key: string;
    values: Record<Color, string>;
    mapFile: string;
  };
  /** One runtime command, asked directly; without the ending empty line. */
  command(text: string): Promise<string>;
  /** Replaces the process the way a reload does: a new one reads the map file, the old one is told to finish. */
  reload(): Promise<void>;
  /** Ends it at once; `start` brings it back with what the map file says. */
  kill(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** Starts HAProxy for services by map key. The value of a color is `<key>_<color>`. */
export async function startHaproxy(
  services: Record<string, HaproxyService>,
  { lua }: { lua?: string | undefined } = {},
): Promise<HaproxyServer> {
  const dir = await temporaryFolder();
  await mkdir(join(dir, 'maps'));
  const map = join(dir, 'maps', 'live.map');
  const socket = join(dir, 'admin.sock');
  const config = join(dir, 'haproxy.cfg');
  const [tcpPort, metricsPort] = [await freePort(), await freePort()];
  const frontends = new Map<string, number>();
  for (const key of Object.keys(services)) frontends.set(key, await freePort());

  const entries = Object.entries(services).filter(([, { live }]) => live !== 'none');
  await writeFile(map, entries.map(([key, { live }]) => `${key} ${key}_${live ?? 'blue'}\n`).join(''));
  await writeFile(
    config,
    `${haproxyConfiguration({ services, frontends, map, socket, tcpPort, lua })}frontend own-metrics
  bind 127.0.0.1:${metricsPort}
  http-request use-service prometheus-exporter if { path /metrics }
`,
  );

  const command = (text: string) => haproxyCommand(socket, text);
  const start = async (...args: string[]) => {
    let before = '';
    if (args.length > 0) before = await pidOf(command);
    return startProcess({
      command: 'haproxy',
      args: ['-db', '-f', config, ...args],
      ready: async () => {
        const now = await pidOf(command).catch(() => '');
        return now !== '' && now !== before;
      },
    });
  };
  let server: Running = await start();
  return {
    tcp: `tcp://127.0.0.1:${tcpPort}`,
    tcpPort,
    unix: `unix:${socket}`,
    map,
    metrics: `127.0.0.1:${metricsPort}`,
    frontend: (key) => `http://127.0.0.1:${frontends.get(key)}`,
    options: (key) => ({
      kind: 'haproxy',
      address: [`tcp://127.0.0.1:${tcpPort}`],
      map,
      key,
      values: { blue: `${key}_blue`, green: `${key}_green` },
      mapFile: map,
    }),
    command,
    async reload() {
      const old = server;
      server = await start('-sf', String(old.pid));
      await until('the old process has finished', () => !old.alive());
    },
    kill: () => server.stop('SIGKILL'),
    async start() {
      if (!server.alive()) server = await start();
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function pidOf(command: (text: string) => Promise<string>): Promise<string> {
  return /^Pid: (\d+)$/m.exec(await command('show info'))?.[1] ?? '';
}
