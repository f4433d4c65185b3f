import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { alertSourceOptions } from '../src/alerts/sources/index.ts';
import { ConfigFault, digestOf, loadConfig, readOptions } from '../src/config.ts';
import { replaceNames } from '../src/config/env-substitution.ts';
import { dataOptions } from '../src/data/index.ts';
import { deployOptions } from '../src/deploys/index.ts';
import { Fault } from '../src/release/fault.ts';
import { routerOptions } from '../src/routers/index.ts';
import type { ServiceRecord } from '../src/release/release.ts';
import { kindsOf, samplesOf } from './support/adapter-kinds.ts';
import { makeAuthority } from './support/certificates.ts';

const secret = 'v4lue-of-a-secret';
const arn = 'arn:aws:elasticloadbalancing:eu-central-1:123456789012';
const baseEnv = {
  SLACK_BOT_TOKEN: `xoxb-${secret}`,
  SLACK_APP_TOKEN: `xapp-${secret}`,
  REDIS_URL: 'redis://localhost',
};

type Group = Record<string, unknown>;

const service = (more: Group = {}): Group => ({
  colors: { blue: { url: 'http://10.0.0.1:8080' }, green: { url: 'http://10.0.0.2:8080' } },
  router: { kind: 'http', url: 'http://10.0.0.3/live' },
  health: [{ kind: 'http', path: '/healthz' }],
  ...more,
});
const file = (checkout: Group = {}, more: Group = {}): Group => ({
  slack: { channel: 'C0RELEASES' },
  services: { checkout: service(checkout) },
  ...more,
});
const load = (config: unknown, env: Record<string, string | undefined> = {}) =>
  loadConfig({ env: { ...baseEnv, ...env }, text: typeof config === 'string' ? config : stringify(config) });

const databases = {
  kind: 'postgres-logical',
  blue: 'postgres://bot@h/shop',
  green: 'postgres://bot@g/shop',
  publication: 'checkout',
  role: 'app',
};
const pooled = {
  ...databases,
  pgbouncer: { blue: 'postgres://h:6432/pgbouncer', green: 'postgres://g:6432/pgbouncer' },
};

function faultOf(act: () => unknown): ConfigFault {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigFault) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const mistakes = (config: unknown, env: Record<string, string | undefined> = {}) =>
  faultOf(() => load(config, env)).mistakes.map(({ path, message }) => `${path}: ${message}`);
const caddy = () => ({
  kind: 'caddy',
  admin: 'http://127.0.0.1:2019',
  id: 'checkout',
  upstreams: { blue: '10.0.0.11:8080', green: '10.0.0.12:8080' },
});
const haproxy = (more: Group = {}) => ({
  kind: 'haproxy',
  address: ['tcp://127.0.0.1:9999'],
  map: '/etc/live.map',
  key: 'checkout',
  ...more,
});
const nginx = (name: string, liveUrl: string, include = `/etc/nginx/switchback/${name}.conf`) => ({
  kind: 'nginx',
  include,
  variable: `${name}_color`,
  liveUrl,
  test: ['nginx', '-t'],
  reload: ['nginx', '-s', 'reload'],
});
const deployment = (deployments: Group, namespace = 'shop') => ({
  kind: 'kubernetes',
  namespace,
  deployments,
  container: 'app',
  image: 'registry.example/app:{version}',
});

const checked = (check: Group) => file({ health: [{ kind: 'http', path: '/healthz', ...check }] });

