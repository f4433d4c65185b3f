import { z } from 'zod';
import { logLevels } from '../log.ts';
import { readRedisUrl } from '../redis/address.ts';
import { type SchemaError, findingsOf } from './config-errors.ts';
import { type Env, wrapped } from './env-substitution.ts';

const slackApi = 'https://slack.com/api/';

const secret = z.string().regex(/^[\x21-\x7e]+$/, { error: 'must be without spaces' });

// Only a token of another kind is an error: Slack may change the form of a secret.
const botToken = secret.refine((text) => !/^(?:xapp|xox(?!b)[a-z])-/.test(text), {
  error: 'is a token of another kind: a bot token begins with xoxb-',
});
const appToken = secret.refine((text) => !/^xox[a-z][-.]/.test(text), {
  error: 'is a token of another kind: an app-level token begins with xapp-',
});

const environmentSchema = z.object({
  SLACK_BOT_TOKEN: botToken,
  SLACK_SIGNING_SECRET: secret.optional(),
  SLACK_APP_TOKEN: appToken.optional(),
  SLACK_API_URL: z.string().default(slackApi).transform(readApiUrl),
  REDIS_URL: z.string().superRefine(checkRedisUrl).optional(),
  REDIS_TLS_CA_FILE: z.string().optional(),
  REDIS_TLS_CERT_FILE: z.string().optional(),
  REDIS_TLS_KEY_FILE: z.string().optional(),
  REDIS_TLS_SERVER_NAME: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, { error: 'must be a host name as in the certificate' })
    .optional(),
  REDIS_SENTINEL_USERNAME: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: z.string().optional(),
  PORT: z
    .string()
    .default('3000')
    .refine((text) => /^\d{1,5}$/.test(text) && Number(text) <= 65_535, {
      error: 'must be a port: 0 to 65535',
    })
    .transform(Number),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9._:%-]+$/, { error: 'must be a host name or an address, without a port' })
    .default('0.0.0.0'),
  LOG_LEVEL: z.enum(logLevels).default('info'),
  METRICS_TOKEN: secret.optional(),
  SWITCHBACK_STATE_DIR: z
    .string()
    .startsWith('/', { error: 'must be an absolute path of a folder' })
    .optional(),
});
/** The schema for the command line: all variables about Slack may be missing. */
const withoutSlackSchema = environmentSchema.extend({ SLACK_BOT_TOKEN: z.string().default('') });

/** The environment's variables, read and checked. */
export type Environment = z.output<typeof environmentSchema>;

/**
 * Reads the environment's variables. An empty one counts as unset. With `redis: 'optional'` the process keeps its state
 * in memory and needs no `REDIS_URL`; with `slack: 'unneeded'` it needs no token.
 */
export function readEnvironment(
  env: Env,
  { redis, slack }: { redis: 'required' | 'optional'; slack: 'required' | 'unneeded' },
): { environment: Environment | undefined; findings: SchemaError[] } {
  const names = Object.keys(environmentSchema.shape);
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])));
  const read = (slack === 'required' ? environmentSchema : withoutSlackSchema).safeParse(given);
  const findings = read.success
    ? []
    : findingsOf(read.error).map(({ path, message }) => ({
        path,
        message: message === 'is missing' ? 'is not set' : message,
      }));
  for (const name of [...names, 'SWITCHBACK_CONFIG']) {
    const odd = wrapped(env[name] ?? '');
    const at = findings.findIndex(({ path }) => path[0] === name);
    // Quotes make a value wrong in many ways: only they are reported.
    if (odd?.startsWith('has quotes') === true && at >= 0) findings.splice(at, 1);
    else if (at >= 0) continue;
    if (odd !== undefined) findings.push({ path: [name], message: odd });
  }
  const ears = given['SLACK_SIGNING_SECRET'] ?? given['SLACK_APP_TOKEN'];
  if (slack === 'required' && ears === undefined) {
    findings.push({
      path: ['SLACK_APP_TOKEN'],
      message: 'is not set (Socket Mode), and neither is SLACK_SIGNING_SECRET (HTTP); one of them is needed',
    });
  }
  if (redis === 'required' && given['REDIS_URL'] === undefined) {
    findings.push({ path: ['REDIS_URL'], message: 'is not set' });
  }
  return { environment: read.success && findings.length === 0 ? read.data : undefined, findings };
}

function readApiUrl(text: string, context: z.RefinementCtx): string {
  const bad = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (!URL.canParse(text)) return bad('must be a URL');
  const url = new URL(text);
  const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) {
    return bad('must be an https URL; plain http is for loopback only');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return bad('must have no credentials, query or fragment');
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}

function checkRedisUrl(text: string, context: z.RefinementCtx): void {
  try {
    readRedisUrl(text);
  } catch (error) {
    context.addIssue({
      code: 'custom',
      message: error instanceof Error ? error.message : 'is not a Redis URL',
    });
  }
}
