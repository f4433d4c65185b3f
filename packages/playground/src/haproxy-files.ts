import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

/** The colors of a service by port. */
export interface HaproxyColors {
  blue: number;
  green: number;
}

/** What HAProxy's configuration contains. */
export interface HaproxyNeeds {
  /** The services by their key in the map; a color's backend, and its value in the map, is `<key>_<color>`. */
  services: Readonly<Record<string, HaproxyColors>>;
  /** The port where clients reach a service, by key. */
  frontends: ReadonlyMap<string, number>;
  /** The map's file, which is also its name. */
  map: string;
  /** The unix socket of the runtime API. */
  socket: string;
  /** Its TCP port, where there is one. */
  tcpPort?: number;
  /** The Lua file with which it lets writes wait, where it does. */
  lua?: string | undefined;
}

/** The configuration: one map, one frontend for each service, and the runtime API. */
export function haproxyConfiguration({
  services,
  frontends,
  map,
  socket,
  tcpPort,
  lua,
}: HaproxyNeeds): string {
  const lines = [
    'global',
    '  nbthread 1',
    '  hard-stop-after 1s',
    ...(lua === undefined ? [] : [`  lua-load ${lua}`]),
    ...(tcpPort === undefined ? [] : [`  stats socket ipv4@127.0.0.1:${tcpPort} level admin`]),
    `  stats socket ${socket} mode 600 level admin`,
    'defaults',
    '  mode http',
    '  retries 0',
    '  timeout connect 1s',
    '  timeout client 10s',
    '  timeout server 10s',
  ];
  for (const [key, { blue, green }] of Object.entries(services)) {
    lines.push(`frontend ${key}`, `  bind 127.0.0.1:${frontends.get(key)}`);
    if (lua !== undefined) lines.push(`  http-request lua.switchback-writes ${key}`);
    lines.push(`  use_backend %[str(${key}),map(${map})]`);
    lines.push(`backend ${key}_blue`, `  server blue 127.0.0.1:${blue}`);
    lines.push(`backend ${key}_green`, `  server green 127.0.0.1:${green}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Runs a command at this unix socket; returns the answer without its final empty line. */
export function haproxyCommand(path: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, timeout: 2000 });
    let answer = '';
    socket.once('connect', () => socket.write(`${text}\n`));
    socket.on('data', (data) => {
      answer += data.toString();
    });
    socket.once('timeout', () => socket.destroy(new Error('HAProxy does not answer')));
    socket.once('error', reject);
    socket.once('close', () => resolve(answer.trimEnd()));
  });
}

/** The full path of a server's program; Debian keeps some in /usr/sbin, which is not on everyone's PATH. */
export function executable(name: string): string | undefined {
  if (name.includes('/')) return name;
  const places = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return places.map((place) => join(place, name)).find((path) => existsSync(path));
}
