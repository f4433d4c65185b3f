import {
  chmodSync,
  copyFileSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeEntry } from '../../src/break-glass/files.ts';
import type { BreakGlassEntry } from '../../src/release/break-glass.ts';
import { plain } from '../../src/release/line.ts';
import { albService } from '../support/alb-world.ts';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { startElb } from '../support/elb.ts';
import type { Elb } from '../support/elb.ts';
import { startFlakyProxy } from '../support/flaky-proxy.ts';
import type { FlakyProxy } from '../support/flaky-proxy.ts';
import type { Haproxy } from '../support/service.ts';
import { freePort } from '../support/ports.ts';
import { temporaryFolder } from '../support/processes.ts';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';
import { until } from '../support/until.ts';
import { visit } from '../support/conversation.ts';
import type { Visit } from '../support/conversation.ts';

let town: Town;
let cli: Cli;
let wire: FlakyProxy;
let elb: Elb;
let stateDir: string;
/** What bots that start from now on are told next to the usual. */
const env: Record<string, string> = {};
const at = (service: string): Visit => visit(town, service);

const routed = (service: string, haproxy: Haproxy, address: string[]) => ({
  router: { ...haproxy.options(service), address, mapFile: undefined },
});

beforeAll(async () => {
  stateDir = await temporaryFolder();
  env['SWITCHBACK_STATE_DIR'] = stateDir;
  elb = await startElb();
  const dead = `tcp://127.0.0.1:${await freePort()}`;
  town = await openTown({
    env,
    services: {
      // Baked, with its map file, and a probe that proves who answers.
      shop: (haproxy) => ({
        router: haproxy.options('shop'),
        probe: { url: haproxy.frontend('shop'), colorHeader: 'x-color', requests: 2 },
      }),
      // A version staged that was never live.
      ledger: {},
      // One of two instances is gone.
      mail: (haproxy) => routed('mail', haproxy, [haproxy.tcp, dead]),
      // A promote that has switched and has not said so.
      billing: async (haproxy) => {
        wire = await startFlakyProxy(haproxy.tcp);
        return routed('billing', haproxy, [wire.address]);
      },
      // Asked slowly, by a router with a probe.
      parcel: (haproxy) => ({
        probe: { url: haproxy.frontend('parcel'), colorHeader: 'x-color', requests: 2 },
        health: [
          { kind: 'http', path: '/healthz', versionPath: 'version', interval: '100ms', timeout: '5s' },
        ],
      }),
      // Its router takes what its traffic follows later.
      cloud: (haproxy) => ({
        router: albService(elb, 'cloud').settings(),
        probe: { url: haproxy.frontend('cloud'), colorHeader: 'x-color' },
      }),
      search: { roles: { operator: ['*'], admin: ['*'] } },
    },
    file: { roles: { operator: ['U0ANN', 'U0BOB', me], approver: ['U0BOB'], admin: ['U0CLEO'] } },
  });
  cli = await openCli(town, { ...elb.env, SWITCHBACK_STATE_DIR: stateDir });
});
afterAll(async () => {
  await cli.close();
  await town.close();
  await wire.stop();
  vi.unstubAllEnvs();
  await elb.stop();
});

const files = (ending: string): string[] => readdirSync(stateDir).filter((name) => name.endsWith(ending));
const written = (service: string): BreakGlassEntry[] =>
  readdirSync(stateDir)
    .filter((name) => name.startsWith(`break-glass-${service}-`))
    .map((name) => JSON.parse(readFileSync(join(stateDir, name), 'utf8')) as BreakGlassEntry)
    .filter(({ status }) => status !== 'begun');
const told = async (service: string): Promise<string[]> =>
  ((await town.bots[0]?.redis.store.history(service, 100)) ?? []).map(
    ({ what, text }) => `${what}: ${plain(text)}`,
  );

/** Each waits for seconds of an absent Redis, several processes at a time. */
const slow = { timeout: 90_000 };

