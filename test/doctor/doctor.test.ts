import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { examine } from '../../src/doctor/examine.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { makeLog } from '../../src/log.ts';
import { openWorkspace } from '../../packages/slack-double/src/index.ts';
import type { Workspace } from '../../packages/slack-double/src/index.ts';
import { openRedis } from '../../src/redis/open.ts';
import { replicaName } from '../../src/redis/replica-name.ts';
import { scopeUses } from '../../src/slack/scopes.ts';
import { change, record } from '../store/record.ts';
import { built } from '../support/built.ts';
import { startForwarder } from '../support/forwarder.ts';
import { startHaproxy } from '../support/haproxy.ts';
import { settingsOf } from '../support/service.ts';
import type { ColorServer, Haproxy } from '../support/service.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/processes.ts';
import { startRedis } from '../support/redis.ts';
import { startOneSentinel } from '../support/sentinel.ts';
import { startColor } from '../support/sample-color.ts';
import { scopes } from '../support/one-bot.ts';
import { until } from '../support/until.ts';

const signingSecret = '0123456789abcdef0123456789abcdef';
const prefix = 'doctor';

let redis: Awaited<ReturnType<typeof startRedis>>;
let blue: ColorServer;
let green: ColorServer;
let haproxy: Haproxy;
const opened: (() => unknown)[] = [];

beforeAll(async () => {
  [redis, blue, green] = await Promise.all([
    startRedis(),
    startColor('blue', 'v1'),
    startColor('green', 'v0'),
  ]);
  haproxy = await startHaproxy({ checkout: { blue: blue.port, green: green.port, live: 'blue' } });
});

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

afterAll(async () => {
  await Promise.all([redis.stop(), haproxy.stop(), blue.stop(), green.stop()]);
});

interface Site {
  mode?: 'http' | 'socket';
  slack?: Parameters<typeof openWorkspace>[0];
  env?: Record<string, string>;
  file?: (slack: Workspace) => object;
  settings?: object;
  redisUrl?: string;
  /** That one answers. */
  up?: boolean;
  /** What its connection says before it is examined. */
  trouble?: string | undefined;
  now?: () => number;
  /** Done to Slack before it is examined. */
  before?: (slack: Workspace) => void;
}

async function openSite({ mode = 'http', slack: options, env, file, settings, redisUrl }: Site = {}) {
  const slack = await openWorkspace({ scopes, signingSecret, ...options });
  opened.push(() => slack.close());
  const channelId = slack.channel('#releases').id;
  const checkout = settingsOf({ name: 'checkout', channelId, blue, green, haproxy }, [haproxy.tcp], {
    ...settings,
  });
  const text = JSON.stringify({
    slack: { channel: channelId },
    redis: { prefix },
    roles: { operator: ['U0ANN'], approver: ['U0BOB'] },
    services: { checkout },
    ...file?.(slack),
  });
  const given = {
    ...slack.env(mode),
    REDIS_URL: redisUrl ?? redis.url,
    HOST: '127.0.0.1',
    PORT: '0',
    ...env,
  };
  return { slack, text, env: given };
}

/** What a doctor at this site finds wrong, by name; and all findings. */
async function examined(site: Site = {}): Promise<{ bad: string[]; all: Finding[] }> {
  const { slack, text, env } = await openSite(site);
  site.before?.(slack);
  const config = loadConfig({ env, text });
  const log = makeLog({ level: 'silent' });
  const storage = openRedis(config.redis.url ?? '', { prefix, log, replicaName: 'doctor' });
  opened.push(() => storage.close());
  if (site.redisUrl === undefined || site.up === true) await until('Redis answers', () => storage.ready());
  if (site.trouble !== undefined) await until('Redis is away', () => storage.trouble() === site.trouble);
  const all: Finding[] = [];
  const now = site.now === undefined ? {} : { now: site.now };
  for await (const finding of examine({ config, redis: storage, log, ...now })) all.push(finding);
  return { bad: all.filter(({ state }) => state === 'wrong').map(({ name }) => name), all };
}

function about(all: readonly Finding[], name: string): string {
  const finding = all.find((each) => each.name === name);
  return `${finding?.found ?? 'not looked at'}; ${finding?.fix ?? ''}`;
}

