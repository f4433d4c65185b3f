import { type RawSettings, type Roles, type Settings, settingsSchema } from '../release/settings.ts';
import { crossChecks } from './cross-checks.ts';
import { notKnown } from './known-keys.ts';
import { type SchemaError, findingsOf, type Path } from './config-errors.ts';
import { type Env, findLiteralSecrets, findOwnSecrets, replaceNames } from './env-substitution.ts';
import { type ServiceOptions, serviceSchema } from './schema.ts';

/** Settings by name, not parsed yet. */
export type Group = Record<string, unknown>;

/** One parsed service of the file. */
export interface ReadService {
  raw: RawSettings;
  settings: Settings;
  options: ServiceOptions;
}

/** Reads each service, with the file's defaults below its own settings; an error is reported where it was written. */
export function readServices(
  file: { defaults: Group; services: Record<string, Group>; roles: Roles; sources?: ReadonlySet<string> },
  env: Env,
): { services: Map<string, ReadService>; findings: SchemaError[] } {
  const findings: SchemaError[] = [];
  const found = (finding: SchemaError) => findings.push(finding);
  const services = new Map<string, ReadService>();

  const defaults = spellOut(file.defaults);
  readPart(defaults, ['defaults'], env, found);
  checkDefaults(defaults, env, found);
  for (const [name, written] of Object.entries(file.services)) {
    const own = spellOut(written);
    readPart(own, ['services', name], env, found);
    const raw = layOver(defaults, own) as RawSettings;
    const resolved = replaceNames(raw, env, [], () => {});
    const read = serviceSchema.safeParse(resolved);
    if (!read.success) {
      for (const { path, message } of findingsOf(read.error, [], serviceSchema)) {
        const inherited = !holds(own, path) && holds(defaults, path);
        found({ path: inherited ? ['defaults', ...path] : ['services', name, ...path], message });
      }
      continue;
    }
    const settings = settingsSchema.parse(resolved);
    settings.roles = { ...file.roles, ...settings.roles };
    services.set(name, { raw, settings, options: read.data });
  }
  findings.push(...crossChecks(services, file.sources));
  return { services, findings };
}

/** Lays `over` on `under`: groups are merged by key; everything else, lists too, is replaced. */
export function layOver(under: unknown, over: unknown): unknown {
  if (!isGroup(under) || !isGroup(over)) return structuredClone(over);
  const keys = [...new Set([...Object.keys(under), ...Object.keys(over)])];
  return Object.fromEntries(
    keys.map((key) => {
      if (!Object.hasOwn(over, key)) return [key, structuredClone(under[key])];
      return [key, Object.hasOwn(under, key) ? layOver(under[key], over[key]) : structuredClone(over[key])];
    }),
  );
}

/** Expands `env: [NAME]` of a deploy, which is short for `env: { NAME: "${NAME}" }`. */
function spellOut(part: Group): Group {
  const { deploy } = part;
  const names: unknown = isGroup(deploy) ? deploy['env'] : undefined;
  if (!isGroup(deploy) || !Array.isArray(names)) return part;
  if (!names.every((name) => typeof name === 'string' && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name))) return part;
  const env = Object.fromEntries(names.map((name: string) => [name, `\${${name}}`]));
  return { ...part, deploy: { ...deploy, env } };
}

function readPart(part: Group, path: Path, env: Env, found: (finding: SchemaError) => void): void {
  findLiteralSecrets(part, path, found);
  findOwnSecrets(part, path, found);
  replaceNames(part, env, path, found);
}

/** Checks the defaults of independent parts, even when no service uses them. */
function checkDefaults(defaults: Group, env: Env, found: (finding: SchemaError) => void): void {
  const completedByService = ['colors', 'router', 'probe', 'deploy', 'mirror'];
  for (const [key, value] of Object.entries(defaults)) {
    const schema = Object.hasOwn(serviceSchema.shape, key)
      ? serviceSchema.shape[key as keyof typeof serviceSchema.shape]
      : undefined;
    if (schema === undefined)
      found({ path: ['defaults', key], message: notKnown(key, Object.keys(serviceSchema.shape)) });
    if (schema === undefined || completedByService.includes(key)) continue;
    const read = schema.safeParse(replaceNames(value, env, [], () => {}));
    if (!read.success) findingsOf(read.error, ['defaults', key], schema).forEach(found);
  }
}

function holds(group: unknown, path: Path): boolean {
  let here = group;
  for (const key of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return false;
    here = (here as Record<string | number, unknown>)[key];
  }
  return true;
}

/** True for settings by name; false for a list or a single value. */
export function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
