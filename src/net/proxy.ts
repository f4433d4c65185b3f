/** Proxies for all outgoing HTTP, by curl's variables: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`. */
import { BlockList, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { Client, fetch as fetchThrough, ProxyAgent } from 'undici';
import type { Dispatcher } from 'undici';
import { decoded } from './url.ts';

/** The proxies of the environment. */
export interface Proxies {
  /** The proxies for https URLs and for http URLs. Their URLs may hold credentials. */
  https?: URL;
  http?: URL;
  /** Places reached without a proxy: hosts with their subdomains, `host:port`, addresses, CIDR ranges; `*` is all. */
  none: readonly string[];
}

let proxies: Proxies = { none: [] };

/** Sets the proxies of this process; called once, at the start. */
export function useProxies(given: Proxies): void {
  proxies = given;
}

/** The proxy for a URL (http, https, ws, wss); undefined: none, as always for loopback. */
export function proxyFor(url: URL, of: Proxies = proxies): URL | undefined {
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  const proxy = secure ? of.https : of.http;
  if (proxy === undefined) return undefined;
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isLoopback(host)) return undefined;
  const port = url.port || (secure ? '443' : '80');
  return of.none.some((entry) => covers(entry, host, port)) ? undefined : proxy;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isIn(loopback, host);
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function covers(given: string, host: string, port: string): boolean {
  const entry = given.toLowerCase();
  if (entry === '*') return true;
  const [, network = '', bits] = /^\[?([0-9a-f.:]+)\]?\/(\d{1,3})$/.exec(entry) ?? [];
  if (bits !== undefined) return inRange(network, Number(bits), host);
  const bare = isIP(entry) === 6 ? [entry] : /^\[?(.*?)\]?(?::(\d+))?$/.exec(entry)?.slice(1);
  const [name = '', only] = bare ?? [];
  if (only !== undefined && only !== port) return false;
  const domain = name.replace(/^\*?\./, '').replace(/\.$/, '');
  if (domain === '') return false;
  return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
}

function inRange(network: string, bits: number, host: string): boolean {
  const family = isIP(network);
  if (family === 0 || bits > (family === 6 ? 128 : 32)) return false;
  const range = new BlockList();
  range.addSubnet(network, bits, family === 6 ? 'ipv6' : 'ipv4');
  return isIn(range, host);
}

/** A proxy's address for people: without credentials. */
export function shownProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** The header with the proxy's credentials. */
function authorizationFor({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The proxy refused to connect; the message is fit for people. */
export class ProxyRefused extends Error {}

/** Opens a connection to `host:port` through a proxy. Rejects with `ProxyRefused` or a network error. */
export async function tunnel(
  proxy: URL,
  target: string,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Socket> {
  const client = new Client(proxy.origin, { connect: { timeout: deadlineMs }, headersTimeout: deadlineMs });
  client.on('connectionError', () => {});
  try {
    const { statusCode, socket } = await client.connect({
      path: target,
      headers: { host: target, ...authorizationFor(proxy) },
      signal,
    });
    socket.on('error', () => {});
    if (statusCode === 200) return socket as Socket;
    socket.destroy();
    throw new ProxyRefused(`the proxy ${shownProxy(proxy)} answered ${statusCode}`);
  } finally {
    void client.close().catch(() => {});
  }
}

const agents = new Map<string, ProxyAgent>();

function agentOf(proxy: URL): ProxyAgent {
  const token = authorizationFor(proxy)['proxy-authorization'];
  const known =
    agents.get(proxy.href) ?? new ProxyAgent({ uri: proxy.origin, ...(token !== undefined && { token }) });
  agents.set(proxy.href, known);
  return known;
}

/** `fetch`, through the URL's proxy where there is one. */
export const proxiedFetch: typeof fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  const proxy = proxyFor(url);
  if (proxy === undefined) return fetch(input, init);
  const through = { ...init, dispatcher: agentOf(proxy) } as Parameters<typeof fetchThrough>[1];
  return (await fetchThrough(url, through)) as unknown as Response;
};

/** The dispatcher for a WebSocket of undici, which connects through the URL's proxy. Undefined: no proxy. */
export function proxyDispatcher(url: URL): Dispatcher | undefined {
  const proxy = proxyFor(url);
  return proxy && agentOf(proxy);
}
