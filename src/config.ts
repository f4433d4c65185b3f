import { digestOf, makeCatalog } from './config/catalog.ts';
import { type Environment, readEnvironment } from './config/environment.ts';
import { parseYaml, readText } from './config/file.ts';
import { ConfigFault, type SchemaError, findingsOf, showPath } from './config/config-errors.ts';
import {
  type Env,
  findLiteralSecrets,
  type Names,
  replaceNames,
  secretsOf,
} from './config/env-substitution.ts';
import type { AlertSource } from './alerts/sources/index.ts';
import { fileSchema } from './config/schema.ts';
import { readProxies } from './config/proxies.ts';
import { readRedisAccess } from './config/redis-access.ts';
import { makeSeal } from './config/seal.ts';
import { type Group, isGroup, readServices } from './config/services.ts';
import { programsOf } from './config/programs.ts';
import { usesOf } from './config/uses.ts';
import type { Proxies } from './net/proxy.ts';
import { decoded } from './net/url.ts';
import type { RedisAccess } from './redis/access.ts';
import { readRedisUrl } from './redis/address.ts';
import type { Catalog } from './release/command.ts';
import type { Roles } from './release/settings.ts';

export { digestOf, readOptions } from './config/catalog.ts';
export { ConfigFault, type ConfigMistake } from './config/config-errors.ts';
export { type Env, type Names, resolve } from './config/env-substitution.ts';
export type { ServiceOptions } from './config/schema.ts';

/** The configuration of the process: environment and file, read and checked. */
export interface Config {
  slack: {
    botToken: string;
    /** `socket` when an app token is set. */
    mode: 'socket' | 'http';
    appToken?: string;
    signingSecret?: string;
    /** Ends with a slash. */
    apiUrl: string;
    /** The id of the default channel. */
    channel: string;
  };
  /** Without `url` (which is valid, and holds the password) the state is kept in memory. */
  redis: { url?: string; access: RedisAccess; prefix: string };
  http: { host: string; port: number; metricsToken?: string };
  /** The proxies for outgoing calls; Redis is reached directly. */
  proxies: Proxies;
  logLevel: Environment['LOG_LEVEL'];
  /** The global lists of roles. */
  roles: Roles;
  /** The Slack users of command-line names: `cli:deploy` → user id. */
  people: Readonly<Record<string, string>>;
  /** The folder in which the command line leaves its break-glass files for the bot. */
  stateDir?: string;
  alerts: { sources: Readonly<Record<string, AlertSource>> };
  catalog: Catalog;
  env: Env;
  /** The values for `${NAME}` in the settings of services. */
  names: Names;
  /** Equal for processes with the same file, in any layout; 16 hex digits. */
  digest: string;
  /** Literal secrets of this process, which the log hides. */
  secrets: readonly string[];
}

/** Where the configuration comes from; absent parts are those of the process. */
export interface ConfigSource {
  env?: Env;
  /** The file's text; without it, the file at `file` is read, or that at `SWITCHBACK_CONFIG` (`./switchback.yml`). */
  text?: string;
  file?: string;
  /** `optional`: the state may be kept in memory (default `required`). */
  redis?: 'required' | 'optional';
  /**
   * `unneeded`: for the command line, which sends nothing to Slack and takes no alerts. Neither their variables nor
   * those of `alerts` must be set; the result says nothing about both.
   */
  slack?: 'required' | 'unneeded';
  /** `unread`: checks the file alone; the result says nothing about Slack, Redis and HTTP. */
  environment?: 'unread';
  /** Reads this service alone: errors of other services do not matter. */
  only?: string;
}

/** Placeholder environment for checking the file alone. */
const standIn: Env = { SLACK_BOT_TOKEN: 'unread', SLACK_APP_TOKEN: 'unread', REDIS_URL: 'redis://unread' };

