/** Writes that a real nginx denies for a while. */
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Router } from '../../src/release/ports.ts';
import type { HoldAnswer, WriteDenial } from '../../src/release/write-hold.ts';
import { makeRouter, routerOptions } from '../../src/routers/index.ts';
import { readDump } from '../../src/routers/nginx-configuration.ts';
import { type NginxServer, startNginx } from '../support/nginx.ts';
import { deniesWrites } from '../support/nginx-writes.ts';
import { type SampleColor, startColor } from '../support/sample-color.ts';
import { until } from '../support/until.ts';
import { permit } from './contract.ts';

const never = new AbortController().signal;
let colors: { blue: SampleColor; green: SampleColor };
let nginx: NginxServer;
let plain: NginxServer;
let folder: string;
let instance: string;

/** The adapter of a process of its own. */
function routerOf(server: NginxServer): Router & { denial: WriteDenial } {
  const writes = { mode: 'deny' as const, methods: ['DELETE', 'POST'], max: 3_000 };
  const made = makeRouter(routerOptions.parse(server.options()), { writes });
  if (!made.denial) throw new Error('no denial');
  return { ...made, denial: made.denial };
}

beforeAll(async () => {
  colors = { blue: await startColor('blue', 'v1'), green: await startColor('green', 'v2') };
  const ports = { blue: colors.blue.port, green: colors.green.port };
  [nginx, plain] = [await startNginx(ports, deniesWrites), await startNginx(ports)];
  [instance = ''] = routerOf(nginx).instances;
  folder = `${nginx.include}.denied`;
});
beforeEach(() => rm(folder, { recursive: true, force: true }));
afterAll(() => Promise.all([nginx, plain, colors.blue, colors.green].map((each) => each.stop())));

const ask = async (method: string): Promise<Response> =>
  fetch(nginx.frontend, {
    method,
    headers: { connection: 'close' },
    ...(method === 'POST' && { body: 'row' }),
  });
const statusOf = async (method = 'POST'): Promise<number> => (await ask(method)).status;
const deny = async (id: string, ms: number, server = nginx): Promise<HoldAnswer | undefined> =>
  (await routerOf(server).denial.deny(id, ms, never))[0];
const allow = (id: string): Promise<HoldAnswer[]> => routerOf(nginx).denial.allow(id, never);

