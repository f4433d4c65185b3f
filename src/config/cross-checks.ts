import { realpathSync } from 'node:fs';
import { normalize } from 'node:path';
import { colorSchema } from '../release/color.ts';
import type { Freeze, Settings } from '../release/settings.ts';
import { dataChecks } from './data-checks.ts';
import type { SchemaError } from './config-errors.ts';
import type { ServiceOptions } from './schema.ts';

/**
 * Finds errors between parts: parts of a service that contradict each other, and services that share a switch.
 * `sources`: the names of alert sources; undefined: not read.
 */
export function crossChecks(
  services: ReadonlyMap<string, { settings: Settings; options: ServiceOptions }>,
  sources: ReadonlySet<string> | undefined,
): SchemaError[] {
  const findings: SchemaError[] = dataChecks(services);
  const switches = new Map<string, string>();
  const deployed = new Map<string, string>();
  for (const [name, { settings, options }] of services) {
    const at = (...path: (string | number)[]) => ['services', name, ...path];
    const { blue, green } = settings.colors;
    if (new URL(blue.url).href === new URL(green.url).href) {
      findings.push({ path: at('colors', 'green', 'url'), message: 'is the same as that of blue' });
    }
    if (settings.promotion.approvals > 0 && (settings.roles.approver ?? []).length === 0) {
      findings.push({
        path: at('promotion', 'approvals'),
        message: 'is above 0, but nobody is listed as approver, neither at the service nor globally',
      });
    }
    settings.freeze.forEach((freeze, i) => findings.push(...checkFreeze(freeze, at('freeze', i))));
    for (const link of ['version', 'compare'] as const) {
      const url = settings.links[link];
      if (url !== undefined && !/^https?:\/\/[^/\s{}]+/.test(url)) {
        findings.push({ path: at('links', link), message: 'must be an http or https URL' });
      }
    }
    if (options.health.every(({ kind }) => kind === 'prometheus'))
      findings.push({
        path: at('health'),
        message: 'needs a check of kind http or tcp too: nothing is measured of a color without traffic',
      });
    if (
      options.schema &&
      options.schema.path === undefined &&
      !options.health.some(({ kind }) => kind === 'http')
    )
      findings.push({ path: at('schema', 'path'), message: 'is needed without an http health check' });
    const { prometheus, metrics, limit } = settings.compare;
    const asking = metrics.length > 0 ? 'compare.metrics' : limit && 'compare.limit';
    if (asking !== undefined && prometheus === undefined)
      findings.push({ path: at('compare', 'prometheus'), message: `is needed for ${asking}` });
    if (options.mirror && !options.mirror.paths && !options.mirror.hook)
      findings.push({ path: at('mirror', 'paths'), message: 'is needed, or mirror.hook' });
    if (settings.promotion.maxDiff !== undefined && settings.mirror === undefined)
      findings.push({ path: at('promotion', 'maxDiff'), message: 'needs mirror.paths: what is compared' });
    findings.push(
      ...checkAutoRevert({ settings, options }, sources, (...path) => at('promotion', 'autoRevert', ...path)),
    );
    const { writes, readOnly } = options.cutover;
    if (readOnly && writes?.mode !== 'deny')
      findings.push({ path: at('cutover', 'readOnly'), message: 'needs cutover.writes.mode: deny' });
    if (writes) findings.push(...checkWritesHooks(writes, (key) => at('cutover', 'writes', key)));
    const cannot = writes && whyNoWrites(writes.mode, options.router.kind);
    if (cannot) findings.push({ path: at('cutover', 'writes', 'mode'), message: cannot });
    if (options.router.kind === 'aws-alb' && options.probe === undefined) {
      findings.push({
        path: at('probe'),
        message:
          'is needed with a router of kind aws-alb: traffic follows its API some seconds later, which only a probe sees',
      });
    }
    if (options.deploy.kind === 'kubernetes') {
      const { context, namespace, deployments } = options.deploy;
      for (const color of colorSchema.options) {
        const one = JSON.stringify([context, namespace, deployments[color]]);
        const other = deployed.get(one);
        if (other !== undefined && other !== name) {
          const message = `is deployed to by services.${other} too: same Deployment`;
          findings.push({ path: at('deploy', 'deployments', color), message });
        } else deployed.set(one, name);
      }
    }
    for (const [one, { setting, words }] of switchesOf(options.router)) {
      const other = switches.get(one);
      if (other !== undefined) {
        const message = `is switched by services.${other} too: ${words}`;
        findings.push({ path: at('router', setting), message });
        break;
      }
      switches.set(one, name);
    }
  }
  return findings;
}

type RouterKind = ServiceOptions['router']['kind'];
/** The kinds of routers that can treat writes so. */
const kindsFor: Readonly<Record<'hold' | 'deny', readonly RouterKind[]>> = {
  hold: ['haproxy'],
  deny: ['haproxy', 'nginx', 'caddy'],
};