test('a good site has nothing to fix, by HTTP and by Socket Mode', async () => {
  for (const mode of ['http', 'socket'] as const) {
    const { bad, all } = await examined({ mode });
    expect(bad).toEqual([]);
    const names = all.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['Slack token', 'Redis', 'checkout router', 'checkout green']),
    );
    expect(names.includes('Socket Mode token')).toBe(mode === 'socket');
  }
});

test('doctor says which proxy is used for what, without credentials', async () => {
  const { all } = await examined({
    env: { HTTPS_PROXY: 'http://ann:hunter2@proxy.example.com:3128', NO_PROXY: 'internal' },
  });
  expect(about(all, 'proxy')).toBe(
    'Slack directly, other https through http://proxy.example.com:3128, http directly; directly: Redis, HAProxy, this machine, internal; ',
  );
  expect(JSON.stringify(all)).not.toContain('hunter2');
});

test('the scopes that it looks for are those of the manifest', () => {
  const manifest = parse(readFileSync('manifest.yml', 'utf8')) as {
    oauth_config: { scopes: { bot: string[] } };
  };
  expect(Object.keys(scopeUses).toSorted()).toEqual(manifest.oauth_config.scopes.bot.toSorted());
});

describe('doctor says of services', () => {
  test('what cannot be known with their settings, and that is no fault', async () => {
    const { bad, all } = await examined({
      settings: { probe: undefined, health: [{ kind: 'http', path: '/healthz' }] },
    });
    expect(bad).toEqual([]);
    const warnings = all.filter(({ state }) => state === 'warn').map(({ found }) => found);
    expect(warnings).toEqual([
      expect.stringMatching(/^not probed: /),
      expect.stringMatching(/^no mapFile: a reload goes back to/),
      expect.stringMatching(/^version not checked: /),
    ]);
  });

  test('what may cause an automatic revert, and whether both colors answer what they are asked', async () => {
    const path = '/healthz';
    const settings = {
      promotion: { autoRevert: { on: ['compare'], after: '30s' } },
      compare: { requests: [{ path }, { path, method: 'HEAD' }] },
    };
    const well = await examined({ settings });
    expect(about(well.all, 'checkout promotion.autoRevert')).toBe(
      'A countdown of 30 s begins when asking both colors says that a revert helps.; ',
    );
    expect(about(well.all, 'checkout compare.requests')).toBe(
      'blue answers 2 of 2 well, green answers 2 of 2 well; ',
    );
    blue.levers.fail = true;
    const ill = await examined({ settings });
    blue.levers.fail = false;
    expect(about(ill.all, 'checkout compare.requests')).toBe(
      'blue answers 0 of 2 well, green answers 2 of 2 well; start that color, or correct compare.requests: a good release must answer them well',
    );
    expect((await examined()).all.map(({ name }) => name)).not.toContain('checkout promotion.autoRevert');
  });

  test('whether both colors answer the GETs that are compared, without the values of their queries', async () => {
    const settings = { mirror: { paths: ['/healthz?owner=ann', '/list'] } };
    const well = await examined({ settings });
    expect(about(well.all, 'checkout mirror.paths')).toBe('both colors answer each of them; ');
    blue.levers.fail = true;
    const ill = await examined({ settings });
    blue.levers.fail = false;
    expect(about(ill.all, 'checkout mirror.paths')).toBe(
      'blue answers /healthz?… with 503; start that color, or correct mirror.paths and mirror.headers',
    );
  });

  test('that the router says something else than the record', async () => {
    const storage = openRedis(redis.url, { prefix, log: makeLog({ level: 'silent' }), replicaName: 'x' });
    opened.push(() => storage.close());
    await storage.store.save(change(record('checkout', { live: 'green' }), 0));
    const { bad, all } = await examined();
    await redis.cli('flushall');
    expect(bad).toEqual(['checkout router']);
    expect(about(all, 'checkout router')).toMatch(
      /^router-drift: it says .*blue.*, the record says green; type \/release retry checkout/,
    );
  });
});