describe('a good configuration', () => {
  test('may send headers with each check, and keeps those that are secret out of the log', () => {
    const headers = {
      Host: 'shop.example',
      Authorization: 'Bearer ${CHECK}',
      Cookie: 'sid=${SID}',
      'x-a': '${A}',
    };
    const config = load(checked({ headers }), { CHECK: 'secret-1', SID: 'secret-2', A: 'plain' });
    expect(config.secrets).toEqual(expect.arrayContaining(['secret-1', 'secret-2']));
    expect(config.secrets).not.toContain('plain');
    const found = config.catalog.find('checkout');
    const options = readOptions(found?.raw ?? {}, config.names);
    expect(options.health[0]).toMatchObject({
      headers: {
        host: 'shop.example',
        authorization: 'Bearer secret-1',
        cookie: 'sid=secret-2',
        'x-a': 'plain',
      },
    });
  });

  test('is read with its defaults', () => {
    const config = load(file());
    expect(config.slack).toMatchObject({
      mode: 'socket',
      apiUrl: 'https://slack.com/api/',
      channel: 'C0RELEASES',
    });
    expect(config.http).toEqual({ host: '0.0.0.0', port: 3000 });
    expect(config.redis).toMatchObject({ prefix: 'switchback', url: 'redis://localhost' });
    expect(config.logLevel).toBe('info');
    expect(config.catalog.names()).toEqual(['checkout']);
    expect(config.catalog.find('checkout')?.settings).toMatchObject({
      promotion: {
        approvals: 0,
        selfApproval: false,
        approvalExpires: 3_600_000,
        bake: 600_000,
        failures: 3,
      },
      revert: { lockAfterRevert: true },
      deploy: { kind: 'none' },
      hooks: [],
    });
    expect(config.catalog.find('payments')).toBeUndefined();
  });

  test('says who users of the command line are, and where they leave what they did', () => {
    const config = load(file({}, { people: { 'cli:deploy': 'U0123ABCD', 'cli:jane.doe': 'W1' } }), {
      SWITCHBACK_STATE_DIR: '/var/lib/switchback',
    });
    expect(config.people).toEqual({ 'cli:deploy': 'U0123ABCD', 'cli:jane.doe': 'W1' });
    expect(config.stateDir).toBe('/var/lib/switchback');
    expect(load(file())).toMatchObject({ people: {} });
  });

  test('needs nothing of Slack and of alerts for the command line, and nothing of another service', () => {
    const alerts = { sources: { prometheus: { kind: 'alertmanager', token: '${ALERTS_TOKEN}' } } };
    const billing = service({ router: { kind: 'http', url: 'http://10.0.0.3/live', token: '${GONE}' } });
    const text = stringify({ ...file({}, { alerts }), services: { checkout: service(), billing } });
    const env = { REDIS_URL: 'redis://localhost' };
    expect(loadConfig({ env, text, slack: 'unneeded', only: 'checkout' }).catalog.names()).toEqual([
      'checkout',
    ]);
    const told = faultOf(() => loadConfig({ env, text, slack: 'unneeded' })).message;
    expect(told).toContain('services.billing.router.token');
    expect(told).not.toMatch(/SLACK|alerts/);
    expect(faultOf(() => loadConfig({ env: {}, text, slack: 'unneeded', only: 'checkout' })).message).toMatch(
      /one error:\n {2}REDIS_URL: is not set/,
    );
  });

  test('may be the sample file, every option of which is taken', () => {
    const text = readFileSync('switchback.yml', 'utf8');
    const config = load(text, {
      ALERTS_TOKEN: 'a-token',
      EDGE_TOKEN: 'e-token',
      DEPLOY_TOKEN: 'd-token',
      PROMETHEUS_TOKEN: 'p-token',
    });
    expect(config.catalog.names()).toEqual(['checkout', 'billing']);
    expect(config.catalog.find('checkout')?.settings.freeze).toHaveLength(3);
    expect(config.secrets).toEqual(
      expect.arrayContaining(['a-token', 'e-token', 'd-token', baseEnv.SLACK_BOT_TOKEN]),
    );
  });

  test('takes each router, deploy and database that the sample file has in comments, and it shows every key of them', () => {
    const env = { ALERTS_TOKEN: 'a', EDGE_TOKEN: 'e', DEPLOY_TOKEN: 'd', PROMETHEUS_TOKEN: 'p' };
    const databases = Object.fromEntries(
      ['DSN', 'PEER', 'CONSOLE'].flatMap((name) =>
        ['BLUE', 'GREEN'].map((color) => [
          `CHECKOUT_${color}_${name}`,
          `postgres://bot@${color}.example/shop`,
        ]),
      ),
    );
    const more = {
      GITHUB_TOKEN: 'h',
      GITHUB_APP_KEY: '/etc/key.pem',
      GITLAB_TOKEN: 'l',
      DATABASE_TOKEN: 'b',
      JENKINS_TOKEN: 'j',
    };
    for (const [what, union] of [
      ['router', routerOptions],
      ['deploy', deployOptions],
      ['data', dataOptions],
    ] as const) {
      const keys = new Map<string, string[]>();
      for (const options of samplesOf(what)) {
        const file = parse(readFileSync('switchback.yml', 'utf8')) as {
          services: Record<string, Record<string, unknown>>;
        };
        const part =
          what === 'data' ? { cutover: { writes: { mode: 'hold' }, data: options } } : { [what]: options };
        file.services['checkout'] = { ...file.services['checkout'], ...part };
        load(file, { ...env, ...more, ...databases });
        keys.set(options.kind, [...(keys.get(options.kind) ?? []), ...Object.keys(options)]);
      }
      for (const { shape } of union.options) {
        const shown = new Set(keys.get([...shape.kind.def.values][0] ?? ''));
        expect([...shown].sort()).toEqual(Object.keys(shape).sort());
      }
    }
  });

  test('is in HTTP mode when there is a signing secret and no app token', () => {
    const config = load(file(), { SLACK_APP_TOKEN: '', SLACK_SIGNING_SECRET: 'x' });
    expect(config.slack).toMatchObject({ mode: 'http', signingSecret: 'x' });
  });

  test('takes secrets of any length, and Slack on loopback by plain http', () => {
    const config = load(file(), {
      SLACK_BOT_TOKEN: 'x',
      SLACK_API_URL: 'http://127.0.0.1:4000/api',
      PORT: '0',
    });
    expect(config.slack).toMatchObject({ botToken: 'x', apiUrl: 'http://127.0.0.1:4000/api/' });
    expect(config.http.port).toBe(0);
  });

  test('has the connection strings of databases among its secrets, and their passwords', () => {
    const data = { ...pooled, blue: '${BLUE_DSN}' };
    const dsn = 'postgres://bot:p%40ss@h/shop';
    const { secrets } = load(file({ cutover: { data } }), { BLUE_DSN: dsn });
    expect(secrets).toEqual(expect.arrayContaining([dsn, 'p@ss']));
  });

  test('has the password of Redis among its secrets', () => {
    expect(load(file(), { REDIS_URL: 'rediss://bot:p%40ss@cache' }).secrets).toContain('p@ss');
  });

  test('reads the files that go with Redis, and names those that do not fit', () => {
    const authority = makeAuthority();
    try {
      const one = authority.issueFiles('bot');
      const other = authority.issueFiles('bot');
      const env = {
        REDIS_URL: 'rediss+sentinel://h/m',
        REDIS_TLS_CA_FILE: authority.file,
        REDIS_TLS_CERT_FILE: one.cert,
        REDIS_SENTINEL_PASSWORD: 'sentinels-own',
      };
      const config = load(file(), { ...env, REDIS_TLS_KEY_FILE: one.key });
      expect(config.redis.access).toEqual({
        tls: {
          ca: authority.certificate,
          cert: readFileSync(one.cert, 'utf8'),
          key: readFileSync(one.key, 'utf8'),
        },
        sentinel: { password: 'sentinels-own' },
      });
      expect(config.secrets).toContain('sentinels-own');
      expect(faultOf(() => load(file(), { ...env, REDIS_TLS_KEY_FILE: other.key })).message).toContain(
        'REDIS_TLS_KEY_FILE: does not contain the key of the certificate in REDIS_TLS_CERT_FILE',
      );
      expect(faultOf(() => load(file(), env)).message).toContain(
        'REDIS_TLS_CERT_FILE: needs REDIS_TLS_KEY_FILE, which is not set',
      );
    } finally {
      authority.remove();
    }
  });

  test('needs no Redis when the caller keeps its state in memory', () => {
    const env = { ...baseEnv, REDIS_URL: undefined };
    expect(loadConfig({ env, text: stringify(file()), redis: 'optional' }).redis).toEqual({
      access: {},
      prefix: 'switchback',
    });
  });
});

describe('settings of a service', () => {
  const roles = { operator: ['U0A'], approver: ['U0B'] };

  test('are the defaults with its own merged in, lists replaced', () => {
    const defaults = {
      promotion: { approvals: 1, bake: '1m' },
      health: [{ kind: 'tcp', port: 80 }],
      alerts: { attribute: '1h' },
    };
    const found = load(file({ promotion: { bake: '2m' } }, { roles, defaults })).catalog.find('checkout');
    expect(found?.raw).toMatchObject({
      promotion: { approvals: 1, bake: '2m' },
      health: [{ kind: 'http' }],
      alerts: { attribute: '1h' },
    });
    expect(found?.settings.promotion).toMatchObject({ approvals: 1, bake: 120_000 });
  });

  test('have the global list of each role that they do not replace', () => {
    const found = load(file({ roles: { operator: ['S0C'] } }, { roles })).catalog.find('checkout');
    expect(found?.settings.roles).toEqual({ operator: ['S0C'], approver: ['U0B'] });
    expect(found?.raw['roles']).toEqual({ operator: ['S0C'] });
  });

  test('are kept raw, with ${NAME} unreplaced, and read with it replaced', () => {
    const router = { kind: 'http', url: 'http://${EDGE}/live', token: '${EDGE_TOKEN}' };
    const config = load(file({ router }), { EDGE: '10.9.9.9', EDGE_TOKEN: secret });
    const found = config.catalog.find('checkout');
    expect(found?.raw['router']).toEqual(router);
    expect(JSON.stringify(found?.raw)).not.toContain(secret);
    expect(readOptions(found?.raw ?? {}, config.names).router).toMatchObject({
      url: 'http://10.9.9.9/live',
      token: secret,
    });
    expect(config.secrets).toContain(secret);
  });

  test('have one digest in any order of their keys, and another when anything changes', () => {
    const raw = load(file()).catalog.find('checkout')?.raw ?? {};
    expect(digestOf(Object.fromEntries(Object.entries(raw).reverse()))).toBe(digestOf(raw));
    expect(digestOf({ ...raw, links: { version: 'https://x' } })).not.toBe(digestOf(raw));
    expect(load(file()).catalog.find('checkout')?.digest).toMatch(/^[0-9a-f]{16}$/);
  });

  test('are found for a channel: its own, else the default', () => {
    const { catalog } = load({
      ...file({ channel: 'C0OWN' }),
      services: { a: service({ channel: 'C0OWN' }), b: service() },
    });
    const channels = catalog.names().map((name) => {
      const found = catalog.find(name);
      return found && catalog.channelOf(found.settings);
    });
    expect(channels).toEqual(['C0OWN', 'C0RELEASES']);
  });
});

