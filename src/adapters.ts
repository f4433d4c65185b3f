import { z } from 'zod';
import { type Names, readOptions, type ServiceOptions } from './config.ts';
import { makeData } from './data/index.ts';
import { makeDeploy } from './deploys/index.ts';
import { makeHealth } from './health/index.ts';
import { type SchemaOptions, schemaCheck } from './health/schema.ts';
import { prometheusHealth } from './health/prometheus.ts';
import { makeFeedHooks, makeHook, makeWritesHooks } from './hooks/index.ts';
import { makeProbe } from './probes/http.ts';
import { makeMirror } from './probes/mirror.ts';
import { makePairs } from './probes/pairs.ts';
import { makeLimit, makeMetrics } from './probes/prometheus.ts';
import type { Configured } from './release/command.ts';
import type { Pairs } from './release/evidence/pair-requests.ts';
import type { Adapters, RouterAnswer } from './release/ports.ts';
import type { SchemaCheck } from './release/schema.ts';
import type { RawSettings } from './release/settings.ts';
import { makeRouter, type RouterOptions } from './routers/index.ts';
import { sweepRouters } from './routers/ask-many.ts';

/** The packages that some kinds of routers, deploys and databases need, by kind. */
const packages: ReadonlyMap<string, () => Promise<unknown>> = new Map<string, () => Promise<unknown>>([
  ['kubernetes', () => import('@kubernetes/client-node')],
  ['aws-alb', () => import('@aws-sdk/client-elastic-load-balancing-v2')],
  ['postgres-logical', () => import('pg')],
]);
const kindSchema = z.object({ kind: z.string() }).catch({ kind: '' });
const kindsSchema = z.object({
  router: kindSchema,
  deploy: kindSchema,
  cutover: z.object({ data: kindSchema }).catch({ data: { kind: '' } }),
});

/**
 * Loads the packages that the routers, deploys and databases of these raw settings need. A busy machine takes seconds for that,
 * longer than a question to a router may last. Never rejects: the first use says what is wrong.
 */
export async function loadPackages(settings: readonly (RawSettings | undefined)[]): Promise<void> {
  const kinds = settings.flatMap((raw = {}) => {
    const { router, deploy, cutover } = kindsSchema.parse(raw);
    return [router.kind, deploy.kind, cutover.data.kind];
  });
  await Promise.allSettled(Array.from(new Set(kinds), async (kind) => packages.get(kind)?.()));
}

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
    const limit = makeLimit(service, options.compare);
    const pairs = pairsFrom(options);
    const adapters: Adapters = {
      router: makeRouter(options.router, options.cutover),
      ...(options.cutover.data && { data: makeData(service, options.cutover.data) }),
      health: options.health.flatMap((each) =>
        each.kind === 'prometheus' ? [] : [makeHealth(each, options.colors)],
      ),
      measured: options.health.flatMap((each) =>
        each.kind === 'prometheus' ? [prometheusHealth(service, each)] : [],
      ),
      hooks: options.hooks.map((each) => makeHook(each)),
      ...makeWritesHooks(options.cutover.writes),
      ...(options.probe && { probe: makeProbe(options.probe) }),
      ...(options.schema && { schema: schemaFrom(options, options.schema) }),
      ...(deploy && { deploy }),
      metrics: makeMetrics(service, options.compare),
      ...(limit && { limit }),
      ...(pairs && { pairs }),
      ...makeFeedHooks(options.mirror?.hook),
      ...(options.mirror?.paths && { mirror: makeMirror(options.mirror, options.colors) }),
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

/** Makes the question about the schema; without a path of its own, it is that of the check of the version. */
function schemaFrom({ health, colors }: ServiceOptions, options: SchemaOptions): SchemaCheck {
  const checks = health.flatMap((check) => (check.kind === 'http' ? [check] : []));
  const asked = checks.find(({ versionPath }) => versionPath !== undefined) ?? checks[0];
  return schemaCheck(options, colors, asked ?? { path: '/' });
}

/** Makes the pairs of a service; without requests of its own, those of its http health checks. */
function pairsFrom({ compare, health, colors }: ServiceOptions): Pairs | undefined {
  const checks = health.flatMap((check) =>
    check.kind === 'http' ? [{ ...check, method: 'GET' as const }] : [],
  );
  return makePairs({ ...compare, requests: compare.requests ?? checks }, colors);
}