/** Says why a router of this kind cannot treat writes so; undefined: it can. */
function whyNoWrites(mode: 'off' | 'hold' | 'deny' | 'hook', kind: RouterKind): string | undefined {
  if (mode === 'off' || mode === 'hook' || kindsFor[mode].includes(kind)) return undefined;
  if (mode === 'deny' && kind === 'aws-alb')
    return 'is deny, which a router of kind aws-alb cannot do: its rules know no time, so a window would not end without the bot';
  return `is ${mode}, which only a router of kind ${kindsFor[mode].join(', ')} can do`;
}

/** `steady` knows after so many blocks at the earliest; an automatic revert waits so long for it after its countdown, ms. */
const blocksNeeded = 9;
const steadyWaitMs = 120_000;

/** How long a hook that stops writes may take, ms: a switch must be verified within 10 s. */
const mostOnMs = 5_000;

/** `mode: hook` needs both calls, and only it has them. */
function checkWritesHooks(
  { mode, on, off, max }: NonNullable<ServiceOptions['cutover']['writes']>,
  at: (key: string) => (string | number)[],
): SchemaError[] {
  const findings: SchemaError[] = [];
  for (const [key, call] of Object.entries({ on, off })) {
    if (mode === 'hook' && call === undefined)
      findings.push({ path: at(key), message: 'is needed with mode: hook' });
    if (mode !== 'hook' && call !== undefined) findings.push({ path: at(key), message: 'needs mode: hook' });
  }
  if (mode === 'hook' && max > mostOnMs)
    findings.push({ path: at('max'), message: 'must be at most 5s with mode: hook' });
  return findings;
}

/** An automatic revert needs what it acts on. */
function checkAutoRevert(
  { settings, options }: { settings: Settings; options: ServiceOptions },
  sources: ReadonlySet<string> | undefined,
  at: (...path: (string | number)[]) => (string | number)[],
): SchemaError[] {
  const rule = settings.promotion.autoRevert;
  if (rule === undefined) return [];
  const findings: SchemaError[] = [];
  const needs = (kind: string, what: string): void =>
    void findings.push({ path: at('on'), message: `has ${kind}, which needs ${what}` });
  if (rule.on.includes('limit') && settings.compare.limit === undefined) needs('limit', 'compare.limit');
  if (rule.on.includes('critical') && rule.sources.length === 0)
    needs('critical', 'sources: the names of alert sources that may cause a revert');
  const isCompared =
    options.compare.requests === undefined
      ? options.health.some(({ kind }) => kind === 'http')
      : options.compare.requests.length > 0;
  if (rule.on.includes('compare') && !isCompared)
    needs('compare', 'compare.requests, or an http health check');
  const { block } = options.compare;
  if (rule.on.includes('compare') && blocksNeeded * block > rule.after + steadyWaitMs)
    needs(
      'compare',
      `a shorter compare.block: ${blocksNeeded} blocks must fit into after and 2 more minutes`,
    );
  rule.sources.forEach((name, i) => {
    if (sources?.has(name) === false)
      findings.push({ path: at('sources', i), message: 'is not in alerts.sources' });
  });
  return findings;
}

/** The switches of a router for a service, none of which another service may use. */
function switchesOf(router: ServiceOptions['router']): [string, { setting: string; words: string }][] {
  switch (router.kind) {
    case 'haproxy':
      return router.address.map((address) => [
        JSON.stringify([address, router.map, router.key]),
        { setting: 'key', words: 'same address, map and key' },
      ]);
    case 'caddy':
      return [
        [JSON.stringify([adminOf(router.admin), router.id]), { setting: 'id', words: 'same admin and id' }],
      ];
    case 'nginx':
      return [
        [realPathOf(router.include), { setting: 'include', words: 'same include' }],
        [
          JSON.stringify(['live', new URL(router.liveUrl).href]),
          {
            setting: 'liveUrl',
            words: 'same liveUrl; give each service a location that answers with its own variable',
          },
        ],
      ];
    case 'aws-alb': {
      const setting = router.rule === undefined ? 'listener' : 'rule';
      return [[router[setting] ?? '', { setting, words: `same ${setting}` }]];
    }
    case 'kubernetes': {
      const { namespace, context, httpRoute: route, service } = router;
      const its = service
        ? ['service', service.name, service.label]
        : ['httpRoute', route?.name, route?.rule];
      const setting = service ? 'service' : 'httpRoute';
      const words = service ? 'same Service and label' : 'same HTTPRoute and rule';
      return [[JSON.stringify([context, namespace, ...its]), { setting, words }]];
    }
    case 'http':
      return [];
    default:
      return router satisfies never;
  }
}

/** The path that symbolic links lead to, where the file exists on this machine. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return normalize(path);
  }
}

/** The normalized address of Caddy's admin API. */
function adminOf(admin: string): string {
  return admin.startsWith('unix:') ? `unix:${normalize(admin.slice('unix:'.length))}` : new URL(admin).href;
}

function checkFreeze(freeze: Freeze, path: (string | number)[]): SchemaError[] {
  if ('start' in freeze) {
    return freeze.start < freeze.end ? [] : [{ path: [...path, 'end'], message: 'must be after start' }];
  }
  return (['from', 'to'] as const)
    .filter((key) => freeze[key] > '24:00')
    .map((key) => ({ path: [...path, key], message: 'must be 24:00 at the latest' }));
}
