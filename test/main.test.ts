import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openWorkspace } from '../packages/slack-double/src/index.ts';
import type { Workspace } from '../packages/slack-double/src/index.ts';
import { built as theBuild } from './support/built.ts';
import type { Built } from './support/built.ts';
import { freePort } from './support/ports.ts';
import { startProcess, temporaryFolder } from './support/processes.ts';
import { startRedis } from './support/redis.ts';
import type { RedisServer } from './support/redis.ts';
import { until } from './support/until.ts';

let built: Built;
let folder: string;
let redis: RedisServer;
let slack: Workspace;
let file: string;

beforeAll(async () => {
  [built, redis, slack] = await Promise.all([theBuild(), startRedis(), openWorkspace()]);
  folder = await temporaryFolder();
  file = join(folder, 'town.yml');
  writeFileSync(
    file,
    `slack: { channel: C0RELEASES }
services:
  checkout:
    colors: { blue: { url: "http://127.0.0.1:9" }, green: { url: "http://127.0.0.1:10" } }
    router: { kind: http, url: "http://127.0.0.1:11/live" }
    probe: { url: "http://127.0.0.1:13/version", versionPath: version }
    health: [{ kind: http, path: /healthz, versionPath: version }]
`,
  );
});
afterAll(async () => {
  await slack.close();
  await redis.stop();
  await rm(folder, { recursive: true });
});

/** Nothing of the test's own environment but what finds Node. */
function only(env: Record<string, string>): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], ...env };
}

/** Runs the program to its end, where there is no configuration file next to it. */
function runToEnd(args: string[], env: Record<string, string>) {
  return spawnSync(process.execPath, args, {
    cwd: built.dir,
    env: only(env),
    encoding: 'utf8',
    timeout: 20_000,
  });
}

describe('node dist/main.js', () => {
  it.each([
    ['main.js', 'socket', 'SIGTERM'],
    ['main.js', 'http', 'SIGINT'],
    ['cli.js', 'socket', 'SIGTERM'],
  ] as const)(
    'as %s over %s is ready with the environment alone, and ends with 0 at %s',
    async (name, mode, signal) => {
      const port = await freePort();
      const origin = `http://127.0.0.1:${port}`;
      const env = { REDIS_URL: redis.url, PORT: String(port), HOST: '127.0.0.1', SWITCHBACK_CONFIG: file };
      const args = name === 'main.js' ? [built.main] : [built.cli, 'start'];
      const bot = await startProcess({
        command: process.execPath,
        args,
        cwd: built.dir,
        env: only({ ...env, ...slack.env(mode) }),
        ready: async () => (await fetch(`${origin}/readyz`)).status === 200,
      });
      expect((await fetch(`${origin}/healthz`)).status).toBe(200);
      expect((await fetch(`${origin}/slack/events`, { method: 'POST' })).status).toBe(
        mode === 'http' ? 401 : 404,
      );
      bot.signal(signal);
      expect([await bot.exit(), bot.output()]).toEqual([0, expect.stringContaining('Switchback is running')]);
      for (const line of bot.output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
      for (const secret of Object.values(slack.env(mode)).slice(0, 1))
        expect(bot.output()).not.toContain(secret);
    },
  );

  it('writes no line but of its log where Redis needs no password, and ignores a hangup', async () => {
    const port = await freePort();
    const answers = async (): Promise<number> => (await fetch(`http://127.0.0.1:${port}/readyz`)).status;
    const url = redis.url.replace('redis://', 'redis://:hunter2@');
    const env = { REDIS_URL: url, PORT: String(port), HOST: '127.0.0.1', SWITCHBACK_CONFIG: file };
    const bot = await startProcess({
      command: process.execPath,
      args: [built.main],
      cwd: built.dir,
      env: only({ ...env, ...slack.env('http') }),
      ready: async () => (await answers()) === 200,
    });
    await until('its log says so', () => bot.output().includes('Redis needs no password'));
    bot.signal('SIGHUP');
    await until('its log says that too', () => bot.output().includes('SIGHUP'));
    expect(await answers()).toBe(200);
    bot.signal('SIGTERM');
    expect(await bot.exit()).toBe(0);
    for (const line of bot.output().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(bot.output()).not.toContain('hunter2');
  });

  it('lists every mistake with its place on standard error, prints no value, and ends with 1', () => {
    const wrong = join(folder, 'wrong.yml');
    writeFileSync(
      wrong,
      `slack: { channel: general-hunter2 }
secretive: hunter2
services:
  Checkout: {}
  billing:
    colors: { blue: { url: "ftp://hunter2" }, green: { url: "http://127.0.0.1:10" } }
    router: { kind: pigeon-hunter2 }
    health: []
    promotion: { bake: hunter2 }
`,
    );
    const { status, stdout, stderr } = runToEnd([built.main], {
      SWITCHBACK_CONFIG: wrong,
      PORT: 'hunter2',
      REDIS_URL: 'http://user:hunter2@localhost',
    });
    expect([status, stdout]).toEqual([1, '']);
    for (const path of [
      'SLACK_BOT_TOKEN',
      'SLACK_APP_TOKEN',
      'REDIS_URL',
      'PORT',
      'slack.channel',
      'secretive',
      'services.Checkout',
      'services.billing.colors.blue.url',
      'services.billing.router.kind',
      'services.billing.health',
      'services.billing.promotion.bake',
    ])
      expect(stderr).toMatch(new RegExp(`^  ${path}: `, 'm'));
    expect(stderr).not.toContain('hunter2');
  });
});

describe('switchback', () => {
  const env = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_APP_TOKEN: 'xapp-1', REDIS_URL: 'redis://nowhere.invalid' };

  it('checks a good configuration without connecting anywhere', () => {
    const { status, stdout, stderr } = runToEnd([built.cli, 'check', file], env);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toBe('The configuration is valid: Socket Mode, services: checkout\n');
  });

  it('checks the file that SWITCHBACK_CONFIG names, and ends with 1 when it has mistakes', () => {
    const gone = runToEnd([built.cli, 'check'], { ...env, SWITCHBACK_CONFIG: join(folder, 'gone.yml') });
    expect([gone.status, gone.stdout]).toEqual([1, '']);
    expect(gone.stderr).toContain('SWITCHBACK_CONFIG');
  });

  it('says its version, and what it can do with examples', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(runToEnd([built.cli, '--version'], {}).stdout.trim()).toBe(version);
    const { stdout } = runToEnd([built.cli, '--help'], {});
    for (const verb of ['start', 'check', 'status']) expect(stdout).toContain(`switchback ${verb}`);
    expect(runToEnd([built.cli, 'fly'], {}).status).toBe(1);
  });

  it('is a program that a shell can run, and says where the playground is', () => {
    const cli = join(built.dir, 'src', 'cli.js');
    const run = spawnSync('sh', ['-c', `chmod +x "${cli}" && "${cli}" play --terminal`], {
      cwd: built.dir,
      env: only({}),
      encoding: 'utf8',
    });
    expect([run.status, run.stderr]).toEqual([1, expect.stringContaining('npm run play')]);
  });
});