describe('doctor names of Slack', () => {
  test.each(Object.keys(scopeUses))('a missing scope, and only that: %s', async (scope) => {
    const { bad, all } = await examined({
      slack: { scopes: scopes.filter((each) => each !== scope) },
      file: () => ({ roles: { operator: ['S0RELEASE'] } }),
    });
    expect(bad).toEqual([`scope ${scope}`]);
    expect(about(all, `scope ${scope}`)).toMatch(/is missing: .*OAuth & Permissions/);
  });

  test('a token that is not valid', async () => {
    const { bad, all } = await examined({ env: { SLACK_BOT_TOKEN: 'xoxb-wrong' } });
    expect(bad).toEqual(['Slack token']);
    expect(about(all, 'Slack token')).toMatch(/invalid_auth.*SLACK_BOT_TOKEN/);
    expect(JSON.stringify(all)).not.toContain('xoxb-wrong');
  });

  test('an app-level token that is not valid, and one without its scope', async () => {
    expect((await examined({ mode: 'socket', env: { SLACK_APP_TOKEN: 'xapp-wrong' } })).bad).toEqual([
      'Socket Mode token',
    ]);
    const { bad, all } = await examined({ mode: 'socket', slack: { appScopes: [] } });
    expect(bad).toEqual(['Socket Mode token']);
    expect(about(all, 'Socket Mode token')).toContain('connections:write');
  });

  test('a signing secret of another form', async () => {
    const { bad, all } = await examined({ env: { SLACK_SIGNING_SECRET: 'not-it' } });
    expect(bad).toEqual(['signing secret']);
    expect(about(all, 'signing secret')).not.toContain('not-it');
  });

  test('a channel that the bot is not in, and one that is not there', async () => {
    const outside = await examined({
      file: (slack) => {
        const other = slack.world.addChannel('elsewhere');
        other.members.clear();
        return { slack: { channel: other.id } };
      },
    });
    expect(outside.bad).toEqual([expect.stringMatching(/^channel C/)]);
    expect(about(outside.all, outside.bad[0] ?? '')).toContain('/invite @switchback');
    expect((await examined({ file: () => ({ slack: { channel: 'C0NOWHERE' } }) })).bad).toEqual([
      'channel C0NOWHERE',
    ]);
  });

  test('a user group that cannot be read', async () => {
    expect((await examined({ file: () => ({ roles: { operator: ['S0NOWHERE'] } }) })).bad).toEqual([
      'user group S0NOWHERE',
    ]);
  });

  test.each([
    ['plan_upgrade_required', /plan_upgrade_required; user groups need a paid plan/],
    ['missing_scope', /missing_scope; ask an admin of Slack .*usergroups:read/],
    ['permission_denied', /permission_denied; ask an admin of Slack/],
    ['no_such_subteam', /no_such_subteam; compare its id/],
    ['fatal_error', /fatal_error: it has trouble of its own; run doctor again/],
  ])('a user group that Slack refuses with %s', async (error, words) => {
    const { bad, all } = await examined({
      file: () => ({ roles: { operator: ['S0RELEASE'] } }),
      before: (slack) =>
        slack.levers.says(
          { body: JSON.stringify({ ok: false, error }) },
          { method: 'usergroups.users.list' },
        ),
    });
    expect(bad).toEqual(['user group S0RELEASE']);
    expect(about(all, 'user group S0RELEASE')).toMatch(words);
  });

  test.each([
    [
      'a limit',
      { status: 429, headers: { 'retry-after': '30' }, body: '{"ok":false,"error":"ratelimited"}' },
      'Slack token',
      /limits the calls of this app now \(ratelimited, for 30 s\); wait 30 s/,
    ],
    [
      'trouble of its own',
      { body: '{"ok":false,"error":"fatal_error"}' },
      'Slack token',
      /fatal_error: it has trouble/,
    ],
    [
      'a policy',
      { body: '{"ok":false,"error":"ekm_access_denied"}' },
      'Slack token',
      /ekm_access_denied; .*ask an admin/,
    ],
    [
      'the page of a proxy',
      { body: '<html>Sign in</html>' },
      'Slack',
      /what answers there is not Slack\); .*whether a proxy/,
    ],
    ['an empty answer', { body: '' }, 'Slack', /what answers there is not Slack/],
  ] as const)('%s, and never a token to copy', async (_, answer, name, words) => {
    const { bad, all } = await examined({
      before: (slack) => slack.levers.says(answer, { method: 'auth.test' }),
    });
    expect(bad).toEqual([name]);
    expect(about(all, name)).toMatch(words);
    expect(JSON.stringify(all)).not.toContain('xoxb-…');
  });

  test('that nobody can read the scopes where a proxy drops headers, and still looks at groups', async () => {
    const body = JSON.stringify({
      ok: true,
      team: 'Playground',
      user: 'switchback',
      url: 'https://x.slack.com/',
    });
    const { bad, all } = await examined({
      file: () => ({ roles: { operator: ['S0RELEASE'] } }),
      before: (slack) => slack.levers.says({ body }, { method: 'auth.test' }),
    });
    expect(bad).toEqual([]);
    expect(about(all, 'scopes')).toMatch(/^not known: .*x-oauth-scopes/);
    expect(about(all, 'user group S0RELEASE')).toMatch(/^2 members/);
  });

  test('a conversation of a few people as one that the bot is in', async () => {
    const channel = { id: 'C0RELEASES', name: 'mpdm-ann--bob-1', is_mpim: true, is_archived: false };
    const { bad } = await examined({
      before: (slack) =>
        slack.levers.says({ body: JSON.stringify({ ok: true, channel }) }, { method: 'conversations.info' }),
    });
    expect(bad).toEqual([]);
  });

  test('who else uses the app token', async () => {
    const { bad, all } = await examined({ mode: 'socket', before: (slack) => slack.levers.strangers(2) });
    expect(bad).toEqual(['Socket Mode connection']);
    expect(about(all, 'Socket Mode connection')).toMatch(
      /^Slack counts 2 connections, 0 replicas known: somebody else uses this app token .*; Stop the other bot/,
    );
  });

  test('that no WebSocket comes to be where Slack names one', async () => {
    const url = `ws://127.0.0.1:${await freePort()}/link`;
    const { bad } = await examined({
      mode: 'socket',
      before: (slack) =>
        slack.levers.says({ body: JSON.stringify({ ok: true, url }) }, { method: 'apps.connections.open' }),
    });
    expect(bad).toEqual(['Socket Mode connection']);
  });

  test('Slack itself when it cannot be reached', async () => {
    const gone = { SLACK_API_URL: `http://127.0.0.1:${await freePort()}/api/` };
    const { bad, all } = await examined({ env: gone });
    expect(bad).toEqual(['Slack']);
    expect(about(all, 'Slack')).toMatch(
      /^cannot be reached at http:\/\/127\.0\.0\.1:\d+ \(connection refused\); /,
    );
    const lost = await examined({ env: { SLACK_API_URL: 'https://slack.invalid/api/' } });
    expect(about(lost.all, 'Slack')).toMatch(
      /^cannot be reached at .* \(host name not found\); .*name servers/,
    );
    const plain = { SLACK_API_URL: `https://127.0.0.1:${blue.port}/api/` };
    expect(about((await examined({ env: plain })).all, 'Slack')).toMatch(
      /\(it does not use TLS on that port\); /,
    );
  });
});