describe('settings stored in a record', () => {
  const router = { kind: 'http', url: 'http://edge/live', token: '${EDGE_TOKEN}' };
  const record = (settings: Group, name = 'gone') =>
    ({ service: name, settings, digest: 'd1' }) as unknown as ServiceRecord;
  const roles = { operator: ['U0A'] };

  test('are read with the environment of this process and the roles of now', () => {
    const { catalog } = load(file({ router: { ...router, url: 'http://edge/other' } }, { roles }), {
      EDGE_TOKEN: secret,
    });
    const stored = catalog.stored(record(service({ router, roles: { admin: ['U0OLD'] } })));
    expect(stored.settings.roles).toEqual(roles);
    expect(stored.settings.router['token']).toBe(secret);
    expect(stored).toMatchObject({ raw: { router } });
  });

  test('have the digest of their own content, not the one that the record names', () => {
    const { catalog } = load(file());
    expect(catalog.stored(record(service({ channel: 'C0OTHER' }))).digest).toBe(
      digestOf(service({ channel: 'C0OTHER' })),
    );
  });

  const deploy = {
    kind: 'webhook',
    url: 'https://ci.example/start',
    statusUrl: 'https://ci.example/{id}',
    token: '${CI_TOKEN}',
  };
  const inUse = { EDGE_TOKEN: secret, CI_TOKEN: secret, PATH_KEY: secret };
  test.each([
    ['for another address', { router: { ...router, url: 'http://trap/live' } }, 'router.token'],
    ['for another port', { router: { ...router, url: 'http://edge:81/live' } }, 'router.token'],
    [
      'for an address behind credentials',
      { router: { ...router, url: 'http://edge@trap/live' } },
      'router.token',
    ],
    ['in another part', { router: { ...router, token: '${CI_TOKEN}' } }, 'router.token'],
    ['inside a longer text', { router: { ...router, token: 'x${EDGE_TOKEN}' } }, 'router.token'],
    ['in the address itself', { router: { ...router, url: 'http://edge/${EDGE_TOKEN}' } }, 'router.url'],
    [
      'for a second address',
      { deploy: { ...deploy, statusUrl: 'https://trap.example/{id}' } },
      'deploy.token',
    ],
    [
      'for a health check of other colors',
      {
        colors: { blue: { url: 'http://10.0.0.1:8080' }, green: { url: 'http://trap:8080' } },
        health: [{ kind: 'http', path: '/healthz/${PATH_KEY}' }],
      },
      'health.0.path',
    ],
    ["that is the bot's own", { router: { ...router, token: '${SLACK_BOT_TOKEN}' } }, 'router.token'],
  ])('give no value to a name that the file does not use so: %s', (_name, stored, path) => {
    const mine = { router, deploy, health: [{ kind: 'http', path: '/healthz/${PATH_KEY}' }] };
    const { catalog, names } = load(file(mine), inUse);
    const raw = service({ ...mine, ...stored });
    const words = `${path}: uses \${NAME} differently from the file, so it gets no value`;
    expect(() => catalog.stored(record(raw))).toThrow(words);
    expect(() => readOptions(raw, names)).toThrow(words);
    expect(() => readOptions(service(mine), names)).not.toThrow();
  });

  test('may ask the same Prometheus about other colors, and nobody else with its secrets', () => {
    const headers = { authorization: 'Bearer ${PROM_TOKEN}' };
    const check = { kind: 'prometheus', ...prometheus, headers, query: metric.query, above: 1 };
    const own = [{ kind: 'tcp', port: 80 }, check];
    const { names } = load(file({ health: own }), { PROM_TOKEN: secret });
    const colors = { blue: { url: 'http://trap:1' }, green: { url: 'http://trap:2' } };
    expect(() => readOptions(service({ colors, health: own }), names)).not.toThrow();
    for (const stolen of [
      { kind: 'http', path: '/', headers },
      { ...check, url: 'http://trap' },
    ])
      expect(() => readOptions(service({ colors, health: [stolen] }), names)).toThrow(
        'health.0.headers.authorization: uses ${NAME} differently from the file',
      );
  });

  test('send what is for the colors to no other colors, and what is for Prometheus to no other server', () => {
    const compare = {
      prometheus: { ...prometheus, token: '${PROM_TOKEN}' },
      requests: [{ path: '/cart', headers: { authorization: 'Bearer ${CART_TOKEN}' } }],
      metrics: [{ ...metric, query: 'x{color="{color}",tenant="${PROM_TENANT}"}' }],
    };
    const env = { PROM_TOKEN: secret, CART_TOKEN: secret, PROM_TENANT: secret };
    const { names } = load(file({ compare }), env);
    const refused = (stored: Group): string => {
      try {
        readOptions(service(stored), names);
        return '';
      } catch (cause) {
        return String(cause);
      }
    };
    expect(refused({ compare })).toBe('');
    const colors = { blue: { url: 'http://trap:1' }, green: { url: 'http://trap:2' } };
    const toColors = refused({ compare, colors });
    expect(toColors).toContain('compare.requests.0.headers.authorization: uses ${NAME} differently');
    expect(toColors).not.toContain('prometheus');
    const toTrap = refused({
      compare: { ...compare, prometheus: { ...compare.prometheus, url: 'http://trap' } },
    });
    expect(toTrap).toContain('compare.prometheus.token: uses ${NAME} differently');
    expect(toTrap).toContain('compare.metrics.0.query: uses ${NAME} differently');
    expect(toTrap).not.toContain('requests');
  });

  test('a hook that feeds both colors needs no paths to compare, and is a URL or a group', () => {
    const hook = { on: 'https://feed.example/on', off: { url: 'https://feed.example/off' } };
    const { catalog, names } = load(file({ mirror: { hook } }));
    expect(catalog.find('checkout')?.settings.mirror).toBeUndefined();
    expect(readOptions(service({ mirror: { hook } }), names).mirror?.hook?.on).toEqual({
      url: 'https://feed.example/on',
    });
  });

  test('send what is in the query or the headers of a compared GET to no other colors', () => {
    const mirror = { paths: ['/cart?key=${CART_TOKEN}'], headers: { cookie: '${CART_TOKEN}' } };
    const { names } = load(file({ mirror }), { CART_TOKEN: secret });
    expect(() => readOptions(service({ mirror }), names)).not.toThrow();
    const colors = { blue: { url: 'http://trap:1' }, green: { url: 'http://trap:2' } };
    expect(() => readOptions(service({ mirror, colors }), names)).toThrow(
      'mirror.paths.0: uses ${NAME} differently',
    );
  });

  test('may have the old key of a comparison, with a token that the file uses under the new one', () => {
    const old = { ...prometheus, token: '${PROM_TOKEN}', ...metric, unit: 'ratio', window: '2m' };
    const compare = { prometheus: { ...prometheus, token: '${PROM_TOKEN}' }, metrics: [metric] };
    const { catalog, names } = load(file({ compare }), { PROM_TOKEN: secret });
    const raw = service({ alerts: { remind: '1h', compare: old } });
    expect(readOptions(raw, names)).toMatchObject({
      alerts: { remind: 3_600_000 },
      compare: {
        prometheus: { ...prometheus, token: secret },
        metrics: [{ ...metric, unit: 'ratio', window: 120_000, worse: 'higher' }],
      },
    });
    const stored = catalog.stored(record(raw));
    expect(stored.settings.compare.metrics).toMatchObject([metric]);
    expect(stored.raw).toBe(raw);
    const elsewhere = service({ alerts: { compare: { ...old, url: 'http://trap' } } });
    expect(() => readOptions(elsewhere, names)).toThrow('compare.prometheus.token: uses ${NAME} differently');
  });

  test('are vouched for when they are those of the file, or a process with the same bot token stored them', () => {
    const { catalog } = load(file());
    const planted = (settings: Group, name: string, seal?: string) => ({
      ...record(settings, name),
      ...(seal !== undefined && { seal }),
    });
    expect(catalog.vouchesFor(planted(service(), 'checkout'))).toBe(true);
    expect(catalog.vouchesFor(planted(service(), 'gone'))).toBe(false);
    const old = service({ channel: 'C0OLD' });
    const { seal } = load(file({ channel: 'C0OLD' })).catalog.find('checkout') ?? { seal: '' };
    expect(catalog.vouchesFor(planted(old, 'checkout', seal))).toBe(true);
    expect(catalog.vouchesFor(planted(old, 'checkout'))).toBe(false);
    expect(catalog.vouchesFor(planted(old, 'other', seal))).toBe(false);
    expect(catalog.vouchesFor(planted(service({ channel: 'C0NEW' }), 'checkout', seal))).toBe(false);
    const rotated = load(file(), { SLACK_BOT_TOKEN: 'xoxb-another' });
    expect(rotated.catalog.vouchesFor(planted(old, 'checkout', seal))).toBe(false);
  });

  test.each([
    [
      'name a variable that the file does not use',
      service({ router }),
      'router.token: uses ${NAME} differently from the file, so it gets no value',
    ],
    [
      'are of another shape',
      { ...service(), colors: { blue: { url: secret } } },
      'colors.blue.url: must be an http or https URL',
    ],
  ])('are a fault without values when they %s', (_name, settings, words) => {
    const { catalog } = load(file());
    const read = () => catalog.stored(record(settings));
    expect(read).toThrow(Fault);
    expect(read).toThrow(
      expect.objectContaining({ code: 'bad-settings', message: expect.stringContaining(words) }),
    );
    expect(read).not.toThrow(secret);
  });

  test('cannot reach what an object inherits instead of an environment variable', () => {
    const found: unknown[] = [];
    expect(replaceNames('${constructor}', {}, [], (finding) => found.push(finding))).toBe('${constructor}');
    expect(found).toHaveLength(1);
  });
});

