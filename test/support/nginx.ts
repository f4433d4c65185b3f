import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Color } from '../../src/release/color.ts';
import { freePort } from './ports.ts';
import { executable, type Running, startProcess, temporaryFolder } from './processes.ts';
import { until } from './until.ts';

/** A real nginx with two workers: one service, its include file, and the location that says where it sends traffic. */
export interface NginxServer {
  /** Where clients reach the service. */
  readonly frontend: string;
  readonly liveUrl: string;
  readonly include: string;
  readonly folder: string;
  /** The router options as a person writes them; reload goes through a script that `mode` changes. */
  options(): {
    kind: 'nginx';
    include: string;
    variable: string;
    values: Record<Color, string>;
    liveUrl: string;
    test: string[];
    reload: string[];
  };
  /** The commands themselves, as in a configuration. */
  readonly test: string[];
  readonly reload: string[];
  /** How the next reloads go: `lose`: one is carried out and its program killed; `hang`: none ends; `fail`: none works. */
  mode(name: 'as usual' | 'lose' | 'hang' | 'fail'): void;
  /** Reloads that the script was asked for. */
  reloads(): number;
  /** Writes the include file past the bot, as somebody would, and reloads where that is said. */
  writeInclude(text: string, reload?: boolean): Promise<void>;
  /** Puts a file of somebody else into the configuration; undefined: takes it out. */
  other(text: string | undefined): void;
  readonly otherFile: string;
  /** The color that clients get, once all workers agree. */
  served(): Promise<string>;
  /** What the location says on one connection. */
  says(): Promise<string>;
  kill(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** More lines of its configuration: outermost, in the location, in `http`, in both servers. */
export interface NginxMore {
  main?: string;
  location?: string;
  http?: string;
  server?: string;
}

/** Starts it before two colors on these ports; blue is live. `{include}` in `server` is the path of its include file. */
export async function startNginx(
  colors: Record<Color, number>,
  { main = '', location = '', http = '', server: inServers = '' }: NginxMore = {},
): Promise<NginxServer> {
  const dir = await temporaryFolder();
  // Workers have another user.
  await chmod(dir, 0o755);
  const config = join(dir, 'nginx.conf');
  const include = join(dir, 'switchback', 'checkout.conf');
  const otherFile = join(dir, 'conf.d', 'other.conf');
  const script = join(dir, 'reload.sh');
  await Promise.all(['switchback', 'conf.d', 'temp'].map((name) => mkdir(join(dir, name))));
  const [port, livePort] = [await freePort(), await freePort()];
  const nginx = executable('nginx');
  const test = [nginx, '-c', config, '-t'];
  const reload = [nginx, '-c', config, '-s', 'reload'];
  const mode = (name: string) => writeFileSync(join(dir, 'mode'), name);
  mode('as usual');
  await writeFile(join(dir, 'reloads'), '');
  await writeFile(include, 'set $checkout_color blue;\n');
  await writeFile(
    script,
    `cd "${dir}"
echo reload >>reloads
case "$(cat mode)" in
  hang) exec sleep 60 ;;
  fail) echo 'nginx: [error] open() "/run/nginx.pid" failed (2: No such file or directory)' >&2; exit 1 ;;
  lose) printf 'as usual' >mode; ${reload.join(' ')}; kill -9 $$ ;;
esac
exec ${reload.join(' ')}
`,
  );
  const servers = inServers.replaceAll('{include}', include);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${dir}/temp/${name};`)
    .join('\n');
  await writeFile(
    config,
    `daemon off;
worker_processes 2;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
${main}
events { worker_connections 512; }
http {
  access_log off;
  # Where the reload must end what is idle.
  keepalive_timeout 60s;
${temporary}
  ${http}
  upstream checkout_blue { server 127.0.0.1:${colors.blue}; }
  upstream checkout_green { server 127.0.0.1:${colors.green}; }
  server {
    listen 127.0.0.1:${port};
    include ${include};
    ${servers}
    location / { proxy_pass http://checkout_$checkout_color; ${location} }
  }
  server {
    listen 127.0.0.1:${livePort};
    include ${include};
    ${servers}
    location = /live/checkout { return 200 $checkout_color; }
  }
  include ${dir}/conf.d/*.conf;
}
`,
  );
  const liveUrl = `http://127.0.0.1:${livePort}/live/checkout`;
  const frontend = `http://127.0.0.1:${port}`;
  const fresh = { headers: { connection: 'close' } };
  const says = async () => (await fetch(liveUrl, fresh)).text();
  const start = () =>
    startProcess({
      command: 'nginx',
      args: ['-c', config],
      ready: async () => (await says().catch(() => '')) !== '',
    });
  let server: Running = await start();
  const signal = (name: NodeJS.Signals) => {
    const children = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
    for (const pid of [server.pid, ...children.trim().split(' ').map(Number)]) process.kill(pid, name);
  };
  const self: NginxServer = {
    frontend,
    liveUrl,
    include,
    folder: dir,
    options: () => ({
      kind: 'nginx',
      include,
      variable: 'checkout_color',
      values: { blue: 'blue', green: 'green' },
      liveUrl,
      test,
      reload: ['/bin/sh', script],
    }),
    test,
    reload,
    mode,
    reloads: () => readFileSync(join(dir, 'reloads'), 'utf8').split('\n').length - 1,
    async writeInclude(text, reloads = true) {
      await writeFile(include, text);
      if (!reloads) return;
      const value = /\s(\S+);/.exec(text)?.[1];
      server.signal('SIGHUP');
      await until(`nginx says ${value}`, async () => (await says()) === value);
      await self.served();
    },
    other: (text) =>
      text === undefined ? rmSync(otherFile, { force: true }) : writeFileSync(otherFile, text),
    otherFile,
    async served() {
      let last = '';
      let since = performance.now();
      return until('the workers agree', async () => {
        const answers = await Promise.all([frontend, frontend, frontend].map((url) => fetch(url, fresh)));
        const colorsNow = answers.map((answer) => answer.headers.get('x-color') ?? String(answer.status));
        const now = new Set(colorsNow).size === 1 ? (colorsNow[0] ?? '') : '';
        if (now !== last) since = performance.now();
        last = now;
        // Longer than the workers of before a reload take connections next to the new ones.
        return performance.now() - since > 200 ? now : '';
      });
    },
    says,
    kill: () => server.stop('SIGTERM'),
    async start() {
      if (!server.alive()) server = await start();
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async stop() {
      if (server.alive()) signal('SIGCONT');
      await server.stop('SIGTERM');
      await rm(dir, { recursive: true, force: true });
    },
  };
  return self;
}
