/** Records that somebody wrote into Redis who is not a bot: no process may do what they say by itself. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import { stringify } from 'yaml';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adapterMaker, sweepMaker } from '../../src/adapters.ts';
import { loadConfig } from '../../src/config.ts';
import { openRedis } from '../../src/redis/open.ts';
import type { OpenRedis } from '../../src/redis/open.ts';
import { systemClock } from '../../src/release/clock.ts';
import { fromNow } from '../../src/release/instant.ts';
import type { Parts } from '../../src/release/parts.ts';
import type { Answer } from '../../src/release/command.ts';
import type { Command } from '../../src/release/verbs/index.ts';
import type { Promote, ServiceRecord } from '../../src/release/release.ts';
import { newRemembered } from '../../src/release/known-services.ts';
import { run } from '../../src/release/run.ts';
import { makeSubmit } from '../../src/release/submit.ts';
import { pollRouters } from '../../src/release/poll-routers.ts';
import { quiet } from '../store/quiet.ts';
import { change, record } from '../store/record.ts';
import { closeServer, listen } from '../support/listen.ts';
import { startRedis } from '../support/redis.ts';
import type { RedisServer } from '../support/redis.ts';
import { startRouterServer } from '../support/router-server.ts';
import type { RouterServer } from '../support/router-server.ts';
import { until } from '../support/until.ts';

const operator = { kind: 'slack', user: 'U0OPS', team: 'T1', channel: 'C1' } as const;
const actor = { kind: 'slack', user: 'U0OPS', team: 'T1' } as const;

let server: RedisServer;
let attacker: OpenRedis;
let router: RouterServer;
let trap: { server: Server; port: number; heard: string[] };
const ends: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  server = await startRedis();
  attacker = openRedis(server.url, { prefix: 'switchback', log: quiet, replicaName: 'attacker' });
  router = await startRouterServer();
  const heard: string[] = [];
  const trapped = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.end('{"color":"blue","version":"v1"}');
  });
  trapped.on('connection', () => heard.push('a connection'));
  trap = { server: trapped, port: await listen(trapped), heard };
});

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  attacker.close();
  await router.stop();
  await closeServer(trap.server);
  await server.stop();
});

/** Settings of a service whose router, colors and all else are at `origin`. */
const settingsAt = (origin: string, token = '${ROUTER_TOKEN}') => ({
  colors: { blue: { url: `${origin}/blue` }, green: { url: `${origin}/green` } },
  router: { kind: 'http', url: `${origin}/`, token },
  probe: { url: `${origin}/probe`, versionPath: 'version' },
  deploy: { kind: 'webhook', url: `${origin}/deploy`, statusUrl: `${origin}/deploy/{id}` },
  health: [{ kind: 'http', path: '/healthz', versionPath: 'version' }],
  hooks: ['after-stage', 'before-switch', 'after-switch', 'after-revert'].map((at) => ({
    at,
    url: `${origin}/hooks`,
    onFailure: 'warn',
  })),
});

/** A process with this file, as the bot makes it, without Slack. */
async function startProcess(services: Record<string, object>, env: Record<string, string> = {}) {
  const config = loadConfig({
    text: stringify({ slack: { channel: 'C1' }, roles: { operator: ['U0OPS'] }, services }),
    env: {
      SLACK_BOT_TOKEN: 'xoxb-own',
      SLACK_SIGNING_SECRET: 'own-signing-secret',
      REDIS_URL: server.url,
      ROUTER_TOKEN: router.token,
      OTHER_SECRET: 'aws-42',
      ...env,
    },
  });
  const log: string[] = [];
  const write = (facts: object, text: string) => void log.push(`${text} ${JSON.stringify(facts)}`);
  const redis = openRedis(server.url, { prefix: 'switchback', log: quiet, replicaName: 'bot' });
  const parts: Parts = {
    ...redis,
    catalog: config.catalog,
    people: { may: async () => 'yes', mentions: () => [] },
    clock: systemClock,
    driver: randomUUID(),
    adapters: adapterMaker(config.names),
    sweep: sweepMaker(config.names),
    remembered: newRemembered(),
    log: { info: write, warn: write, error: write },
    observe: {
      operation() {},
      refusal() {},
      switched() {},
      leaseLost() {},
      verdict() {},
      compared() {},
      autoRevert() {},
    },
  };
  const running = run(parts, async (name, token) => redis.agenda.done(name, token, 60_000));
  const submit = makeSubmit(parts, running.wake);
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= running.stop().then(() => redis.close()));
  ends.push(stop);
  return {
    log,
    stop,
    record: async (service: string) => (await redis.store.load(service)).record,
    sweep: () => pollRouters(parts, AbortSignal.timeout(10_000)),
    ask: (command: Pick<Command, 'verb' | 'service'>): Promise<Answer> =>
      submit({ marks: [], actor: operator, ...command } as Command),
  };
}

const promote = (more: Partial<Promote> = {}): Promote => ({
  id: randomUUID(),
  kind: 'promote',
  release: 'r1',
  target: 'green',
  version: 'v1',
  actor,
  at: 1,
  step: 'switch',
  driver: 'gone',
  ...more,
});