describe('revert --break-glass', () => {
  it('is refused while Redis answers, to those who may not revert, and without a folder of its own', async () => {
    const nowhere = await openCli(town, { SWITCHBACK_STATE_DIR: '/nowhere/at/all' });
    const unset = await openCli(town, { SWITCHBACK_STATE_DIR: '' });
    const [whole, stranger, homeless, folderless] = await Promise.all([
      cli.run('revert', 'checkout', '--break-glass', 'fire'),
      cli.run('revert', 'search', '--break-glass', 'fire'),
      nowhere.run('revert', 'checkout', '--break-glass', 'fire'),
      unset.run('revert', 'checkout', '--break-glass', 'fire'),
    ]);
    expect([whole.code, whole.out]).toEqual([2, '']);
    expect(whole.err).toMatch(/^nothing-to-do: Redis answers.*switchback revert checkout <reason>/m);
    expect([stranger.code, stranger.err]).toEqual([2, expect.stringMatching(/^not-allowed: /)]);
    expect([homeless.code, homeless.err]).toEqual([
      1,
      expect.stringMatching(/^SWITCHBACK_STATE_DIR names a folder that does not exist: make it/),
    ]);
    expect([folderless.code, folderless.err]).toEqual([
      1,
      expect.stringMatching(/^SWITCHBACK_STATE_DIR is not set\. .*Set it to the same folder as the bot's/),
    ]);
    expect([readdirSync(stateDir), await town.live()]).toEqual([[], 'blue']);
    await nowhere.close();
    await unset.close();
  });

  it('moves traffic without Redis and Slack, and the record agrees when both are back', slow, async () => {
    const [shop, ledger, mail, billing] = ['shop', 'ledger', 'mail', 'billing'].map(at) as [
      Visit,
      Visit,
      Visit,
      Visit,
    ];
    await Promise.all([shop.baking('v2'), ledger.staged('v2'), billing.staged('v2')]);
    wire.fault(/^set map/, { kind: 'delay-answer', ms: 900 });
    await billing.does('ann', 'promote');
    await until('the router of billing is switched', async () => (await billing.live()) === 'green');
    expect((await billing.record()).state).toBe('promoting');
    await town.redis.kill();
    town.slack.levers.down('reset');
    await town.haproxy.command('set server checkout_green/green state maint');
    const unready = cli.run('revert', 'checkout', '--break-glass', 'go', '--to', 'green', '--expect', 'v0');

    const ended = await Promise.all([
      cli.run('revert', 'shop', '--break-glass', 'green is on fire'),
      cli.run('revert', 'ledger', '--break-glass', 'blue is on fire', '--expect', 'v2'),
      cli.run('revert', 'mail', '--break-glass', 'go', '--force'),
      cli.run('revert', 'billing', '--break-glass', 'back'),
      cli.run('revert', 'cloud', '--break-glass', 'go', '--force'),
    ]);
    expect(await unready).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^router-not-ready: HAProxy has no server of checkout_green up/m),
    });
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 4, 0, 0]);
    const [first, , partly, , cloud] = ended;
    expect(cloud?.out).toBe('revert: traffic of cloud goes to green within 30 s: the router says green.\n');
    expect(cloud?.err).toContain(
      'Traffic follows within 30 s, and nothing was probed: check yourself which color',
    );
    expect(cloud?.err).not.toContain('Warning');
    expect(first?.out).toBe(
      'revert: traffic of shop goes to blue: the router says blue; probe: 2 of 2 answered by blue.\n',
    );
    expect(first?.err).toContain('nobody knows whether a bot was in the middle of an operation');
    expect(partly?.err).toMatch(/^verify-failed: .*these instances did not switch: tcp:\/\/127/m);
    expect([await shop.live(), await ledger.live(), await mail.live(), await billing.live()]).toEqual([
      'blue',
      'green',
      'green',
      'blue',
    ]);
    expect(readFileSync(town.haproxy.map, 'utf8')).toContain('shop shop_blue');
    const [glass] = written('shop');
    expect(glass).toMatchObject({
      service: 'shop',
      status: 'done',
      actor: { kind: 'cli', name: me.slice(4) },
      reason: 'green is on fire',
      target: 'blue',
      saw: [{ heading: 'green' }],
      health: 'healthy, reports v1',
      result: [{ heading: 'blue' }],
    });
    for (const name of readdirSync(stateDir)) expect(statSync(join(stateDir, name)).mode & 0o777).toBe(0o600);

    wire.clear();
    await town.redis.restart();
    town.slack.levers.up();
    await until('everything is taken in', () => files('.imported').length === 5, 20_000, 100);
    expect(files('.json')).toEqual([]);

    expect(await shop.record()).toMatchObject({
      state: 'idle',
      live: 'blue',
      epoch: 3,
      drift: null,
      colors: { blue: { role: 'live', version: 'v1' }, green: { role: 'reverted', version: 'v2' } },
      lock: { holder: { kind: 'system' }, reason: 'reverted: green is on fire' },
      lastRevert: { actor: { kind: 'cli' } },
    });
    expect((await told('shop')).filter((words) => words.startsWith('break-glass'))).toEqual([
      expect.stringMatching(
        /^break-glass: the router of shop said green and was pointed to blue \d{4}-\d\d-[\dT:.]+Z: green is on fire; It was verified$/,
      ),
    ]);
    await shop.notice(`${me} used break-glass`);
    await shop.notice('The router says blue now; that is recorded as a revert.');

    expect(await ledger.record()).toMatchObject({
      state: 'idle',
      live: 'green',
      epoch: 2,
      drift: null,
      lock: null,
    });
    expect(await mail.record()).toMatchObject({ state: 'idle', live: 'green', epoch: 2 });
    expect(await billing.record()).toMatchObject({
      state: 'idle',
      live: 'blue',
      epoch: 1,
      op: null,
      colors: { green: { role: 'reverted', version: 'v2' } },
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect([await shop.live(), await ledger.live(), await mail.live(), await billing.live()]).toEqual([
      'blue',
      'green',
      'green',
      'blue',
    ]);
    for (const each of [shop, ledger, mail, billing]) expect((await each.record()).drift).toBeNull();
  });

  it('is taken in once, and files that nobody can trust are left alone', async () => {
    const before = await told('shop');
    for (const name of files('.imported')) {
      if (!name.includes('-shop-')) continue;
      copyFileSync(join(stateDir, name), join(stateDir, name.replace('.imported', '')));
    }
    const [name = ''] = files('.imported');
    const open = join(stateDir, 'break-glass-shop-open.json');
    copyFileSync(join(stateDir, name), open);
    chmodSync(open, 0o644);
    writeFileSync(join(stateDir, 'break-glass-junk.json'), '{"schema":1', { mode: 0o600 });
    await until('the copies are put aside', () => files('.json').length === 2);
    const logs = (): string => town.bots[0]?.logs.join('') ?? '';
    await until(
      'it is said of both',
      () => /is not JSON/.test(logs()) && /read or written by others/.test(logs()),
    );
    expect(files('.json').toSorted()).toEqual(['break-glass-junk.json', 'break-glass-shop-open.json']);
    expect(await told('shop')).toEqual(before);
  });

  it('waits while it may still be under way, and is reported as unknown when it stays so', async () => {
    const [glass] = written('shop');
    const { result: _, ...begun } = {
      ...(glass as BreakGlassEntry),
      id: crypto.randomUUID(),
      status: 'begun' as const,
    };
    const path = await writeEntry(stateDir, begun);
    const said = async (): Promise<string> => (await told('shop')).join();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await said()).not.toContain('was not saved');
    utimesSync(path, new Date(Date.now() - 60_000), new Date(Date.now() - 60_000));
    await until('it is taken in', async () => (await said()).includes('The result was not saved'));
  });

  it('is taken in in the order in which it was done', async () => {
    const [glass] = written('shop');
    const done = (id: string, startedAt: string, reason: string): Promise<string> =>
      writeEntry(stateDir, { ...(glass as BreakGlassEntry), id, startedAt, reason });
    // The first by time is the last by name.
    await done('ffffffff-ffff-4fff-8fff-ffffffffffff', '2026-11-21T08:00:00.000Z', 'sooner');
    await done('00000000-0000-4000-8000-000000000000', '2026-11-21T08:00:01.000Z', 'later');
    const said = async (): Promise<string[]> =>
      (await told('shop')).filter((words) => /: (?:later|sooner); /.test(words));
    await until('both are taken in', async () => (await said()).length === 2);
    expect((await said()).map((words) => /: (later|sooner); /.exec(words)?.[1])).toEqual(['later', 'sooner']);
  });

  it(
    'shows as drift to a replica without the file, which puts nothing back; the one that has it takes it in as it starts',
    slow,
    async () => {
      const [shop, billing] = [at('shop'), at('billing')];
      await shop.does('ann', 'unlock');
      await billing.does('ann', 'unlock');
      await shop.baking('v3');
      await billing.staged('v3');
      // Its intent is saved, and its write goes nowhere.
      wire.fault(/^set map/, { kind: 'hold' }, 100);
      await billing.does('ann', 'promote');
      await billing.until('its intent is saved', ({ op }) => op?.intentAt !== undefined);
      await town.redis.kill();
      await town.bots[0]?.stop();
      wire.clear();
      const went = await cli.run('revert', 'shop', '--break-glass', 'fire');
      expect([went.code, await shop.live()]).toEqual([0, 'blue']);

      await town.redis.restart();
      delete env['SWITCHBACK_STATE_DIR'];
      const other = await town.startBot();
      await shop.until('it reports drift', ({ drift }) => drift?.saw === 'blue');
      await billing.until('it undoes what nobody had switched', ({ state }) => state === 'staged');
      await shop.notice('router-drift');
      expect([await shop.live(), await billing.live()]).toEqual(['blue', 'blue']);
      expect(await shop.record()).toMatchObject({ live: 'green', state: 'baking' });
      expect(
        wire.writes().filter(({ deliveredAt, text }) => deliveredAt && text.includes('billing_green')),
      ).toHaveLength(1);

      env['SWITCHBACK_STATE_DIR'] = stateDir;
      await town.startBot();
      await shop.until('it is taken in', ({ live, drift }) => live === 'blue' && drift === null);
      expect(await told('shop')).toContainEqual(
        expect.stringMatching(/^break-glass: .*: fire; It was verified/),
      );
      expect(await shop.record()).toMatchObject({
        state: 'idle',
        bake: null,
        lock: { reason: 'reverted: fire' },
      });
      await other.stop();
    },
  );

  it(
    'leaves a true file when it is interrupted after that was begun and before the router is moved',
    slow,
    async () => {
      const here = at('parcel');
      await here.baking('v2');
      await town.redis.kill();
      // Before it moves anything it asks the color that it leaves for its version, which takes until it gives up.
      here.green.levers.hang = true;
      const revert = cli.start('revert', 'parcel', '--break-glass', 'fire');
      const begun = (): boolean => files('.json').some((name) => name.startsWith('break-glass-parcel-'));
      await until('the file is there', begun);
      revert.kill('SIGINT');
      const { code, out, err } = await revert.ended;
      here.green.levers.hang = false;
      expect([code, out, await here.live()]).toEqual([4, '', 'green']);
      expect(err).toMatch(/^verify-failed: .*the router says green\.\n {2}it was interrupted/m);
      expect(written('parcel')).toMatchObject([
        {
          status: 'failed',
          result: [{ heading: 'green' }],
          cause: expect.stringMatching(/^it was interrupted/) as string,
        },
      ]);

      await town.redis.restart();
      await until('it is taken in', () => files('.imported').some((name) => name.includes('-parcel-')));
      expect(await told('parcel')).toContainEqual(
        expect.stringMatching(/^break-glass: .*: fire; It was not verified: green \(it was interrupted/),
      );
      expect(await here.record()).toMatchObject({ live: 'green', drift: null, lock: null });
      expect(await here.live()).toBe('green');
    },
  );
});