describe('doctor names of Redis', () => {
  test('that it cannot be reached', async () => {
    expect((await examined({ redisUrl: 'redis://127.0.0.1:9' })).bad).toEqual(['Redis']);
  });

  test('why it cannot be asked, where, and what to do, and never the password', async () => {
    const { host } = new URL(redis.url);
    const why = async (redisUrl: string, trouble: string | undefined): Promise<string> => {
      const { all } = await examined({ redisUrl, trouble });
      expect(JSON.stringify(all)).not.toContain('hunter2');
      return about(all, 'Redis');
    };
    expect(await why('redis://127.0.0.1:9', 'ECONNREFUSED')).toMatch(
      /^refuses the connection \(at 127\.0\.0\.1:9\); .*start it/,
    );
    expect(await why('redis://:hunter2@nowhere.invalid', 'ENOTFOUND')).toMatch(
      /^cannot be found: host name not found \(at nowhere\.invalid:6379\); correct the host/,
    );
    await redis.cli('config', 'set', 'requirepass', 'secret');
    try {
      expect(await why(`redis://:hunter2@${host}`, 'WRONGPASS')).toMatch(
        /^refuses the user or the password \(at 127[^)]*\); correct both in REDIS_URL/,
      );
      expect(await why(`redis://${host}`, 'NOAUTH')).toMatch(/^needs a password /);
    } finally {
      await redis.cli('-a', 'secret', 'config', 'set', 'requirepass', '');
    }
  });

  test('persistence and eviction', async () => {
    await redis.cli('config', 'set', 'appendonly', 'no');
    expect((await examined()).bad).toEqual(['Redis persistence']);
    await redis.cli('config', 'set', 'appendonly', 'yes');
    await redis.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
    expect((await examined()).bad).toEqual(['Redis eviction']);
    await redis.cli('config', 'set', 'maxmemory-policy', 'noeviction');
  });

  test('a password that Redis does not want, without a line on the console', async () => {
    const written = vi.spyOn(console, 'warn');
    const { bad, all } = await examined({
      redisUrl: redis.url.replace('redis://', 'redis://:hunter2@'),
      up: true,
    });
    expect(bad).toEqual([]);
    expect(about(all, 'Redis password')).toMatch(
      /^Redis needs no password, although REDIS_URL has one.*requirepass/,
    );
    expect(written).not.toHaveBeenCalled();
    expect(JSON.stringify(all)).not.toContain('hunter2');
  });

  test('replicas with different configurations, and only those of its prefix', async () => {
    const log = makeLog({ level: 'silent' });
    const join = async (digest: string, of = prefix): Promise<void> => {
      const name = replicaName({ prefix: of, digest, pid: 1 });
      const replica = openRedis(redis.url, { prefix: of, log, replicaName: name });
      opened.push(() => replica.close());
      await until('a replica is there', () => replica.ready());
    };
    await join('0123456789abcdef', 'another');
    expect((await examined()).bad).toEqual([]);
    await join('0123456789abcdef');
    await join('fedcba9876543210');
    const { bad, all } = await examined();
    expect(bad).toEqual(['replicas']);
    expect(about(all, 'replicas')).toContain('2 run now, with 2 different configurations');
  });
});