describe('a denial of writes in nginx', () => {
  it('gives writes an error until they are allowed by the same name, without a reload; all else goes on', async () => {
    const before = nginx.reloads();
    expect(await deny('d1', 20_000)).toEqual({
      instance,
      held: true,
      forMs: expect.any(Number) as number,
    });
    const denied = await ask('POST');
    expect([denied.status, denied.headers.get('retry-after')]).toEqual([503, '20']);
    expect(await denied.text()).toMatch(/^Read-only for now/);
    expect([await statusOf('DELETE'), await statusOf('GET'), await statusOf('PUT')]).toEqual([503, 200, 200]);
    expect(await allow('d2')).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(503);
    expect(await allow('d1')).toMatchObject([{ held: false }]);
    expect(await statusOf()).toBe(200);
    expect(nginx.reloads()).toBe(before);
    expect(await readdir(folder)).toEqual([]);
  });

  it('ends by itself, and is longer when it is renewed; one that was over begins again', async () => {
    const startedAt = Date.now();
    expect((await deny('d3', 1_000))?.forMs).toBeLessThan(1_000);
    expect((await deny('d3', 2_000))?.held).toBe(true);
    await until('writes go on', async () => (await statusOf()) === 200);
    expect(Date.now() - startedAt).toBeGreaterThan(1_990);
    expect((await deny('d3', 20_000))?.forMs).toBeLessThan(1_000);
    await until('it says for how long, to another process too', async () => {
      return ((await deny('d3', 20_000))?.forMs ?? 0) > 1_200;
    });
    // What is over is not kept.
    const now = Math.floor(Date.now() / 1000);
    expect((await readdir(folder)).filter((name) => Number.parseInt(name, 10) < now - 3)).toEqual([]);
  });

  it('goes on through a switch and a restart of nginx', async () => {
    await deny('d4', 20_000);
    await until('it has lasted', async () => ((await deny('d4', 20_000))?.forMs ?? 0) > 1_200);
    expect(await routerOf(nginx).point('green', 2, permit())).toMatchObject([{ outcome: 'taken' }]);
    await until('green serves reads', async () => (await ask('GET')).headers.get('x-color') === 'green');
    expect(await statusOf()).toBe(503);
    await nginx.kill();
    await nginx.start();
    expect(await statusOf()).toBe(503);
    expect((await deny('d4', 20_000))?.forMs).toBeGreaterThan(1_200);
    await routerOf(nginx).point('blue', 3, permit());
  });

  it('is of the name that came last, and goes on for it', async () => {
    await deny('d5', 20_000);
    await until('it has lasted', async () => ((await deny('d5', 20_000))?.forMs ?? 0) > 1_200);
    expect((await deny('d6', 20_000))?.forMs).toBeGreaterThan(1_200);
    await allow('d5');
    expect(await statusOf()).toBe(503);
    await allow('d6');
    expect(await statusOf()).toBe(200);
  });

  it('that lost its files, or what says since when, says that it began again', async () => {
    await deny('d7', 20_000);
    await until('it has lasted', async () => ((await deny('d7', 20_000))?.forMs ?? 0) > 1_200);
    await writeFile(join(folder, 'window'), 'torn');
    expect((await deny('d7', 20_000))?.forMs).toBeLessThan(1_000);
    await until('it has lasted', async () => ((await deny('d7', 20_000))?.forMs ?? 0) > 1_200);
    for (const name of await readdir(folder)) if (name !== 'window') await rm(join(folder, name));
    expect(await statusOf()).toBe(200);
    expect((await deny('d7', 20_000))?.forMs).toBeLessThan(1_000);
  });

  it('is not said to hold where nginx does not look for it, or does not answer', async () => {
    const said = await deny('d8', 20_000, plain);
    expect(said).toMatchObject({ held: false });
    expect(said?.detail).toContain('a DELETE to liveUrl gets 200, not 503 with Retry-After');
    await plain.kill();
    expect(await deny('d8', 20_000, plain)).toMatchObject({ held: false });
    await plain.start();
  });

  it('says why its files cannot be written or taken out', async () => {
    await writeFile(folder, 'a file');
    expect((await deny('d9', 20_000))?.detail).toContain(`${folder} cannot be written: `);
    expect(await allow('d9')).toMatchObject([
      { held: true, detail: expect.stringContaining(`${folder} cannot be changed`) as string },
    ]);
  });

  it('needs its lines in both server blocks, or a promote is refused, never a revert', async () => {
    expect(await routerOf(nginx).ready('green', never)).toEqual([{ instance, ready: 'yes' }]);
    const what = expect.stringContaining(
      'nginx cannot deny writes: its configuration does not look',
    ) as string;
    expect(await routerOf(plain).ready('green', never)).toMatchObject([
      { ready: 'yes', stopsPromotes: true, detail: what },
    ]);
    const fix = 'let the server block of clients and that of liveUrl include the lines of docs/nginx.md';
    expect(await routerOf(plain).doubts?.(never)).toContainEqual({ what, fix });
    expect(await routerOf(nginx).doubts?.(never)).not.toContainEqual(
      expect.objectContaining({ fix }) as unknown,
    );
  });
});

it.each([
  ['twice by one file', ['include denies.conf;', 'include "/etc/nginx/denies.conf";'], 2],
  ['in one server', ['include denies.conf;'], 1],
  ['in a comment', ['# include denies.conf;', 'include denies.conf;'], 1],
])('the lines count that are included %s', (_, includes, count) => {
  const dump = readDump(
    { variable: 'x', values: { blue: 'blue', green: 'green' } },
    '/etc/nginx/switchback/checkout.conf.denied',
  );
  const look = 'if (-f "/etc/nginx/switchback/checkout.conf.denied/$s.$request_method") { return 503; }';
  for (const text of ['# configuration file /etc/nginx/nginx.conf:', ...includes]) dump.line(text);
  for (const text of ['# configuration file /etc/nginx/denies.conf:', look]) dump.line(text);
  expect(dump.denyingServers).toBe(count);
});
