import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { startAdminProxy } from '../support/admin-proxy.ts';
import { colorAt, startCaddy } from '../support/caddy.ts';
import { startFlakyProxy } from '../support/flaky-proxy.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { startNginx } from '../support/nginx.ts';
import { startRouterServer } from '../support/router-server.ts';
import { startColor } from '../support/sample-color.ts';
import { type RouterWorld, routerContract } from './contract.ts';

async function haproxyWorld(by: 'tcp' | 'unix'): Promise<RouterWorld> {
  const haproxy = await startHaproxy({ checkout: { blue: 1, green: 1 } });
  const proxy = await startFlakyProxy(haproxy[by], by);
  const written = { ...haproxy.options('checkout'), address: proxy.address };
  return {
    router: makeRouter(routerOptions.parse(written)),
    could: 'yes',
    async actual() {
      const said = await haproxy.command(`get map ${haproxy.map} checkout`);
      return /value="checkout_([^"]*)"/.exec(said)?.[1] ?? said;
    },
    set: async (value) => void (await haproxy.command(`set map ${haproxy.map} checkout checkout_${value}`)),
    cut: () => proxy.refuse(),
    loseAnswer: () => proxy.fault(/^set map/, { kind: 'drop-answer' }),
    hang: () => proxy.fault(/./, { kind: 'hold' }, 100),
    refuse: () => proxy.rewrite((text) => text.replace(haproxy.map, '/no/such.map')),
    async restore() {
      proxy.clear();
      await proxy.accept();
    },
    writes: () => proxy.writes().length,
    async stop() {
      await proxy.stop();
      await haproxy.stop();
    },
  };
}

async function httpWorld(): Promise<RouterWorld> {
  const server = await startRouterServer();
  const { url, token, levers } = server;
  return {
    router: makeRouter(routerOptions.parse({ kind: 'http', url, token })),
    could: 'unknown',
    mayLag: true,
    actual: async () => server.color,
    async set(value) {
      server.color = value;
    },
    cut: () => server.die(),
    loseAnswer: () => {
      levers.loseAnswers = 1;
    },
    hang: () => {
      levers.hang = true;
    },
    refuse: () => {
      levers.status = 409;
    },
    async restore() {
      Object.assign(levers, { status: undefined, loseAnswers: 0, hang: false, body: undefined });
      await server.revive();
    },
    writes: () => server.writes.length,
    stop: () => server.stop(),
  };
}

async function caddyWorld(): Promise<RouterWorld> {
  const caddy = await startCaddy({ blue: 1, green: 2 });
  const proxy = await startAdminProxy(caddy.adminPort);
  return {
    router: makeRouter(routerOptions.parse({ ...caddy.options(), admin: proxy.url })),
    could: 'yes',
    actual: async () => colorAt(caddy, await caddy.dials()),
    set: (value) => caddy.set(value === 'nonsense' ? 'nonsense:80' : caddy.upstreams[value]),
    cut: () => proxy.cut(),
    loseAnswer: () => {
      proxy.levers.loseAnswers = 1;
    },
    hang: (what) => {
      proxy.levers.hang = what ?? 'all';
    },
    refuse: () => {
      proxy.levers.refuse = 403;
    },
    restore: () => proxy.restore(),
    writes: () => proxy.writes().length,
    async stop() {
      await proxy.stop();
      await caddy.stop();
    },
  };
}

async function nginxWorld(): Promise<RouterWorld> {
  const colors = { blue: await startColor('blue', 'v1'), green: await startColor('green', 'v2') };
  const nginx = await startNginx({ blue: colors.blue.port, green: colors.green.port });
  return {
    router: makeRouter(routerOptions.parse(nginx.options())),
    could: 'yes',
    actual: () => nginx.served(),
    set: (value) => nginx.writeInclude(`set $checkout_color ${value};\n`),
    cut: () => nginx.kill(),
    loseAnswer: () => nginx.mode('lose'),
    hang(what) {
      nginx.mode('hang');
      if (what !== 'writes') nginx.pause();
    },
    refuse: () => nginx.other('listen 80;'),
    async restore() {
      nginx.other(undefined);
      nginx.mode('as usual');
      await nginx.start();
      nginx.resume();
    },
    writes: () => nginx.reloads(),
    async stop() {
      await nginx.stop();
      await Promise.all([colors.blue.stop(), colors.green.stop()]);
    },
  };
}

routerContract('HAProxy over TCP', () => haproxyWorld('tcp'));
routerContract('HAProxy over a unix socket', () => haproxyWorld('unix'));
routerContract('HTTP', httpWorld);
routerContract('Caddy', caddyWorld);
routerContract('nginx', nginxWorld);