test('a query may hold names of variables, placeholders, and what is no secret', () => {
  const config = load(
    file(
      {
        router: { kind: 'http', url: 'http://r/?token=${EDGE_TOKEN}&monkey=x&page=2#token=x' },
        deploy: { kind: 'webhook', url: 'http://d/', statusUrl: 'http://d/?key={id}' },
        links: { version: 'https://jira.example/?key=REL-{version}' },
      },
      {},
    ),
    { EDGE_TOKEN: secret },
  );
  expect(config.secrets).toContain(secret);
});

test('a variable of the file with quotes around it is a mistake', () => {
  expect(
    mistakes(file({ router: { kind: 'http', url: 'http://r/', token: '${EDGE_TOKEN}' } }), {
      EDGE_TOKEN: `"${secret}"`,
    }),
  ).toEqual([
    'services.checkout.router.token: needs the environment variable EDGE_TOKEN, which has quotes around it: take them out (docker --env-file keeps them)',
  ]);
});

test('a private key of the file may have quotes and line ends around it', () => {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const app = { id: 1, installation: 2, privateKey: '${APP_KEY}' };
  const deploy = { kind: 'github', repository: 'acme/checkout', workflow: 'deploy.yml', app };
  const config = load(file({ deploy }), { APP_KEY: `"${privateKey}"\n` });
  expect(config.secrets).toContain(`"${privateKey}"\n`);
});

const inEnvironment: [string, Record<string, string | undefined>, string][] = [
  ['no bot token', { SLACK_BOT_TOKEN: undefined }, 'SLACK_BOT_TOKEN: is not set'],
  [
    'a state folder by a relative path',
    { SWITCHBACK_STATE_DIR: 'state' },
    'SWITCHBACK_STATE_DIR: must be an absolute path of a folder',
  ],
  ...['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'SLACK_SIGNING_SECRET', 'REDIS_URL', 'PORT', 'HOST'].map(
    (name): [string, Record<string, string>, string] => [
      `quotes around ${name}`,
      { [name]: `"${secret}"` },
      `${name}: has quotes around it: take them out (docker --env-file keeps them)`,
    ],
  ),
  ...['LOG_LEVEL', 'METRICS_TOKEN', 'SWITCHBACK_STATE_DIR', 'SWITCHBACK_CONFIG'].map(
    (name): [string, Record<string, string>, string] => [
      `single quotes around ${name}`,
      { [name]: `'${secret}'` },
      `${name}: has quotes around it: take them out (docker --env-file keeps them)`,
    ],
  ),
  [
    'white space around a folder',
    { SWITCHBACK_STATE_DIR: '/var/lib/switchback ' },
    'SWITCHBACK_STATE_DIR: has white space around it',
  ],
  ['an empty bot token', { SLACK_BOT_TOKEN: '' }, 'SLACK_BOT_TOKEN: is not set'],
  [
    'a bot token with a line break',
    { SLACK_BOT_TOKEN: `${secret}\n` },
    'SLACK_BOT_TOKEN: must be without spaces',
  ],
  [
    'an app-level token for the bot token',
    { SLACK_BOT_TOKEN: `xapp-${secret}` },
    'SLACK_BOT_TOKEN: is a token of another kind: a bot token begins with xoxb-',
  ],
  [
    'a user token for the bot token',
    { SLACK_BOT_TOKEN: `xoxp-${secret}` },
    'SLACK_BOT_TOKEN: is a token of another kind: a bot token begins with xoxb-',
  ],
  [
    'a bot token for the app-level token',
    { SLACK_APP_TOKEN: `xoxb-${secret}` },
    'SLACK_APP_TOKEN: is a token of another kind: an app-level token begins with xapp-',
  ],
  [
    'neither way to Slack',
    { SLACK_APP_TOKEN: undefined },
    'SLACK_APP_TOKEN: is not set (Socket Mode), and neither is SLACK_SIGNING_SECRET (HTTP); one of them is needed',
  ],
  ['no Redis', { REDIS_URL: undefined }, 'REDIS_URL: is not set'],
  [
    'Redis by another scheme',
    { REDIS_URL: `http://:${secret}@h` },
    'REDIS_URL: must begin with redis://, rediss://, redis+sentinel:// or redis+cluster://',
  ],
  [
    'a file of authorities that is not there',
    { REDIS_URL: 'rediss://h', REDIS_TLS_CA_FILE: `/nowhere/${secret}` },
    'REDIS_TLS_CA_FILE: cannot be read: it does not exist',
  ],
  [
    'a file of authorities without a certificate',
    { REDIS_URL: 'rediss://h', REDIS_TLS_CA_FILE: 'package.json' },
    'REDIS_TLS_CA_FILE: contains no certificate in PEM format',
  ],
  [
    'authorities without TLS',
    { REDIS_URL: 'redis://h', REDIS_TLS_SERVER_NAME: 'h' },
    'REDIS_TLS_SERVER_NAME: is set, but REDIS_URL does not begin with rediss: no TLS would be used',
  ],
  [
    'the sentinels’ password without sentinels',
    { REDIS_SENTINEL_PASSWORD: secret },
    'REDIS_SENTINEL_PASSWORD: is set, but REDIS_URL names no sentinels (redis+sentinel://)',
  ],
  [
    'a user of the sentinels without a password',
    { REDIS_URL: 'redis+sentinel://h/m', REDIS_SENTINEL_USERNAME: 'bot' },
    'REDIS_SENTINEL_USERNAME: needs REDIS_SENTINEL_PASSWORD, which is not set',
  ],
  [
    'Slack by plain http elsewhere',
    { SLACK_API_URL: `http://${secret}.example.com/api/` },
    'SLACK_API_URL: must be an https URL; plain http is for loopback only',
  ],
  [
    'a name that only looks like loopback',
    { SLACK_API_URL: 'http://127.0.0.1.example.com/' },
    'SLACK_API_URL: must be an https URL; plain http is for loopback only',
  ],
  [
    'Slack with credentials',
    { SLACK_API_URL: `https://u:${secret}@slack.com/` },
    'SLACK_API_URL: must have no credentials, query or fragment',
  ],
  ['a port that is none', { PORT: '70000' }, 'PORT: must be a port: 0 to 65535'],
  ['a host with a port', { HOST: 'http://x:1' }, 'HOST: must be a host name or an address, without a port'],
  [
    'an unknown log level',
    { LOG_LEVEL: secret },
    'LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent',
  ],
];

