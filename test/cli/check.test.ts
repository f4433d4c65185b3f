import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { built } from '../support/built.ts';
import { temporaryFolder } from '../support/processes.ts';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const checkout = (more: object = {}): object => ({
  colors: { blue: { url: 'http://10.0.0.1:8080' }, green: { url: 'http://10.0.0.2:8080' } },
  router: { kind: 'http', url: 'http://10.0.0.3/live', token: '${EDGE_TOKEN}' },
  probe: { url: 'http://10.0.0.4/version', versionPath: 'version' },
  health: [{ kind: 'http', path: '/healthz', versionPath: 'version' }],
  ...more,
});
const file = (more: object = {}): object => ({
  slack: { channel: '${RELEASES_CHANNEL}' },
  services: { checkout: checkout(more) },
});

/** Runs `check` on this file, with nothing in the environment but `env`. */
async function check(
  config: object,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const path = join(folder, 'release.yml');
  await writeFile(path, JSON.stringify(config));
  const { cli } = await built();
  const child = spawn(process.execPath, [cli, 'check', ...args, path], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr.on('data', (data: Buffer) => (err += data.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

const whole = {
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  REDIS_URL: 'redis://localhost',
  EDGE_TOKEN: 'e',
  RELEASES_CHANNEL: 'C0RELEASES',
};

it('check accepts a good configuration, and notes tokens of an unusual form', async () => {
  expect(await check(file(), [], whole)).toEqual({
    code: 0,
    out: 'The configuration is valid: Socket Mode, services: checkout\n',
    err: '',
  });
  const odd = await check(file(), [], { ...whole, SLACK_BOT_TOKEN: 'hello' });
  expect([odd.code, odd.out]).toEqual([
    0,
    expect.stringMatching(/valid[^]*\nnote: SLACK_BOT_TOKEN: does not begin with xoxb-/),
  ]);
});

it('check warns of what these settings leave unknown, and ends with 0', async () => {
  const bare = {
    probe: undefined,
    health: [{ kind: 'http', path: '/healthz' }],
    router: { kind: 'haproxy', address: 'tcp://10.0.0.3:9999', map: '/etc/live.map', key: 'checkout' },
  };
  for (const args of [[], ['--file-only']]) {
    const { code, out } = await check(file(bare), args, whole);
    expect(code).toBe(0);
    expect(out).toMatch(/^warn: services\.checkout: not probed: .*; set probe/m);
    expect(out).toMatch(/^warn: services\.checkout: no mapFile: a reload goes back to/m);
    expect(out).toMatch(/^warn: services\.checkout: version not checked: .*; set versionPath/m);
  }
});

it('check lists unset variables as errors, and says how to check the file alone', async () => {
  const { code, out, err } = await check(file(), []);
  expect([code, out]).toEqual([1, '']);
  expect(err).toMatch(/REDIS_URL: is not set\n[^]*EDGE_TOKEN, which is not set\n[^]*check --file-only/);
});

it('check reads the file alone without any variable, and notes those that a start needs', async () => {
  const bare = await check(file(), ['--file-only']);
  expect([bare.code, bare.err]).toEqual([0, '']);
  expect(bare.out.split('\n')).toEqual([
    'The file is valid, as far as it can be checked without these variables.',
    'note: SLACK_BOT_TOKEN: is not set',
    expect.stringMatching(/^note: SLACK_APP_TOKEN: is not set .*SLACK_SIGNING_SECRET/),
    'note: REDIS_URL: is not set',
    'note: slack.channel: needs the environment variable RELEASES_CHANNEL, which is not set',
    'note: services.checkout.router.token: needs the environment variable EDGE_TOKEN, which is not set',
    '',
  ]);
  expect((await check(file(), ['--file-only'], whole)).out).toBe('The file is valid: services: checkout\n');

  const wrong = await check(file({ prob: {} }), ['--file-only']);
  expect([wrong.code, wrong.out]).toEqual([1, '']);
  expect(wrong.err).toBe(
    'The configuration has one error:\n  services.checkout.prob: is not a known setting; did you mean probe?\n',
  );
});

it('check notes a color with the address of the probe or of the other color', async () => {
  const env = { EDGE_TOKEN: 'x', RELEASES_CHANNEL: 'C1' };
  const colors = { blue: { url: 'http://10.0.0.1:80/a' }, green: { url: 'http://10.0.0.1/b' } };
  const probe = { url: 'http://10.0.0.1/version' };
  const { code, out } = await check(file({ colors, probe }), ['--file-only'], env);
  expect(code).toBe(0);
  expect(out).toContain(
    'note: services.checkout: colors.green.url and colors.blue.url lead to the same place, 10.0.0.1:80',
  );
  expect(out).toContain('colors.blue.url and probe.url lead to the same place');
  expect((await check(file(), ['--file-only'], env)).out).not.toContain('same place');
});
