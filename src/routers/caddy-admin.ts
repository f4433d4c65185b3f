/** The client of Caddy's admin API. */
import type { Resolve } from '../net/addresses.ts';
import { type Answered, type CallAnswer, type Call, call, jsonOf } from '../net/call.ts';
import { joinUrl } from '../net/url.ts';
import { type UrlPlace, placesOfUrl } from './url-places.ts';

const readDeadlineMs = 2000;
/** Most bytes of an answer: a handler can hold whole routes for its errors. */
const mostBytes = 1024 * 1024;

/** The admin API of one Caddy, or of several behind one name. */
export interface CaddyAdmin {
  /** True when the address leads to one process. */
  readonly single: boolean;
  places(): Promise<readonly UrlPlace[]>;
  get(place: UrlPlace, path: string, signal: AbortSignal): Promise<CallAnswer>;
  send(place: UrlPlace, path: string, it: Omit<Call, 'url' | 'address' | 'socketPath'>): Promise<CallAnswer>;
}

/** Makes the client. `admin`: `http(s)://host:port` or `unix:/path`. `find`: looks host names up. */
export function caddyAdmin(admin: string, find?: Resolve): CaddyAdmin {
  const socketPath = admin.startsWith('unix:') ? admin.slice('unix:'.length) : undefined;
  const base = socketPath === undefined ? admin : 'http://localhost';
  const only: UrlPlace = { instance: admin, address: undefined };
  // Some require an Origin (enforce_origin); others refuse an unknown one.
  const wantOrigin = new Set<string>();

  function send(
    { instance, address }: UrlPlace,
    path: string,
    it: Omit<Call, 'url' | 'address' | 'socketPath'>,
    withOrigin = wantOrigin.has(instance),
  ): Promise<CallAnswer> {
    const headers = {
      ...it.headers,
      // Over a socket, Caddy before 2.7 accepts only an empty host name, and later ones any.
      ...(socketPath !== undefined && { host: '' }),
      ...(withOrigin && { origin: new URL(base).origin }),
    };
    return call({ ...it, url: joinUrl(base, path), address, socketPath, headers });
  }

  return {
    single: socketPath !== undefined,
    places: socketPath === undefined ? placesOfUrl(admin, find) : () => Promise.resolve([only]),
    async get(place, path, signal) {
      const it: Omit<Call, 'url'> = {
        method: 'GET',
        deadlineMs: readDeadlineMs,
        maxBytes: mostBytes,
        signal,
      };
      const answer = await send(place, path, it);
      const refused = answer.answered && answer.status === 403 && /\borigin\b/i.test(answer.words);
      if (!refused || socketPath !== undefined || wantOrigin.has(place.instance)) return answer;
      const again = await send(place, path, it, true);
      if (again.answered && again.status !== 403) wantOrigin.add(place.instance);
      return again;
    },
    send,
  };
}

/** Caddy's command-line arguments; undefined: it does not say. */
async function argumentsOf(
  admin: CaddyAdmin,
  place: UrlPlace,
  signal: AbortSignal,
): Promise<string[] | undefined> {
  const answer = await admin.get(place, '/debug/pprof/cmdline', signal);
  return answer.answered && answer.status === 200 ? answer.body.split('\0').slice(1) : undefined;
}

/** What part of a switch Caddy forgets at a restart, and what to do; undefined: nothing, or no answer. */
export async function forgets(
  admin: CaddyAdmin,
  place: UrlPlace,
  signal: AbortSignal,
): Promise<{ what: string; fix: string } | undefined> {
  const back =
    'a restart sends traffic to blue or green, as its configuration file says, which no switch changes';
  const fix =
    'start Caddy with --resume (Debian: the service caddy-api in place of caddy); see the page on Caddy';
  const [options, settings] = await Promise.all([
    argumentsOf(admin, place, signal),
    admin.get(place, '/config/admin/config/persist', signal),
  ]);
  if (!settings.answered) return undefined;
  if (options === undefined)
    return { what: `it does not say whether it runs with --resume: without that, ${back}`, fix };
  if (!options.some((each) => /^(--?resume(=(true|1|t))?|-r)$/i.test(each)))
    return { what: `Caddy runs without --resume: ${back}`, fix };
  if (settings.status === 200 && jsonOf(settings.body) === false)
    return {
      what: `Caddy keeps nothing for its next start (admin.config.persist is false): ${back}`,
      fix: 'take persist: false (Caddyfile: persist_config off) out of its configuration',
    };
  return undefined;
}

/** Caddy's open requests to an address, and recent failures; undefined: it does not count them. */
export async function countsOf(
  admin: CaddyAdmin,
  place: UrlPlace,
  dial: string,
  signal: AbortSignal,
): Promise<{ requests: number; fails: number } | undefined> {
  const answer = await admin.get(place, '/reverse_proxy/upstreams', signal);
  const list = answer.answered && answer.status === 200 ? jsonOf(answer.body) : undefined;
  if (!Array.isArray(list)) return undefined;
  const found = list.filter((each: unknown) => (each as { address?: unknown } | null)?.address === dial);
  const sum = (name: string): number =>
    found.reduce((all: number, each) => all + (Number((each as Record<string, unknown>)[name]) || 0), 0);
  return found.length === 0 ? undefined : { requests: sum('num_requests'), fails: sum('fails') };
}

/** The ETag of an answer; undefined: it has none, or one that is not Caddy's. */
export function etagOf({ headers }: Answered): string | undefined {
  const etag = headers['etag'];
  return typeof etag === 'string' && /^"[\x21-\x7e]+ [\da-f]+"$/.test(etag) ? etag : undefined;
}

/** True for a refusal: Caddy keeps its configuration when it cannot load a changed one, and answers 500 then too. */
export function isRefusal({ status, words }: Answered): boolean {
  return status < 500 || words.startsWith('loading new config');
}
