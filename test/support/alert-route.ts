/** The way in of alerts on a server of its own, with what was taken, logged and counted. */
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { alertsRoute } from '../../src/alerts/route.ts';
import type { RouteParts } from '../../src/alerts/route.ts';
import { hmac } from './hmac.ts';
import type { AlertSource } from '../../src/alerts/sources/index.ts';
import { makeLobby } from '../../src/net/lobby.ts';
import { makeMetrics } from '../../src/http/metrics.ts';
import { makeServer } from '../../src/http/server.ts';
import type { Delivery } from '../../src/release/alerts/alert.ts';
import { systemClock } from '../../src/release/clock.ts';

export const routeToken = 'route-token';

/** What became of one delivery. */
interface Taken {
  delivery: Delivery;
  services: (string | null)[];
  ids: string[];
}

/** What a route may be opened with. */
export type RouteMore = Partial<Pick<RouteParts, 'take' | 'allowance' | 'make' | 'hears' | 'isService'>> & {
  mono?: () => number;
  services?: Record<string, string>;
  deadman?: number;
  serviceLabel?: string;
};

/** Opens it, with sources `prom` and `other` (Alertmanager), `graf` and `own` (generic); closed when the test ends. */
export async function openRoute(more: RouteMore = {}) {
  const taken: Taken[] = [];
  const warned: { facts: Record<string, unknown>; text: string }[] = [];
  const log = {
    info: () => {},
    warn: (facts: object, text: string) => void warned.push({ facts: { ...facts }, text }),
    error: () => {},
  };
  const metrics = makeMetrics(async () => 0);
  const { services = {}, deadman, serviceLabel = 'app' } = more;
  const common = { token: routeToken, serviceLabel, services, linkHosts: ['runbooks.example.com'] };
  const prom: AlertSource = { kind: 'alertmanager', ...common, ...(deadman && { deadman }) };
  const route = alertsRoute({
    sources: {
      prom,
      other: prom,
      graf: { kind: 'grafana', ...common },
      own: { kind: 'generic', ...common },
    },
    isElsewhere: (name) => name === 'added',
    ...(more.make && { make: more.make }),
    ...(more.hears && { hears: more.hears }),
    ...(more.isService && { isService: more.isService }),
    take:
      more.take ??
      (async (delivery, idOf, serviceOf) => {
        const named = delivery.alerts.map(({ labels }) => serviceOf(labels));
        taken.push({ delivery, services: named, ids: named.map((service) => idOf(service, null)) });
      }),
    lobby: makeLobby(() => performance.now()),
    observe: metrics,
    ...(more.allowance && { allowance: more.allowance }),
    clock: { ...systemClock, ...(more.mono && { mono: more.mono }) },
    log,
  });
  const server = makeServer({
    slack: undefined,
    readiness: { ping: async () => {}, slack: () => ({ accepted: true }), adopted: () => true },
    metrics,
    metricsToken: undefined,
    others: [route],
    log,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const post = (
    body: string | object | Uint8Array<ArrayBuffer>,
    {
      path = '/hooks/alerts/prom',
      headers = { authorization: `Bearer ${routeToken}` },
      method = 'POST',
    }: { path?: string; headers?: Record<string, string>; method?: string } = {},
  ): Promise<Response> =>
    fetch(origin + path, {
      method,
      headers,
      ...(method !== 'GET' && {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    });
  const send = async (...given: Parameters<typeof post>): Promise<[number, string]> => {
    const answer = await post(...given);
    return [answer.status, await answer.text()];
  };
  /** Begins a request by hand, and sends no more of its body than this. */
  const begin = (path: string, headers: Record<string, string>, body = '{'): Begun => {
    const socket = connect(port, '127.0.0.1');
    const begun: Begun = { socket, heard: '' };
    socket.on('error', () => {});
    socket.on('data', (piece: Buffer) => {
      begun.heard += piece.toString();
    });
    const lines = Object.entries({ host: 'x', 'content-length': '1048576', ...headers });
    socket.write(
      `POST ${path} HTTP/1.1\r\n${lines.map(([key, value]) => `${key}: ${value}\r\n`).join('')}\r\n`,
    );
    socket.write(body);
    onTestFinished(() => void socket.destroy());
    return begun;
  };
  const counts = async (): Promise<string> => (await fetch(`${origin}/metrics`)).text();
  return { origin, send, post, begin, counts, taken, warned };
}

/** A request whose body has not come whole, and what it was answered. */
export interface Begun {
  socket: Socket;
  heard: string;
}

/** The headers with which a generic sender signs this body. */
export function signedBy(body: string, token = routeToken): Record<string, string> {
  const at = String(Math.floor(Date.now() / 1_000));
  return { 'x-switchback-timestamp': at, 'x-switchback-signature': `v1=${hmac(token, at, ':', body)}` };
}