/** Reads environment and file. Throws one `ConfigFault` that lists every error and prints no value. */
export function loadConfig(source: ConfigSource = {}): Config {
  const env = source.env ?? process.env;
  const { environment, findings } = readEnvironment(source.environment === 'unread' ? standIn : env, {
    redis: source.redis ?? 'required',
    slack: source.slack ?? 'required',
  });
  const { proxies, findings: inProxies } = readProxies(source.environment === 'unread' ? {} : env);
  findings.push(...inProxies);
  const file = readFile(source, env, findings);
  const access = environment === undefined ? {} : readRedisAccess(environment, (each) => findings.push(each));
  if (file === undefined || environment === undefined || findings.length > 0) throw faultOf(findings);

  const { services } = file;
  const written = [...services.values()].map(({ raw }) => raw);
  const names = { env, foreignIn: usesOf(written), foreignPrograms: programsOf(written) };
  const { SLACK_APP_TOKEN, SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, METRICS_TOKEN, REDIS_URL } = environment;
  const redisPassword = REDIS_URL === undefined ? undefined : readRedisUrl(REDIS_URL).password;
  const known = [
    SLACK_APP_TOKEN,
    SLACK_BOT_TOKEN || undefined,
    SLACK_SIGNING_SECRET,
    METRICS_TOKEN,
    redisPassword,
    access.sentinel?.password,
    ...[proxies.https, proxies.http].map((proxy) => (proxy && decoded(proxy.password)) || undefined),
  ];
  const { channel } = file.slack;
  return {
    slack: {
      botToken: SLACK_BOT_TOKEN,
      mode: SLACK_APP_TOKEN === undefined ? 'http' : 'socket',
      ...(SLACK_APP_TOKEN === undefined ? {} : { appToken: SLACK_APP_TOKEN }),
      ...(SLACK_SIGNING_SECRET === undefined ? {} : { signingSecret: SLACK_SIGNING_SECRET }),
      apiUrl: environment.SLACK_API_URL,
      channel,
    },
    redis: { prefix: file.redis.prefix, access, ...(REDIS_URL === undefined ? {} : { url: REDIS_URL }) },
    http: {
      host: environment.HOST,
      port: environment.PORT,
      ...(METRICS_TOKEN === undefined ? {} : { metricsToken: METRICS_TOKEN }),
    },
    proxies,
    logLevel: environment.LOG_LEVEL,
    roles: file.roles,
    people: file.people,
    ...(environment.SWITCHBACK_STATE_DIR && { stateDir: environment.SWITCHBACK_STATE_DIR }),
    alerts: file.alerts,
    catalog: makeCatalog({ services, roles: file.roles, channel, names, seal: makeSeal(SLACK_BOT_TOKEN) }),
    env,
    names,
    digest: file.digest,
    secrets: [...known.filter((secret) => secret !== undefined), ...file.secrets],
  };
}

function readFile(wanted: ConfigSource, env: Env, findings: SchemaError[]) {
  const found = (finding: SchemaError) => findings.push(finding);
  const source = wanted.text === undefined ? readText(env, wanted.file) : { text: wanted.text };
  if ('finding' in source) {
    found(source.finding);
    return undefined;
  }
  const yaml = parseYaml(source.text);
  if ('findings' in yaml) {
    yaml.findings.forEach(found);
    return undefined;
  }

  const value = without(yaml.value, wanted);
  const outer = isGroup(value) ? { ...value, services: undefined, defaults: undefined } : {};
  findLiteralSecrets(outer, [], found);
  const read = fileSchema.safeParse(replaceOuter(value, env, found));
  if (!read.success) {
    findingsOf(read.error, [], fileSchema).forEach(found);
    // The services are still read, so that all errors are reported together; only the approvers are unknown.
    if (isGroup(value))
      readServices({ ...groupsOf(value), roles: { approver: ['*'] } }, env).findings.forEach(found);
    return undefined;
  }
  const file = read.data;
  const sources = wanted.slack === 'unneeded' ? {} : { sources: new Set(Object.keys(file.alerts.sources)) };
  const { services, findings: inServices } = readServices({ ...file, ...sources }, env);
  inServices.forEach(found);
  for (const [name, source] of Object.entries(file.alerts.sources)) {
    for (const [value, service] of Object.entries(source.services)) {
      if (Object.hasOwn(file.services, service)) continue;
      found({
        path: ['alerts', 'sources', name, 'services', value],
        message: 'is not a service of this file',
      });
    }
  }
  return {
    ...file,
    services,
    secrets: secretsOf([value, ...[...services.values()].map(({ raw }) => raw)], env),
    digest: digestOf(isGroup(value) ? value : {}),
  };
}

/** The file without the parts that were not asked for. */
function without(value: unknown, { slack, only }: ConfigSource): unknown {
  if (!isGroup(value)) return value;
  const { services } = value;
  return {
    ...value,
    ...(slack === 'unneeded' && { alerts: undefined }),
    ...(only !== undefined &&
      isGroup(services) && {
        services: Object.fromEntries(Object.entries(services).filter(([name]) => name === only)),
      }),
  };
}

/** Replaces `${NAME}` everywhere except in the settings that a record stores raw. */
function replaceOuter(value: unknown, env: Env, found: (finding: SchemaError) => void): unknown {
  if (!isGroup(value)) return value;
  const entries = Object.entries(value).map(([key, item]: [string, unknown]) => {
    return [key, key === 'services' || key === 'defaults' ? item : replaceNames(item, env, [key], found)];
  });
  return Object.fromEntries(entries);
}

function groupsOf(value: Group): { defaults: Group; services: Record<string, Group> } {
  const services = isGroup(value['services']) ? Object.entries(value['services']) : [];
  const read = services.filter((entry): entry is [string, Group] => isGroup(entry[1]));
  return {
    defaults: isGroup(value['defaults']) ? value['defaults'] : {},
    services: Object.fromEntries(read),
  };
}

/** One error for each place: an unset name says more than its effect on the value. */
function faultOf(findings: readonly SchemaError[]): ConfigFault {
  const byPath = new Map<string, string>();
  const telling = /environment variable/;
  for (const { path, message } of findings) {
    const shown = path.length === 0 ? 'file' : showPath(path);
    const known = byPath.get(shown);
    if (known === undefined || (telling.test(message) && !telling.test(known))) byPath.set(shown, message);
  }
  return new ConfigFault([...byPath].map(([path, message]) => ({ path, message })));
}