describe('a mistake in the environment', () => {
  test.each(inEnvironment)('%s', (_name, env, words) => {
    const fault = faultOf(() => load(file(), env));
    expect(fault.mistakes.map(({ path, message }) => `${path}: ${message}`)).toEqual([words]);
    expect(fault.message).not.toContain(secret);
  });
});

const prometheus = { url: 'http://prometheus:9090' };
const metric = { name: 'errors', query: 'x{color="{color}"}' };
const night = { zone: 'UTC', reason: 'x' };
const inFile: [string, Group | string, string][] = [
  [
    'a header that is a secret',
    checked({ headers: { Authorization: `Bearer ${secret}` } }),
    'services.checkout.health.0.headers.Authorization: must be ${NAME}, the name of an environment variable, such as Bearer ${NAME}',
  ],
  [
    'a secret before a name',
    file({ probe: { url: 'http://10.0.0.3', headers: { 'X-API-Key': `${secret} \${PORT}` } } }),
    'services.checkout.probe.headers.X-API-Key: must be ${NAME}, the name of an environment variable, such as Bearer ${NAME}',
  ],
  [
    'a header of two lines',
    checked({ headers: { 'x-a': `a\r\nx-b: ${secret}` } }),
    'services.checkout.health.0.headers.x-a: must be one line of text, in ASCII',
  ],
  [
    'a header of the connection',
    checked({ headers: { 'Content-Length': '5' } }),
    'services.checkout.health.0.headers.Content-Length: belongs to the connection and cannot be set',
  ],
  [
    'a header that is there twice',
    checked({ headers: { 'x-a': '1', 'X-A': '2' } }),
    'services.checkout.health.0.headers.X-A: is given twice',
  ],
  [
    'a name that no header has',
    checked({ headers: { 'x a': '1' } }),
    'services.checkout.health.0.headers.x a: has a name that is not the name of a header',
  ],
  [
    'a host that is a URL',
    checked({ headers: { host: 'https://shop.example' } }),
    'services.checkout.health.0.headers.host: must be a host name, such as shop.example',
  ],
  [
    'a status that is none',
    checked({ status: '2x' }),
    'services.checkout.health.0.status: must be a status such as 200, or a class such as 2xx',
  ],
  [
    'a list without a status',
    checked({ status: [] }),
    'services.checkout.health.0.status: must not be empty',
  ],
  [
    'two places for the version',
    checked({ versionPath: 'version', versionHeader: 'x-version' }),
    'services.checkout.health.0.versionPath: name one place only: versionPath, versionHeader or versionText',
  ],
  [
    'an expectation of nothing',
    checked({ expect: { path: 'status' } }),
    'services.checkout.health.0.expect: needs either equals or oneOf',
  ],
  [
    'an expectation under another name',
    checked({ expect: { path: 'status', equals: 'UP', oneof: [1] } }),
    'services.checkout.health.0.expect.oneof: is not a known setting; did you mean oneOf?',
  ],
  ['an unknown key', file({}, { slak: secret }), 'slak: is not a known setting; did you mean slack?'],
  [
    'an unknown key of a service',
    file({ promotoin: {} }),
    'services.checkout.promotoin: is not a known setting; did you mean promotion?',
  ],
  [
    'an unknown key of an adapter',
    file({ router: haproxy({ mapp: secret }) }),
    'services.checkout.router.mapp: is not a known setting; did you mean map?',
  ],
  [
    'a key of another kind of adapter',
    file({ router: haproxy({ deadline: '1s' }) }),
    'services.checkout.router.deadline: is a setting of another kind only',
  ],
  [
    'an unknown key of a check',
    file({ health: [{ kind: 'tcp', port: 1, prt: 2 }] }),
    'services.checkout.health.0.prt: is not a known setting; did you mean port?',
  ],
  [
    'an unknown key of the defaults',
    file({}, { defaults: { promotion: { aprovals: 1 } } }),
    'defaults.promotion.aprovals: is not a known setting; did you mean approvals?',
  ],
  [
    'an unknown key of an alert source',
    file({}, { alerts: { sources: { p: { kind: 'grafana', token: '${SLACK_BOT_TOKEN}', servics: {} } } } }),
    'alerts.sources.p.servics: is not a known setting; did you mean services?',
  ],
  [
    'an unknown default',
    file({}, { defaults: { prob: {} } }),
    'defaults.prob: is not a known setting; did you mean probe?',
  ],
  ['a key like no other', file({ zzzzzz: 1 }), 'services.checkout.zzzzzz: is not a known setting'],
  [
    'a key that is a value in the wrong place',
    file({ [`xoxb-${secret}`]: 1 }),
    'services.checkout.?: is not a known setting',
  ],
  [
    'an automatic revert at a limit that is not there',
    file({ promotion: { autoRevert: { on: ['limit'] } } }),
    'services.checkout.promotion.autoRevert.on: has limit, which needs compare.limit',
  ],
  [
    'an automatic revert by alerts of nobody',
    file({ promotion: { autoRevert: { on: ['critical'] } } }),
    'services.checkout.promotion.autoRevert.on: has critical, which needs sources: the names of alert sources that may cause a revert',
  ],
  [
    'an automatic revert by alerts of a source that is not there',
    file({ promotion: { autoRevert: { on: ['critical'], sources: ['prom'] } } }),
    'services.checkout.promotion.autoRevert.sources.0: is not in alerts.sources',
  ],
  [
    'an automatic revert by a comparison that is turned off',
    file({ promotion: { autoRevert: { on: ['compare'] } }, compare: { requests: [] } }),
    'services.checkout.promotion.autoRevert.on: has compare, which needs compare.requests, or an http health check',
  ],
  [
    'blocks that are too long for an automatic revert',
    file({ promotion: { autoRevert: { on: ['compare'] } }, compare: { block: '1m' } }),
    'services.checkout.promotion.autoRevert.on: has compare, which needs a shorter compare.block: 9 blocks must fit into after and 2 more minutes',
  ],
  [
    'a countdown that is too short to be held',
    file({ promotion: { autoRevert: { on: ['compare'], after: '500ms' } } }),
    'services.checkout.promotion.autoRevert.after: must be from 1s to 1h',
  ],
  [
    'a read-only window in which nobody denies writes',
    file({ cutover: { readOnly: { after: '1m' } } }),
    'services.checkout.cutover.readOnly: needs cutover.writes.mode: deny',
  ],
  [
    'a hook that stops writes for good',
    file({ cutover: { writes: { mode: 'hook', on: 'http://127.0.0.1:1/on' } } }),
    'services.checkout.cutover.writes.off: is needed with mode: hook',
  ],
  [
    'a hook that stops writes without the mode',
    file({ cutover: { writes: { mode: 'off', on: 'http://127.0.0.1:1/on' } } }),
    'services.checkout.cutover.writes.on: needs mode: hook',
  ],
  [
    'a hook that may take longer than a switch',
    file({
      cutover: {
        writes: {
          mode: 'hook',
          on: { url: 'http://127.0.0.1:1/on' },
          off: 'http://127.0.0.1:1/off',
          max: '6s',
        },
      },
    }),
    'services.checkout.cutover.writes.max: must be at most 5s with mode: hook',
  ],
  [
    'a hook that stops writes at no URL',
    file({ cutover: { writes: { mode: 'hook', on: 'shop', off: 'http://127.0.0.1:1/off' } } }),
    'services.checkout.cutover.writes.on.url: must be an http:// or https:// URL',
  ],
  [
    'a read-only window that is too long',
    file({ cutover: { writes: { mode: 'deny' }, readOnly: { after: '2h' } } }),
    'services.checkout.cutover.readOnly.after: must be at most 1h',
  ],
  [
    'a read-only window that begins long before the switch',
    file({ cutover: { writes: { mode: 'deny' }, readOnly: { before: '11m' } } }),
    'services.checkout.cutover.readOnly.before: must be at most 10m',
  ],
  [
    'databases that are turned while writes go on',
    file({ cutover: { data: databases } }),
    'services.checkout.cutover.data: needs cutover.writes.mode, or pgbouncer: writes must wait while the databases are turned',
  ],
  [
    'one database for both colors',
    file({
      cutover: { data: { ...pooled, green: 'postgresql://h:5432/shop' } },
    }),
    'services.checkout.cutover.data.green: is the same database as that of blue',
  ],
  [
    'databases that two services turn',
    file(
      {},
      {
        services: {
          checkout: service({ cutover: { data: pooled } }),
          carts: service({
            cutover: { data: { ...pooled, blue: 'postgres://other/shop' } },
            router: { kind: 'haproxy', address: 'tcp://127.0.0.1:9999', map: '/m', key: 'carts' },
          }),
        },
      },
    ),
    'services.carts.cutover.data.publication: is turned by services.checkout too: same database and publication',
  ],
  [
    'a connection string that is not one',
    file({ cutover: { data: { ...pooled, blue: 'host=db' } } }),
    'services.checkout.cutover.data.blue: must be a postgres:// URL that names a database',
  ],
  [
    'writes that a router cannot hold',
    file({ router: { kind: 'http', url: 'http://127.0.0.1:1/' }, cutover: { writes: { mode: 'hold' } } }),
    'services.checkout.cutover.writes.mode: is hold, which only a router of kind haproxy can do',
  ],
  [
    'writes that a router cannot deny',
    file({ router: { kind: 'http', url: 'http://127.0.0.1:1/' }, cutover: { writes: { mode: 'deny' } } }),
    'services.checkout.cutover.writes.mode: is deny, which only a router of kind haproxy, nginx, caddy can do',
  ],
  [
    'writes that a load balancer of AWS would deny without an end',
    file({
      router: {
        kind: 'aws-alb',
        region: 'eu-central-1',
        rule: `${arn}:listener-rule/app/shop/1/2/3`,
        targetGroups: { blue: `${arn}:targetgroup/blue/1`, green: `${arn}:targetgroup/green/1` },
      },
      probe: { url: 'http://127.0.0.1:1/', colorHeader: 'x-color' },
      cutover: { writes: { mode: 'deny' } },
    }),
    'services.checkout.cutover.writes.mode: is deny, which a router of kind aws-alb cannot do: its rules know no time, so a window would not end without the bot',
  ],
  [
    'writes of a method that would be more than a method',
    file({ cutover: { writes: { mode: 'deny', methods: ['POST|.*'] } } }),
    'services.checkout.cutover.writes.methods.0: must be a method such as POST',
  ],
  [
    'a read that is called a write',
    file({ cutover: { writes: { mode: 'deny', methods: ['GET'] } } }),
    'services.checkout.cutover.writes.methods.0: must be a method that writes',
  ],
  ['no default channel', { ...file(), slack: {} }, 'slack.channel: is missing'],
  [
    'a channel by name',
    file({ channel: '#releases' }),
    'services.checkout.channel: must be a channel id (C…)',
  ],
  [
    'a setting that is missing',
    file({ router: { ...haproxy(), map: undefined } }),
    'services.checkout.router.map: is missing',
  ],
  [
    'an adapter that does not exist',
    file({ router: { kind: secret } }),
    `services.checkout.router.kind: must be one of ${kindsOf(routerOptions).join(', ')}`,
  ],
  ['no health check', file({ health: [] }), 'services.checkout.health: must not be empty'],
  [
    'a duration that is none',
    file({ promotion: { bake: '10 minutes' } }),
    'services.checkout.promotion.bake: must be a duration such as 500ms, 30s, 10m, 2h or 7d',
  ],
  [
    'a duration without a unit',
    file({ promotion: { bake: 600 } }),
    'services.checkout.promotion.bake: must be a duration such as 500ms, 30s, 10m, 2h or 7d',
  ],
  [
    'a default that is wrong',
    file({}, { defaults: { promotion: { approvals: -1 } } }),
    'defaults.promotion.approvals: must be at least 0',
  ],
  [
    'a text in place of a number',
    file({ promotion: { failures: '3' } }),
    'services.checkout.promotion.failures: must be a number',
  ],
  [
    'a role for a name',
    file({}, { roles: { admin: ['ann'] } }),
    'roles.admin.0: must be a user id (U… or W…), a user group id (S…), a bot or workflow id (B… or Wf…), cli:<name> or "*"',
  ],
  [
    'a person of the command line without cli:',
    file({}, { people: { deploy: 'U0123ABCD' } }),
    'people.deploy: has a name that must be cli: and the name of a user',
  ],
  [
    'a group for a person of the command line',
    file({}, { people: { 'cli:deploy': 'S0123ABCD' } }),
    'people.cli:deploy: must be a user id (U… or W…)',
  ],
  [
    'a service name with capitals',
    { ...file(), services: { Checkout: service() } },
    'services.Checkout: has a name that must begin with a lowercase letter or digit, and have only these and -, at most 63',
  ],
  [
    'a prefix with braces',
    file({}, { redis: { prefix: '{x}' } }),
    'redis.prefix: must have only letters, digits and _ . : -, at most 64',
  ],
  [
    'a literal token',
    file({ router: { kind: 'http', url: 'http://r/', token: secret } }),
    'services.checkout.router.token: must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a literal key of an App',
    file({
      deploy: {
        kind: 'github',
        repository: 'acme/checkout',
        workflow: 'deploy.yml',
        app: { id: 1, installation: 2, privateKey: '/run/secrets/app.pem' },
      },
    }),
    'services.checkout.deploy.app.privateKey: must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a key of an App that is not set',
    file({
      deploy: {
        kind: 'github',
        repository: 'acme/checkout',
        workflow: 'deploy.yml',
        app: { id: 1, installation: 2, privateKey: '${NOT_SET_HERE}' },
      },
    }),
    'services.checkout.deploy.app.privateKey: needs the environment variable NOT_SET_HERE, which is not set',
  ],
  [
    'a deploy by GitHub without a token',
    file({ deploy: { kind: 'github', repository: 'acme/checkout', workflow: 'deploy.yml' } }),
    'services.checkout.deploy: must have either token or app',
  ],
  [
    'a token with text around its name',
    file({ router: { kind: 'http', url: 'http://r/', token: `${secret}\${HOME}` } }),
    'services.checkout.router.token: must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a literal token of an alert source',
    file({}, { alerts: { sources: { p: { kind: 'alertmanager', token: secret } } } }),
    'alerts.sources.p.token: must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a literal password in a URL',
    file({ router: { kind: 'http', url: `http://bot:${secret}@r/` } }),
    'services.checkout.router.url: has a password, which must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a variable that is not set',
    file({ router: { kind: 'http', url: '${NOT_SET_HERE}' } }),
    'services.checkout.router.url: needs the environment variable NOT_SET_HERE, which is not set',
  ],
  ...['token', 'access_token', 'api-key', 'X-Amz-Signature', 'sig', 'key', 'auth', 'client_secret'].map(
    (name): [string, Group, string] => [
      `a secret in a query: ${name}`,
      file({ router: { kind: 'http', url: `http://r/?a=1&${name}=${secret}` } }),
      `services.checkout.router.url: has a secret in its query (${name}), which must be given as \${NAME}, the name of an environment variable`,
    ],
  ),
  [
    'a secret in the query of a path',
    file({ health: [{ kind: 'http', path: `/healthz?token=${secret}` }] }),
    'services.checkout.health.0.path: has a secret in its query (token), which must be given as ${NAME}, the name of an environment variable',
  ],
  [
    "the bot's own token in a service",
    file({ router: { kind: 'http', url: 'http://r/', token: '${SLACK_BOT_TOKEN}' } }),
    'services.checkout.router.token: names SLACK_BOT_TOKEN, a secret of the bot itself, which no service may get',
  ],
  [
    'a variable without a name',
    file({ links: { version: 'https://x/${version' } }),
    'services.checkout.links.version: has a ${ without the name of an environment variable and }',
  ],
  [
    'approvals without approvers',
    file({ promotion: { approvals: 1 } }, { roles: { admin: ['U0A'] } }),
    'services.checkout.promotion.approvals: is above 0, but nobody is listed as approver, neither at the service nor globally',
  ],
  [
    'approvals with the approvers emptied',
    file({ promotion: { approvals: 1 }, roles: { approver: [] } }, { roles: { approver: ['U0A'] } }),
    'services.checkout.promotion.approvals: is above 0, but nobody is listed as approver, neither at the service nor globally',
  ],
  [
    'both colors at one URL',
    file({ colors: { blue: { url: 'http://h:80/' }, green: { url: 'http://H' } } }),
    'services.checkout.colors.green.url: is the same as that of blue',
  ],
  [
    'two services with one switch',
    {
      ...file(),
      services: {
        a: service({ router: haproxy({ address: 'tcp://127.0.0.1:9999' }) }),
        b: service({ router: haproxy({ address: ['tcp://10.0.0.1:1', 'tcp://127.0.0.1:9999'] }) }),
      },
    },
    'services.b.router.key: is switched by services.a too: same address, map and key',
  ],
  [
    'two services that deploy to one Deployment',
    {
      ...file(),
      services: {
        a: service({ deploy: deployment({ blue: 'a-blue', green: 'a-green' }) }),
        b: service({ deploy: deployment({ blue: 'b-blue', green: 'a-blue' }) }),
        c: service({ deploy: deployment({ blue: 'a-blue', green: 'a-green' }, 'other') }),
      },
    },
    'services.b.deploy.deployments.green: is deployed to by services.a too: same Deployment',
  ],
  [
    'two services that ask one location of nginx',
    {
      ...file(),
      services: {
        a: service({ router: nginx('a', 'http://127.0.0.1:8090/live') }),
        b: service({ router: nginx('b', 'http://127.0.0.1:8090/live/b') }),
        c: service({ router: nginx('c', 'HTTP://127.0.0.1:8090/live') }),
      },
    },
    'services.c.router.liveUrl: is switched by services.a too: same liveUrl; give each service a location that answers with its own variable',
  ],
  [
    'two services with one handler of Caddy, whose address is written in two ways',
    {
      ...file(),
      services: {
        a: service({ router: { ...caddy(), admin: 'http://127.0.0.1:2019' } }),
        b: service({ router: { ...caddy(), admin: 'HTTP://127.0.0.1:2019/' } }),
      },
    },
    'services.b.router.id: is switched by services.a too: same admin and id',
  ],
  [
    'two services with one handler of Caddy',
    { ...file(), services: { a: service({ router: caddy() }), b: service({ router: caddy() }) } },
    'services.b.router.id: is switched by services.a too: same admin and id',
  ],
  [
    'a freeze in no known form',
    file({ freeze: [{ days: ['fri'], from: '15:00', ...night }] }),
    'services.checkout.freeze.0.to: is missing',
  ],
  [
    'a freeze in an unknown zone',
    file({ freeze: [{ days: ['fri'], from: '15:00', to: '16:00', ...night, zone: 'Mars' }] }),
    'services.checkout.freeze.0.zone: is not a time zone known here (such as Europe/Berlin)',
  ],
  [
    'a freeze after the end of the day',
    file({ freeze: [{ days: ['fri'], from: '15:00', to: '24:30', ...night }] }),
    'services.checkout.freeze.0.to: must be 24:00 at the latest',
  ],
  [
    'a freeze that ends before it starts',
    file({ freeze: [{ start: '2026-12-02T00:00', end: '2026-12-01T00:00', ...night }] }),
    'services.checkout.freeze.0.end: must be after start',
  ],
  [
    'the old key of a comparison',
    file({ alerts: { compare: { url: 'http://p', name: 'x', query: 'x{color="{color}"}' } } }),
    'services.checkout.alerts.compare: is compare.metrics of the service now, with the address in compare.prometheus',
  ],
  [
    'the old key of a comparison in the defaults',
    file({}, { defaults: { alerts: { compare: {} } } }),
    'defaults.alerts.compare: is compare.metrics of the service now, with the address in compare.prometheus',
  ],
  [
    'metrics without an address',
    file({ compare: { metrics: [metric] } }),
    'services.checkout.compare.prometheus: is needed for compare.metrics',
  ],
  [
    'checks that Prometheus alone can answer',
    file({ health: [{ kind: 'prometheus', ...prometheus, query: metric.query, above: 1 }] }),
    'services.checkout.health: needs a check of kind http or tcp too: nothing is measured of a color without traffic',
  ],
  [
    'a share of live traffic to mirror, which is not copied',
    file({ mirror: { share: '5%', paths: ['/cart'] } }),
    'services.checkout.mirror.share: is not there yet: live traffic is not copied. The bot asks the paths itself, every so often',
  ],
  [
    'a share without percent',
    file({ mirror: { paths: ['/cart'] }, promotion: { maxDiff: 0.01 } }),
    'services.checkout.promotion.maxDiff: must be a share such as 1% or 0.5%',
  ],
  [
    'a share of different answers, and nothing that is compared',
    file({ promotion: { maxDiff: '1%' } }),
    'services.checkout.promotion.maxDiff: needs mirror.paths: what is compared',
  ],
  [
    'answers to compare, and no path',
    file({ mirror: { ignore: ['total'] } }),
    'services.checkout.mirror.paths: is needed, or mirror.hook',
  ],
  [
    'a feed of both colors that cannot be ended',
    file({ mirror: { hook: { on: 'https://feed.example/on' } } }),
    'services.checkout.mirror.hook.off: is missing',
  ],
  [
    'a schema of which no path is known',
    file({ schema: { needs: 'schema' }, health: [{ kind: 'tcp', port: 5432 }] }),
    'services.checkout.schema.path: is needed without an http health check',
  ],
  [
    'a pattern that is none',
    file({ mirror: { paths: ['/cart'], ignore: ['items.pri*'] } }),
    'services.checkout.mirror.ignore.0: must be a field such as total or items.*.updatedAt, or content-type or location',
  ],
  [
    'a limit without an address',
    file({ compare: { limit: { query: 'up', above: 1 } } }),
    'services.checkout.compare.prometheus: is needed for compare.limit',
  ],
  [
    'a limit on both sides',
    file({ compare: { prometheus, limit: { query: 'up', above: 1, below: 0 } } }),
    'services.checkout.compare.limit: needs either above or below, and a number',
  ],
  [
    'a metric that is equal for both colors',
    file({ compare: { prometheus, metrics: [{ ...metric, query: 'up' }] } }),
    'services.checkout.compare.metrics.0.query: must hold {color}',
  ],
  [
    'a literal password',
    file({ compare: { prometheus: { ...prometheus, user: 'ann', password: secret } } }),
    'services.checkout.compare.prometheus.password: must be given as ${NAME}, the name of an environment variable',
  ],
  [
    'a user without a password',
    file({ compare: { prometheus: { ...prometheus, user: 'ann' } } }),
    'services.checkout.compare.prometheus: needs either token, or user and password together, or none of them',
  ],
  [
    'an unknown key of Prometheus',
    file({ compare: { prometheus: { ...prometheus, tokn: 'x' } } }),
    'services.checkout.compare.prometheus.tokn: is not a known setting; did you mean token?',
  ],
  [
    'a link that is none',
    file({ links: { version: 'javascript:{version}' } }),
    'services.checkout.links.version: must be an http or https URL',
  ],
  [
    'an alert source of an unknown kind',
    file({}, { alerts: { sources: { p: { kind: 'pager', token: '${SLACK_BOT_TOKEN}' } } } }),
    `alerts.sources.p.kind: must be one of ${kindsOf(alertSourceOptions).join(', ')}`,
  ],
  ...['https://runbooks.example.com', 'runbooks.example.com:99999', 'ann@runbooks.example.com'].map(
    (host): [string, Group, string] => [
      `a host to link to that is none: ${host}`,
      file(
        {},
        { alerts: { sources: { p: { kind: 'grafana', token: '${SLACK_BOT_TOKEN}', linkHosts: [host] } } } },
      ),
      'alerts.sources.p.linkHosts.0: must be a host such as runbooks.example.com or runbooks.example.com:8443',
    ],
  ),
  [
    'an alert for a service that is none',
    file(
      {},
      {
        alerts: {
          sources: { p: { kind: 'grafana', token: '${SLACK_BOT_TOKEN}', services: { api: 'chekout' } } },
        },
      },
    ),
    'alerts.sources.p.services.api: is not a service of this file',
  ],
  ['an empty file', '', 'file: must be a group of settings'],
  [
    'a syntax error',
    `slack: [${secret}`,
    'file line 1 column 26: is not valid YAML: indented wrongly, or a bracket is missing',
  ],
  [
    'a key twice',
    `slack: {channel: C0A}\nslack: {channel: ${secret}}\nservices: {}`,
    'file line 2 column 1: is a key that is given twice in the same group: slack',
  ],
  ['a tag', `slack: !!js/function ${secret}`, 'file line 1 column 8: has a tag that is not known here'],
  [
    'a key that reaches for the prototype',
    '__proto__: {channel: C0A}\nslack: {channel: C0A}\nservices: {}',
    'file: has a key __proto__, which is not a known setting',
  ],
  ['an alias bomb', bomb(), 'file: has aliases that are unknown or too many'],
  ['a file above 1 MiB', `# ${'x'.repeat(1024 * 1024)}`, 'file: is above 1 MiB'],
];

function bomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let i = 1; i < 9; i += 1)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(', ')}]`,
    );
  return lines.join('\n');
}

describe('a mistake in the file', () => {
  test.each(inFile)('%s', (_name, config, words) => {
    const fault = faultOf(() => load(config));
    expect(fault.mistakes.map(({ path, message }) => `${path}: ${message}`)).toEqual([words]);
    expect(fault.message).not.toContain(secret);
  });

  test('and all others are reported at once, from every part of the file', () => {
    const defaults = { promotion: { approvals: 'many' } };
    const services = { a: service({ channel: 'x' }), b: service({ colors: {} }) };
    expect(
      mistakes({ slack: { channel: 'x' }, services, defaults }, { SLACK_BOT_TOKEN: '', PORT: 'x' }),
    ).toEqual([
      'SLACK_BOT_TOKEN: is not set',
      'PORT: must be a port: 0 to 65535',
      'slack.channel: must be a channel id (C…)',
      'defaults.promotion.approvals: must be a number',
      'services.a.channel: must be a channel id (C…)',
      'services.b.colors.blue: is missing',
      'services.b.colors.green: is missing',
    ]);
  });
});

test('people see no variable of a compared GET', () => {
  const shown = file({ mirror: { paths: ['/cart?key=${OWNER}', '/cart/${OWNER}?page=1'] } });
  expect(mistakes(shown, { OWNER: 'ann' })).toEqual([
    'services.checkout.mirror.paths.1: has a ${NAME} before its query: people see that part',
  ]);
});

test('pairs come often enough for a minute to show a dead color', () => {
  const every = (every: string) => file({ compare: { every } });
  expect(() => load(every('10s'))).not.toThrow();
  expect(mistakes(every('11s'))).toEqual(['services.checkout.compare.every: must be 100ms to 10s']);
  expect(mistakes(every('99ms'))).toEqual(['services.checkout.compare.every: must be 100ms to 10s']);
});

test('a place in a list is explained, once', () => {
  const health = [{ kind: 'tcp', prt: 1 }];
  const fault = faultOf(() => load(file({ health })));
  expect(fault.message).toMatch(/health\.0\.prt: [^]*\n\(In a list, 0 is the first\.\)$/);
  expect(faultOf(() => load(file({ zzzzzz: 1 }))).message).not.toContain('In a list');
});

describe('the file itself', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const from = (name: string) => loadConfig({ env: { ...baseEnv, SWITCHBACK_CONFIG: join(folder, name) } });

  test('is read from where SWITCHBACK_CONFIG says', () => {
    writeFileSync(join(folder, 'good.yml'), stringify(file()));
    expect(from('good.yml').catalog.names()).toEqual(['checkout']);
  });

  test('that an argument names is blamed by its own name, and not the variable', () => {
    const given = join(folder, 'nope.yml');
    const of = (path: string) => faultOf(() => loadConfig({ env: baseEnv, file: path })).mistakes;
    expect(of(given)).toEqual([{ path: `file ${given}`, message: 'does not exist' }]);
    expect(of(folder)).toEqual([{ path: `file ${folder}`, message: 'is not a plain file' }]);
  });

  test('with two services that write one include file is refused, also where one path is a symbolic link', () => {
    const [real, link, gone] = ['real.conf', 'link.conf', 'gone.conf'].map((name) => join(folder, name));
    writeFileSync(real ?? '', 'set $a_color blue;\n');
    symlinkSync(real ?? '', link ?? '');
    const of = (one: string | undefined, other: string | undefined) => ({
      ...file(),
      services: {
        a: service({ router: nginx('a', 'http://127.0.0.1:8090/live/a', one) }),
        b: service({ router: nginx('b', 'http://127.0.0.1:8090/live/b', other) }),
      },
    });
    expect(mistakes(of(real, link))).toEqual([
      'services.b.router.include: is switched by services.a too: same include',
    ]);
    expect(mistakes(of(gone, `${folder}/./gone.conf`))).toHaveLength(1);
    expect(load(of(real, gone)).catalog.names()).toEqual(['a', 'b']);
  });

  test.each([
    ['missing', undefined, 'SWITCHBACK_CONFIG: names a file that does not exist (default: ./switchback.yml)'],
    ['above 1 MiB', Buffer.alloc(1024 * 1024 + 1, 32), 'SWITCHBACK_CONFIG: names a file that is above 1 MiB'],
    ['not UTF-8', Buffer.from([0x73, 0xff, 0xfe]), 'SWITCHBACK_CONFIG: names a file that is not UTF-8'],
  ])('that is %s is a mistake', (name, bytes, words) => {
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
    expect(faultOf(() => from(name)).message).toBe(`The configuration has one error:\n  ${words}`);
  });
});
