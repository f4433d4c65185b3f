import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig, readOptions } from '../src/config.ts';

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string };
}

const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};
const services = Object.entries(compose.services);
const haproxy = readFileSync('compose/haproxy.cfg', 'utf8');
const mounts = services.flatMap(([, { volumes = [] }]) =>
  volumes.map((volume) => volume.split(':')[0] ?? ''),
);
const config = loadConfig({
  env: {
    SLACK_BOT_TOKEN: 'xoxb-1',
    SLACK_APP_TOKEN: 'xapp-1',
    SLACK_SIGNING_SECRET: '',
    RELEASES_CHANNEL: 'C0RELEASES',
    REDIS_URL: compose.services['bot']?.environment?.['REDIS_URL'],
    SWITCHBACK_CONFIG: 'compose/switchback.yml',
  },
});

describe('compose.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'switchback-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('mounts only what is there', () => {
    const files = mounts.filter((mount) => mount.startsWith('.'));
    expect(files).toContain('./compose/haproxy.cfg');
    expect(files.filter((file) => !existsSync(file))).toEqual([]);
    const named = mounts.filter((mount) => !mount.startsWith('.'));
    expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort());
  });

  test('and the Dockerfile name images by a minor version', () => {
    const tags = services.flatMap(([, { image }]) => image ?? []);
    expect(tags.length).toBeGreaterThan(3);
    for (const tag of tags) expect(tag).toMatch(/:\d+\.\d+(?:\.\d+)?-/);
    expect(readFileSync('Dockerfile', 'utf8')).toMatch(/^ARG NODE=\d+\.\d+/m);
  });

  test('waits only for what is there and says when it is ready', () => {
    const waits = services.flatMap(([, { depends_on = {} }]) => Object.entries(depends_on));
    expect(waits.length).toBeGreaterThan(0);
    for (const [name, { condition }] of waits) {
      const ready = condition === 'service_healthy' ? compose.services[name]?.healthcheck?.test : name;
      expect(ready).toBeTruthy();
      expect(compose.services).toHaveProperty(name);
    }
  });

  test("takes the bot's own configuration, whose hosts and paths are those of the other services", () => {
    const found = config.catalog.find('checkout');
    const options = readOptions(found?.raw ?? {}, config.names);
    const urls = [options.colors.blue.url, options.colors.green.url, options.probe?.url ?? ''];
    for (const url of urls) expect(Object.keys(compose.services)).toContain(new URL(url).hostname);
    if (options.router.kind !== 'haproxy') throw new Error('not HAProxy');
    const { address, map, values } = options.router;
    expect(haproxy).toContain(`stats socket ${address[0]?.slice('unix:'.length)} `);
    expect(haproxy).toContain(`map(${map})`);
    for (const backend of Object.values(values)) expect(haproxy).toContain(`\nbackend ${backend}\n`);
  });

  test('has a HAProxy configuration that HAProxy takes', () => {
    // The map's path is the container's; here it is the file that the volume begins with.
    const local = join(folder, 'haproxy.cfg');
    writeFileSync(local, haproxy.replaceAll('/maps/live.map', `${process.cwd()}/compose/live.map`));
    const checked = spawnSync('haproxy', ['-c', '-f', local], { encoding: 'utf8' });
    expect([checked.status, checked.stdout + checked.stderr]).toEqual([
      0,
      expect.not.stringMatching(/WARNING|ALERT/),
    ]);
    writeFileSync(local, haproxy);
    expect(spawnSync('haproxy', ['-c', '-f', local]).status).not.toBe(0);
  });
});
