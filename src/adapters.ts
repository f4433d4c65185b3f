import { type Names, readOptions } from './config.ts';
import { makeDeploy } from './deploys/index.ts';
import { makeHealth } from './health/index.ts';
import { makeHook } from './hooks/index.ts';
import { makeProbe } from './probes/http.ts';
import { makeMetrics } from './probes/prometheus.ts';
import type { Configured } from './release/command.ts';
import type { Adapters, RouterAnswer } from './release/ports.ts';
import { makeRouter, type RouterOptions } from './routers/index.ts';
import { sweepRouters } from './routers/ask-many.ts';

/**
 * Makes a function that creates the adapters of services from their raw settings, with `names` for `${NAME}`. Equal
 * settings share their adapters. It throws `Fault('bad-settings')` when stored settings cannot be read, or need a name
 * that this process does not have.
 */
export function adapterMaker(names: Names): (service: string, configured: Configured) => Adapters {
  const made = new Map<string, { digest: string; adapters: Adapters }>();
  return (service, { raw, digest }) => {
    const known = made.get(service);
    if (known?.digest === digest) return known.adapters;
    const options = readOptions(raw, names);
    const deploy = makeDeploy(options.deploy);
    const adapters: Adapters = {
      router: makeRouter(options.router),
      health: options.health.map((each) => makeHealth(each, options.colors)),
      hooks: options.hooks.map((each) => makeHook(each)),
      ...(options.probe && { probe: makeProbe(options.probe) }),
      ...(deploy && { deploy }),
      metrics: makeMetrics(service, options.compare),
    };
    made.set(service, { digest, adapters });
    return adapters;
  };
}

/**
 * Makes a function that asks the routers of many services together, and reads settings only when they changed. Services
 * with unreadable settings are left out.
 */
export function sweepMaker(
  names: Names,
): (services: ReadonlyMap<string, Configured>, signal: AbortSignal) => Promise<Map<string, RouterAnswer[]>> {
  const read = new Map<string, { digest: string; options: RouterOptions }>();
  const optionsOf = (service: string, { raw, digest }: Configured): RouterOptions => {
    const known = read.get(service);
    if (known?.digest === digest) return known.options;
    const options = readOptions(raw, names).router;
    read.set(service, { digest, options });
    return options;
  };
  return (services, signal) => {
    const entries = [...services].flatMap(([service, configured]) => {
      try {
        return [{ service, options: optionsOf(service, configured) }];
      } catch {
        return [];
      }
    });
    return sweepRouters(entries, signal);
  };
}