/** Everything that makes a process speak: operations at each step, a bake, hooks, instances that must follow. */
function hostile(): Record<string, Partial<ServiceRecord>> {
  const release = {
    id: 'r1',
    number: 1,
    version: 'v1',
    color: 'green' as const,
    from: null,
    status: 'promoting' as const,
    stagedBy: actor,
    stagedAt: 1,
    steps: [],
  };
  const with_ = { sequence: 1, releases: [release] };
  return {
    resting: {},
    staging: { ...with_, state: 'staging', op: { ...promote(), kind: 'stage', step: 'deploy' } },
    hooking: { ...with_, state: 'promoting', op: promote({ step: 'before-switch' }) },
    switching: { ...with_, state: 'promoting', op: promote({ intentAt: 1, deadlineAt: 2 }) },
    reverting: {
      ...with_,
      state: 'reverting',
      op: {
        ...promote({ intentAt: 1, deadlineAt: 2, target: 'blue' }),
        kind: 'revert',
        step: 'switch',
        was: 'baking',
      },
    },
    baking: {
      ...with_,
      state: 'baking',
      bake: {
        release: 'r1',
        startedAt: 1,
        until: 9e15,
        verdict: 'healthy',
        wayBack: 'none',
        hooksDone: false,
      },
    },
    following: { follow: { instances: ['a'], at: 1 }, reask: { left: 'green', at: [1], putBackUntil: 9e15 } },
    owing: { afterRevert: { release: 'r1', from: 'green', actor: 'U1', reason: '' } },
  };
}

async function plant(service: string, settings: object, more: Partial<ServiceRecord>): Promise<void> {
  const planted = record(service, { settings: settings as ServiceRecord['settings'], ...more });
  const due = { service: fromNow(-1), bake: more.bake ? fromNow(-1) : null };
  const { record: before } = await attacker.store.load(service);
  const saved = await attacker.store.save(change(planted, before?.revision ?? 0, { due }));
  expect(saved.ok).toBe(true);
}

/** No operation is under way any more. What rests is left to other replicas, for longer: see `unreadable.test.ts`. */
async function untilEnded(names: string[]): Promise<void> {
  await until('the planted operations have ended', async () => {
    const records = await Promise.all(names.map((name) => attacker.store.load(name)));
    return records.every(({ record: of }) => of !== null && (of.op === null || of.state === 'stuck'));
  });
}

describe('planted records', () => {
  test('of services that no file names make the process speak to nobody, and send no variable', async () => {
    const bot = await startProcess({ checkout: settingsAt(router.url.replace(/\/[^/]*$/, '')) });
    const planted = hostile();
    const secrets = '${SLACK_BOT_TOKEN}/${SLACK_SIGNING_SECRET}/${OTHER_SECRET}/${REDIS_URL}';
    for (const [name, more] of Object.entries(planted)) {
      await plant(name, settingsAt(`http://127.0.0.1:${trap.port}`, '${OTHER_SECRET}'), more);
      await plant(`open-${name}`, settingsAt(`http://127.0.0.1:${trap.port}`, 'plain'), more);
      await plant(`path-${name}`, settingsAt(`http://127.0.0.1:${trap.port}/${secrets}`), more);
    }
    await bot.sweep();
    await untilEnded(Object.keys(planted).flatMap((name) => [name, `open-${name}`, `path-${name}`]));
    await bot.sweep();
    expect(router.reads()).toBeGreaterThan(1);
    expect(trap.heard).toEqual([]);
  });

  test('of a service of the file, with settings of their own, make it speak only as the file says', async () => {
    const names = Object.keys(hostile());
    const origin = router.url.replace(/\/[^/]*$/, '');
    const bot = await startProcess(Object.fromEntries(names.map((name) => [name, settingsAt(origin)])));
    await until('all are adopted', async () =>
      (await Promise.all(names.map(bot.record))).every((of) => of !== null),
    );
    for (const [name, more] of Object.entries(hostile())) {
      const { digest } = (await bot.record(name)) ?? { digest: '' };
      await plant(name, settingsAt(`http://127.0.0.1:${trap.port}`, 'plain'), { digest, ...more });
    }
    await until('each has ended, or goes on with the settings of the file', async () =>
      (await Promise.all(names.map(bot.record))).every(
        (of) =>
          (of?.op === null || of?.state === 'stuck' || of?.seal !== undefined) &&
          of?.reask === null &&
          of?.afterRevert === null,
      ),
    );
    await bot.sweep();
    await bot.sweep();
    expect(trap.heard).toEqual([]);
  });
});

describe('a service that was removed from the file', () => {
  const live = (): object => ({ ...settingsAt(router.url.replace(/\/[^/]*$/, '')), probe: undefined });

  test('is reverted when a person asks for it, with the settings that its record keeps', async () => {
    const first = await startProcess({ checkout: live(), other: live() });
    await until('it is adopted', async () => (await first.record('checkout')) !== null);
    await first.stop();
    const known = (await attacker.store.load('checkout')).record;
    if (known === null) throw new Error('no record');
    const colors = { ...known.colors, green: { role: 'previous', version: null, since: 1 } as const };
    await attacker.store.save(change({ ...known, colors }, known.revision));
    router.color = 'blue';
    const next = await startProcess({ other: live() });
    const before = router.reads();
    expect(
      await next.ask({ verb: 'revert', service: 'checkout', force: 'it burns' } as Command),
    ).toMatchObject({
      ok: true,
    });
    await until('it is reverted', async () => (await next.record('checkout'))?.lastRevert !== null);
    expect(router.color).toBe('green');
    expect(router.reads()).toBeGreaterThan(before);
  });

  test('is not reverted where its settings name a variable that the file does not send there, and that is said', async () => {
    const bot = await startProcess({ other: live() });
    await plant('checkout', settingsAt(`http://127.0.0.1:${trap.port}`), {
      colors: {
        blue: { role: 'live', version: null, since: 1 },
        green: { role: 'previous', version: 'v1', since: 1 },
      },
    });
    const answer = await bot.ask({ verb: 'revert', service: 'checkout', force: 'go' } as Command);
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'unknown-service' } });
    expect(JSON.stringify(answer)).toContain('router.token: uses ${NAME} differently from the file');
    expect(trap.heard).toEqual([]);
  });
});
