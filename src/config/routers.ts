import { type RouterOptions, routerOptions } from '../routers/index.ts';
import { ConfigFault, type SchemaError, findingsOf, showPath } from './config-errors.ts';
import { type Env, replaceNames } from './env-substitution.ts';
import { parseYaml, readText } from './file.ts';
import { type Group, isGroup, layOver } from './services.ts';

/**
 * Reads the routers of one kind from the file, and nothing else of it: only the variables that they name must be set.
 * Throws one `ConfigFault` that lists the errors in them.
 */
export function loadRouters<Kind extends RouterOptions['kind']>(
  kind: Kind,
  { file, env = process.env }: { file?: string | undefined; env?: Env } = {},
): Extract<RouterOptions, { kind: Kind }>[] {
  const findings: SchemaError[] = [];
  const source = readText(env, file);
  const yaml = 'text' in source ? parseYaml(source.text) : { findings: [source.finding] };
  if ('findings' in yaml) throw faultOf(yaml.findings);
  const whole = groupAt(yaml.value);
  const defaults = groupAt(whole['defaults']);
  const routers = Object.entries(groupAt(whole['services'])).flatMap(([service, own]) => {
    const router = layOver(groupAt(defaults['router']), groupAt(groupAt(own)['router']));
    if (groupAt(router)['kind'] !== kind) return [];
    const path = ['services', service, 'router'];
    const before = findings.length;
    const resolved = replaceNames(router, env, path, (finding) => findings.push(finding));
    if (findings.length > before) return [];
    const read = routerOptions.safeParse(resolved);
    if (read.success) return [read.data as Extract<RouterOptions, { kind: Kind }>];
    findings.push(...findingsOf(read.error, path, routerOptions));
    return [];
  });
  if (findings.length > 0) throw faultOf(findings);
  return routers;
}

function groupAt(value: unknown): Group {
  return isGroup(value) ? value : {};
}

function faultOf(findings: readonly SchemaError[]): ConfigFault {
  return new ConfigFault(findings.map(({ path, message }) => ({ path: showPath(path), message })));
}
