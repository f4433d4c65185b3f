import { decoded, withoutQuery } from '../net/url.ts';
import { Fault } from '../release/fault.ts';
import type { RawSettings } from '../release/settings.ts';
import { type Path, showPath, type SchemaError } from './config-errors.ts';
import type { programsOf } from './programs.ts';
import type { ForeignIn } from './uses.ts';

/** Environment variables: names and their values. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The values for `${NAME}` in a service's settings. Settings may come from Redis, so each name is used only as the file
 * uses it.
 */
export interface Names {
  env: Env;
  foreignIn: ForeignIn;
  foreignPrograms: ReturnType<typeof programsOf>;
}

/** Secrets of the bot itself, which no service may receive. */
const own: ReadonlySet<string> = new Set([
  'SLACK_BOT_TOKEN',
  'SLACK_SIGNING_SECRET',
  'SLACK_APP_TOKEN',
  'REDIS_URL',
  'REDIS_SENTINEL_PASSWORD',
  'METRICS_TOKEN',
]);
const one = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const whole = /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/;
/** Settings whose values are secrets. */
const secretSettings: ReadonlySet<string> = new Set(['token', 'privateKey', 'password']);
/** Headers whose values are secrets. */
const secretHeader =
  /authoriz|authent|\bauth\b|cookie|token|secret|passw|credential|signature|session|\bkey\b|apikey/i;
const headerSecret = /^(?:[A-Za-z]+ )?(?:[\w.-]+=)?\$\{\w+\}$/;
/** Query parameters whose values are secrets. */
const secretInQuery =
  /(?:token|secret|password|passwd|pwd|signature|credentials?|auth|authorization|jwt|api[-_]?key|access[-_]?key)$|(?:^|[-_])(?:key|sig|pass)$/i;
const urlWithPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*:(?!\$\{\w+\}@)[^/?#]*@/i;

/**
 * Replaces each `${NAME}` in settings by its value. Throws `Fault('bad-settings')` that lists unset or empty names,
 * texts that the file does not have for the same addresses, and programs that the file does not run, with their paths
 * and no value.
 */
export function resolve(raw: RawSettings, { env, foreignIn, foreignPrograms }: Names): RawSettings {
  const findings: SchemaError[] = foreignIn(raw).map((path) => ({
    path,
    message: 'uses ${NAME} differently from the file, so it gets no value',
  }));
  for (const path of foreignPrograms(raw))
    findings.push({ path, message: 'runs a program that no service in the file runs like this' });
  const out = findings.length > 0 ? raw : replaceNames(raw, env, [], (finding) => findings.push(finding));
  if (findings.length === 0) return out as RawSettings;
  throw new Fault(
    'bad-settings',
    findings.map(({ path, message }) => `${showPath(path)}: ${message}`).join('; '),
  );
}

/** Replaces names in any value; reports what cannot be replaced to `found`, and leaves it. */
export function replaceNames(
  value: unknown,
  env: Env,
  path: Path,
  found: (finding: SchemaError) => void,
): unknown {
  if (typeof value === 'string') {
    const rest = value.replaceAll(one, '');
    if (rest.includes('${'))
      found({ path, message: 'has a ${ without the name of an environment variable and }' });
    return value.replaceAll(one, (text, name: string) => {
      const set = Object.hasOwn(env, name) ? env[name] : undefined;
      const odd = set === undefined || set === '' ? 'is not set' : wrapped(set);
      if (odd === undefined && set !== undefined) return set;
      found({ path, message: `needs the environment variable ${name}, which ${odd}` });
      return text;
    });
  }
  if (Array.isArray(value)) return value.map((item, i) => replaceNames(item, env, [...path, i], found));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    replaceNames(item, env, [...path, key], found),
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

/** What is wrong around a value: quotes, which docker's --env-file keeps, or white space; undefined: nothing. */
export function wrapped(value: string): string | undefined {
  // A private key has its own begin and end marks.
  if (value.includes('-----BEGIN ')) return undefined;
  if (/^\s*(["'])[^]*\1\s*$/.test(value) && value.trim().length > 1)
    return 'has quotes around it: take them out (docker --env-file keeps them)';
  return value === value.trim() ? undefined : 'has white space around it';
}

/** Finds the bot's own secrets in the settings of a service. */
export function findOwnSecrets(value: unknown, path: Path, found: (finding: SchemaError) => void): void {
  if (typeof value === 'string') {
    for (const [, name = ''] of value.matchAll(one)) {
      if (own.has(name))
        found({ path, message: `names ${name}, a secret of the bot itself, which no service may get` });
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    findOwnSecrets(item, [...path, Array.isArray(value) ? Number(key) : key], found);
  }
}

/**
 * Finds secrets written into the file itself: tokens, passwords and secrets in URLs, and headers with secret names must
 * be `${NAME}`; a header may have a word such as `Bearer` before it.
 */
export function findLiteralSecrets(value: unknown, path: Path, found: (finding: SchemaError) => void): void {
  if (typeof value === 'string') {
    const header = ['headers', 'env'].includes(String(path.at(-2))) ? String(path.at(-1)) : '';
    if (secretHeader.test(header) && !headerSecret.test(value)) {
      found({
        path,
        message: 'must be ${NAME}, the name of an environment variable, such as Bearer ${NAME}',
      });
    } else if (secretSettings.has(String(path.at(-1))) && !whole.test(value)) {
      found({ path, message: 'must be given as ${NAME}, the name of an environment variable' });
    } else if (urlWithPassword.test(value)) {
      found({
        path,
        message: 'has a password, which must be given as ${NAME}, the name of an environment variable',
      });
    }
    if (path.at(-2) === 'paths' && path.at(-3) === 'mirror' && withoutQuery(value).includes('${'))
      found({ path, message: 'has a ${NAME} before its query: people see that part' });
    // A link is shown to everybody: its query holds no secret.
    for (const name of path.includes('links') ? [] : secretsInQuery(value)) {
      found({
        path,
        message: `has a secret in its query (${name}), which must be given as \${NAME}, the name of an environment variable`,
      });
    }
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    findLiteralSecrets(item, [...path, Array.isArray(value) ? Number(key) : key], found);
  }
}

/** Query parameters in a URL or path whose names say that their literal values are secrets. */
function secretsInQuery(text: string): string[] {
  const query = /^(?:[a-z][a-z0-9+.-]*:\/\/|\/)[^?#]*\?([^#]*)/i.exec(text)?.[1];
  if (query === undefined) return [];
  return [...new URLSearchParams(query)]
    .filter(([name, value]) => secretInQuery.test(name) && value !== '' && !/^\$?\{\w+\}$/.test(value))
    .map(([name]) => (/^[\w.-]{1,32}$/.test(name) ? name : '?'));
}

/** The password of a URL, decoded; '' where there is none. */
function passwordOf(text: string): string {
  return URL.canParse(text) ? decoded(new URL(text).password) : '';
}

/** The values of secret names: those of `token` settings and secret headers, those whose name says so, and URLs with a password. */
export function secretsOf(value: unknown, env: Env, key = ''): string[] {
  if (typeof value === 'string') {
    return [...value.matchAll(one)].flatMap(([, name = '']) => {
      const set = env[name];
      if (set === undefined) return [];
      const secret = secretSettings.has(key) || /token|secret|pass|key|cred|auth|sig|jwt/i.test(name);
      // A connection string: its password may also stand alone in a message.
      const password = passwordOf(set);
      return [...(secret || password !== '' ? [set] : []), ...(password === '' ? [] : [password])];
    });
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([inner, item]) =>
    secretsOf(item, env, key === 'env' || (key === 'headers' && secretHeader.test(inner)) ? 'token' : inner),
  );
}