test('a clock that is wrong is said against Slack and Redis, and nothing else is', async () => {
  const { bad } = await examined({ now: () => Date.now() + 90_000 });
  expect(bad).toEqual(['clock against Slack', 'clock against Redis']);
});

test('a replica of Redis whose clock is off, and a master whose clock is off of the one before', async () => {
  const master = await startRedis();
  opened.push(() => master.stop());
  // Seconds and microseconds. Its clock cannot be set: what it answers is.
  const aheadMs = 7_200_000;
  const answer = (text: string): string =>
    text.replace(/^(\*2\r\n\$10\r\n)(\d{10})/, (_, head, at) => `${head}${Number(at) + aheadMs / 1_000}`);
  const targets: number[] = [];
  const announced = await startForwarder({ targets, answer });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= announced.stop());
  opened.push(stop);
  const follow = ['--replicaof', '127.0.0.1', `${master.port}`];
  const replica = await startRedis({ args: [...follow, '--replica-announce-port', `${announced.port}`] });
  opened.push(() => replica.stop());
  targets.push(replica.port);
  const sentinel = await startOneSentinel(master.port);
  opened.push(() => sentinel.stop());
  const place = `127.0.0.1:${announced.port}`;
  await until('the replica follows', async () =>
    (await master.cli('info', 'replication')).includes(`port=${announced.port},state=online`),
  );
  const site = { redisUrl: `redis+sentinel://127.0.0.1:${sentinel.port}/mymaster`, up: true };
  const clocks = async (): Promise<string[]> =>
    (await examined(site)).all
      .filter(({ name }) => name.startsWith('clock of Redis'))
      .map(({ name, state, found }) => `${state} ${name}: ${found}`);
  expect(await clocks()).toEqual([
    expect.stringMatching(`^warn clock of Redis replica ${place}: 2 h ahead of its master’s`),
  ]);
  await master.cli('set', `${prefix}:{${prefix}}:shift`, '60000');
  await stop();
  expect(await clocks()).toEqual([
    expect.stringMatching(
      '^warn clock of Redis: this host of Redis has a clock that is 1 min behind the one',
    ),
    expect.stringMatching(`^skipped clock of Redis replica ${place}: it cannot be asked`),
  ]);
});

