/**
 * Makes one call in a process of its own, whose environment a test sets: `CALL` is the call, the answer is printed. The
 * proxies of that environment are used.
 */
import { readProxies } from '../../src/config/proxies.ts';
import { type Call, call } from '../../src/net/call.ts';
import { useProxies } from '../../src/net/proxy.ts';

useProxies(readProxies(process.env).proxies);
const it = JSON.parse(process.env['CALL'] ?? '{}') as Omit<Call, 'signal'>;
const answer = await call({ ...it, signal: new AbortController().signal });
process.stdout.write(JSON.stringify(answer));
