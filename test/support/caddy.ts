import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Color, colorSchema } from '../../src/release/color.ts';
import { freePort } from './ports.ts';
import { type Running, startProcess, temporaryFolder } from './processes.ts';
import { until } from './until.ts';

/** A real Caddy: one server, with one `reverse_proxy` handler of the id `checkout`. */
export interface CaddyServer {
  /** `http://127.0.0.1:…` */
  readonly admin: string;
  readonly adminPort: number;
  /** Where clients reach it: `http://127.0.0.1:…`. */
  readonly url: string;
  readonly upstreams: Record<Color, string>;
  /** The service's router options as a person writes them. */
  options(): { kind: 'caddy'; admin: string; id: string; upstreams: Record<Color, string> };
  /** Asks its admin API directly. Answers with the status and the JSON, or the text, of its answer. */
  ask(method: string, path: string, json?: unknown): Promise<{ status: number; said: unknown }>;
  /** Points the handler past everybody. */
  set(...dials: string[]): Promise<void>;
  /** The address that it dials; all of them when there are several. */
  dials(): Promise<string>;
  /** Loads its file again, as `caddy reload` does. */
  reload(): Promise<void>;
  /** Ends it at once; `start` brings it back. */
  kill(): Promise<void>;
  start(...args: string[]): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** What a test's Caddy has otherwise than others. */
export interface CaddyMore {
  /** Fields of its handler, of its admin API, and further arguments. */
  handler?: Record<string, unknown>;
  admin?: Record<string, unknown>;
  args?: readonly string[];
  /** Listens there instead: `unix:/…`. */
  socket?: boolean;
  /** Handlers before its handler. */
  front?: readonly Record<string, unknown>[];
}

/** Starts Caddy for one service whose colors listen on these ports; blue is live. */
export async function startCaddy(ports: Record<Color, number>, more: CaddyMore = {}): Promise<CaddyServer> {
  const dir = await temporaryFolder();
  const file = join(dir, 'caddy.json');
  const socket = join(dir, 'admin.sock');
  const [adminPort, port] = [await freePort(), await freePort()];
  const upstreams = { blue: `127.0.0.1:${ports.blue}`, green: `127.0.0.1:${ports.green}` };
  const admin = `http://127.0.0.1:${adminPort}`;
  const configuration = {
    admin: { listen: more.socket ? `unix/${socket}` : `127.0.0.1:${adminPort}`, ...more.admin },
    apps: {
      http: {
        servers: {
          shop: {
            listen: [`127.0.0.1:${port}`],
            automatic_https: { disable: true },
            routes: [
              {
                handle: [
                  ...(more.front ?? []),
                  {
                    '@id': 'checkout',
                    handler: 'reverse_proxy',
                    upstreams: [{ dial: upstreams.blue }],
                    ...more.handler,
                  },
                ],
              },
            ],
          },
        },
      },
    },
  };
  await writeFile(file, JSON.stringify(configuration));
  const env = { ...process.env, XDG_CONFIG_HOME: join(dir, 'config'), XDG_DATA_HOME: join(dir, 'data') };
  const begin = (args: readonly string[]): Promise<Running> =>
    startProcess({
      command: 'caddy',
      args: ['run', '--config', file, ...args],
      env,
      ready: (output) => output().includes('serving initial configuration'),
    });
  let server = await begin(more.args ?? []);

  const ask: CaddyServer['ask'] = async (method, path, json) => {
    const answer = await fetch(`${admin}${path}`, {
      method,
      // Each change of the configuration ends the admin API's idle connections.
      headers: { 'content-type': 'application/json', connection: 'close' },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    try {
      return { status: answer.status, said: JSON.parse(text) as unknown };
    } catch {
      return { status: answer.status, said: text };
    }
  };
  const carried = async (method: string, path: string, json?: unknown): Promise<void> => {
    const { status, said } = await ask(method, path, json);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(said)}`);
  };
  const told = more.socket ? `unix:${socket}` : admin;
  return {
    admin: told,
    adminPort,
    url: `http://127.0.0.1:${port}`,
    upstreams,
    options: () => ({ kind: 'caddy', admin: told, id: 'checkout', upstreams }),
    ask,
    set: (...dials) =>
      carried(
        'PATCH',
        '/id/checkout/upstreams',
        dials.map((dial) => ({ dial })),
      ),
    async dials() {
      const { said } = await ask('GET', '/id/checkout/upstreams');
      return (said as { dial: string }[]).map(({ dial }) => dial).join(' ');
    },
    reload: () => carried('POST', '/load', configuration),
    kill: () => server.stop('SIGKILL'),
    async start(...args) {
      if (!server.alive()) server = await begin([...(more.args ?? []), ...args]);
    },
    pause: () => server.signal('SIGSTOP'),
    resume: () => server.signal('SIGCONT'),
    async stop() {
      await server.stop('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** The color of an address. */
export function colorAt({ upstreams }: Pick<CaddyServer, 'upstreams'>, dial: string): string {
  return colorSchema.options.find((color) => upstreams[color] === dial) ?? dial;
}

/** Waits until clients are served by this color, which says its name in `x-color`. */
export async function untilServed({ url }: Pick<CaddyServer, 'url'>, color: Color): Promise<void> {
  await until(`${color} serves`, async () => (await fetch(url)).headers.get('x-color') === color);
}