describe('doctor names of services', () => {
  test('a router that cannot be asked', async () => {
    const router = {
      kind: 'haproxy',
      address: 'tcp://127.0.0.1:9',
      map: haproxy.map,
      key: 'checkout',
    };
    expect((await examined({ settings: { router } })).bad).toEqual(['checkout router']);
  });

  test('a color whose backend HAProxy does not have, and one without a server that is up', async () => {
    const own = settingsOf({ name: 'checkout', channelId: 'C1', blue, green, haproxy }, [haproxy.tcp], {});
    const { router } = own as { router: { values: object } };
    const { bad, all } = await examined({
      settings: { router: { ...router, values: { ...router.values, green: 'checkout_gren' } } },
    });
    expect(bad).toEqual(['checkout router for green']);
    expect(about(all, 'checkout router for green')).toMatch(
      /HAProxy has no backend checkout_gren; correct router.values/,
    );
    expect(about(all, 'checkout router for blue')).toMatch(/^could serve it/);
    await haproxy.command('set server checkout_green/green state maint');
    expect((await examined()).bad).toEqual(['checkout router for green']);
    await haproxy.command('set server checkout_green/green state ready');
  });

  test('colors and probe that lead to the same place', async () => {
    const { all } = await examined({
      settings: {
        colors: {
          blue: { url: `http://127.0.0.1:${blue.port}` },
          green: { url: haproxy.frontend('checkout') },
        },
        probe: { url: haproxy.frontend('checkout').replace('127.0.0.1', 'localhost') },
      },
    });
    expect(all.find(({ name }) => name === 'checkout addresses')).toMatchObject({
      state: 'warn',
      found: expect.stringMatching(
        /^colors\.green\.url and probe\.url lead to the same place, 127\.0\.0\.1:/,
      ),
    });
  });

  test('a router whose map names neither color', async () => {
    const router = { kind: 'haproxy', address: haproxy.tcp, map: haproxy.map, key: 'nobody' };
    expect((await examined({ settings: { router } })).bad).toEqual(['checkout router']);
  });

  test('a color that does not answer', async () => {
    const gone = { colors: { blue: { url: blue.url }, green: { url: 'http://127.0.0.1:9' } } };
    const { bad, all } = await examined({ settings: gone });
    expect(bad).toEqual(['checkout green']);
    expect(about(all, 'checkout green')).toContain('colors.green.url');
    const astray = { health: [{ kind: 'http', path: '/healthz', status: 201 }] };
    const { all: lost } = await examined({ settings: astray });
    expect(about(lost, 'checkout blue')).toMatch(/\(GET \/healthz answered 200, wanted 201\); /);
  });
});

describe('switchback doctor', () => {
  async function run(args: string[], site: Site = {}): Promise<{ code: number | null; out: string }> {
    const { text, env } = await openSite(site);
    const file = join(await temporaryFolder(), 'switchback.json');
    await writeFile(file, text);
    const { cli } = await built();
    const child = spawn(process.execPath, [cli, 'doctor', file, ...args], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (out += piece));
    const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
    return { code, out };
  }

  test('exits with 0 when all is well, and prints a line each', async () => {
    const { code, out } = await run([]);
    expect(out).toMatch(/^ok {4}Slack token: /m);
    expect(out).toMatch(/All is well\.\n$/);
    expect(code).toBe(0);
  });

  test('says once how to fix what several lines complain of', async () => {
    const { code, out } = await run([], {
      slack: { scopes: scopes.filter((scope) => !scope.endsWith(':read')) },
    });
    expect(code).toBe(1);
    expect(out.match(/^FAIL {2}scope /gm)?.length).toBeGreaterThan(3);
    expect(out.match(/fix: add it under OAuth & Permissions/g)).toHaveLength(1);
    expect(out).toMatch(/^FAIL {2}scope [^\n]*\n {6}fix: add it under/m);
  });

  test('exits with 1 and says how to fix what is wrong, also as JSON', async () => {
    const { code, out } = await run(['--json'], { env: { SLACK_BOT_TOKEN: 'xoxb-wrong' } });
    expect(code).toBe(1);
    const found = JSON.parse(out) as Finding[];
    expect(found.filter(({ state }) => state === 'wrong')).toEqual([
      expect.objectContaining({
        name: 'Slack token',
        fix: expect.stringContaining('SLACK_BOT_TOKEN') as string,
      }),
    ]);
  });
});
