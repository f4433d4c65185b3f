import type { Proxies } from '../net/proxy.ts';
import type { SchemaError } from './config-errors.ts';
import { type Env, wrapped } from './env-substitution.ts';

const message = 'must be the http:// or https:// URL of a proxy, without a path';

/** Reads `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`; the lower-case name has priority. */
export function readProxies(env: Env): { proxies: Proxies; findings: SchemaError[] } {
  const findings: SchemaError[] = [];
  const read = (name: string): URL | undefined => {
    const found = [name.toLowerCase(), name].find((one) => env[one]);
    const text = found === undefined ? '' : (env[found] ?? '');
    if (found === undefined || text === '') return undefined;
    const url = proxyUrl(text);
    if (url === undefined) findings.push({ path: [found], message: wrapped(text) ?? message });
    return url;
  };
  const https = read('HTTPS_PROXY');
  const http = read('HTTP_PROXY');
  const named = env['no_proxy'] ? 'no_proxy' : 'NO_PROXY';
  const list = env[named] ?? '';
  const odd = wrapped(list);
  // Such entries match nothing, and everything would go through the proxy.
  if (odd?.startsWith('has quotes') === true) findings.push({ path: [named], message: odd });
  const none = list.split(/[\s,]+/).filter((entry) => entry !== '');
  return { proxies: { ...(https && { https }), ...(http && { http }), none }, findings };
}

/** Accepts `proxy:3128`, which is common, as a URL. */
function proxyUrl(text: string): URL | undefined {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) return undefined;
  const url = new URL(whole);
  const good = /^https?:$/.test(url.protocol) && url.hostname !== '';
  return good && url.pathname === '/' && url.search === '' && url.hash === '' ? url : undefined;
}
