import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const operators = { operator: ['U0ANN', 'U0BOB', me], approver: ['U0BOB'], admin: ['U0CLEO'] };
const { town, at } = sharedTown({
  services: {
    billing: { roles: { operator: ['*'], approver: ['S0LEADS'], admin: ['*'] } },
    ledger: { promotion: { approvals: 1, bake: '60s' } },
    search: {},
    mail: {},
    parcels: {},
  },
  file: { roles: operators, people: { 'cli:somebody-else': 'U0ANN' } },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

// Each starts several processes, one after the other.
describe('switchback', () => {
  it('stages a release from which there is no way back, and says so', async () => {
    const here = at('parcels');
    here.green.levers.version = 'v2';
    const stage = await cli.run('stage', 'parcels', 'v2', '--no-way-back', 'it drops a column');
    expect(stage).toMatchObject({ code: 0, out: 'stage: parcels #1 v2 is staged on green.\n' });
    const status = await cli.run('status', 'parcels', '--json');
    expect(JSON.parse(status.out)).toMatchObject({
      noWayBack: { reason: 'it drops a column', by: { id: me } },
    });
    expect((await cli.run('promote', 'parcels')).code).toBe(0);
    const refused = await cli.run('revert', 'parcels', 'errors');
    expect([refused.code, refused.err]).toEqual([
      2,
      expect.stringMatching(/^no-way-back: .*--force <reason>/),
    ]);
    expect((await cli.run('revert', 'parcels', '--force', 'it was put back')).code).toBe(0);
    expect(await here.live()).toBe('blue');
  });

  it('stages, promotes and reverts by itself, step by step, with the bot telling of it in Slack', async () => {
    const here = at('checkout');
    here.green.levers.version = 'v2';
    const stage = await cli.run('stage', 'Checkout', 'v2');
    expect(stage).toMatchObject({ code: 0, out: 'stage: checkout #1 v2 is staged on green.\n' });
    expect(stage.err).toMatch(/is being staged on green[^]*staging[^]*health: …[^]*health: done, healthy/);

    const dry = await cli.run('promote', 'checkout', '--dry-run');
    expect([dry.code, dry.out]).toEqual([0, expect.stringMatching(/would go ahead[^]*pass {2}role/)]);
    const promote = await cli.run('promote', 'checkout');
    expect([promote.code, promote.err]).toEqual([0, expect.stringContaining('switch: done')]);
    expect(promote.out).toMatch(
      /^promote: checkout #1 v2 is live on green, switched and verified in \d+ m?s\. It bakes until \d{4}-/,
    );
    expect([await here.live(), (await here.record()).state]).toEqual(['green', 'baking']);
    expect((await here.record()).releases[0]?.promotedBy).toEqual({ kind: 'cli', name: me.slice(4) });

    // However the reason is written, it does not stand in the way.
    const words = ['errors', 'since\n', 'the', `switch${'!'.repeat(400)}`];
    const revert = await cli.run('revert', 'checkout', ...words);
    expect(revert).toMatchObject({
      code: 0,
      out: 'revert: checkout is live on blue v1. It is locked until an operator unlocks it.\n',
    });
    expect(await here.live()).toBe('blue');
    await here.notice(`${me} reverted checkout: live is blue v1`);
    await here.notice('Reason: errors since the switch');

    expect(await cli.run('unlock', 'checkout')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^unlock: checkout is unlocked: releases can go on\. It was locked by Switchback: reverted: errors since/,
      ),
    });
    expect((await cli.run('revert', 'checkout')).err).toMatch(/^nothing-to-revert-to: /);
  });

  it('says status and history, also as JSON with stable names', async () => {
    const here = at('search');
    const locked = await cli.run('lock', 'search', '--for', '2h', 'database', 'migration');
    expect(locked.out).toMatch(/^lock: search is locked until \d{4}-\d\d-\d\dT[\d:]+Z\.\n$/);
    expect((await here.does('ann', 'unlock')).text).toContain('not-allowed');

    const [status, ofOne, all, list, ofTwo, history] = await Promise.all([
      cli.run('status', 'search'),
      cli.run('status', 'search', '--json'),
      cli.run('status', '--json'),
      cli.run('status'),
      cli.run('history', 'search', '2', '--json'),
      cli.run('history', 'search'),
    ]);
    expect(status.out).toMatch(
      new RegExp(
        `^status search\nstate: idle\nlive: blue v1\n[^]*lock: by ${me} since [^]*: database migration`,
      ),
    );
    const facts = JSON.parse(ofOne.out) as Record<string, unknown>;
    expect(facts).toMatchObject({
      service: 'search',
      state: 'idle',
      configured: true,
      epoch: 1,
      live: { color: 'blue', version: 'v1', role: 'live' },
      idle: { color: 'green', version: null, role: 'unknown' },
      router: { heading: 'blue' },
      drift: null,
      release: null,
      operation: null,
      lock: { holder: { id: me }, reason: 'database migration' },
      following: [],
    });
    expect(JSON.stringify(facts)).not.toContain('127.0.0.1:1');
    const { services } = JSON.parse(all.out) as { services: { service: string }[] };
    expect(services.map(({ service }) => service).toSorted()).toEqual([
      'billing',
      'checkout',
      'ledger',
      'mail',
      'parcels',
      'search',
    ]);
    expect(list.out).toMatch(/search · idle · blue v1 · locked\n/);

    const { entries } = JSON.parse(ofTwo.out) as { entries: Record<string, unknown>[] };
    expect(entries).toHaveLength(2);
    expect(entries[1]).toMatchObject({ actor: { id: me }, what: 'lock', text: 'search: database migration' });
    expect(history.out).toContain(`· ${me} · lock · search: database migration`);
  });

  it('refuses with the code first and exit code 2, by the same gates, and keeps that in the history', async () => {
    const stranger = await cli.run('stage', 'billing', 'v2');
    expect([stranger.code, stranger.out]).toEqual([2, '']);
    expect(stranger.err).toMatch(
      /^not-allowed: stage of billing was refused\. stage on billing needs the role operator/,
    );
    expect(stranger.err).toContain(
      `You are ${me}. Add it to roles.operator in the configuration, or ask anyone here.`,
    );
    expect((await cli.run('promote', 'billing', '--dry-run')).code).toBe(2);
    expect((await cli.run('history', 'billing')).out).toContain(`${me} · refused not-allowed`);

    for (const verb of ['status', 'history', 'unlock'])
      expect(await cli.run(verb, 'biling')).toMatchObject({
        code: 2,
        err: expect.stringMatching(/^unknown-service: /) as string,
      });
  });

  it('refuses a promote that needs approvals by somebody whom nobody knows, and asks for them as who it is', async () => {
    const here = at('ledger');
    await here.staged('v2');
    const refused = await cli.run('promote', 'ledger');
    expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/^not-allowed: .*people: /)]);
    town().change({}, { people: { [me]: 'U0BOB' } });
    const dry = await cli.run('promote', 'ledger', '--dry-run');
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('it would open a request for approval')]);
    const asked = await cli.run('promote', 'ledger');
    expect([asked.code, asked.out]).toEqual([0, expect.stringContaining('waits for 1 approval')]);
    await here.notice(`${me} (@bob) asks to promote ledger`);
    expect((await here.does('bob', 'approve')).text).toContain('self-approval');
    expect((await here.record()).request?.approvals).toEqual([]);
    await here.does('cleo', 'approve');
    await here.until('it bakes', ({ state }) => state === 'baking');
  });

  it('ends with 4 when what it began ended otherwise, and with 2 when a color refuses the way back', async () => {
    const here = at('mail');
    here.green.levers.version = 'v1.5';
    const failed = await cli.run('stage', 'mail', 'v2');
    expect([failed.code, failed.out]).toEqual([4, '']);
    expect(failed.err).toMatch(/^version-mismatch: mail #1 v2 is not staged: /m);

    await here.released('v2');
    here.blue.levers.fail = true;
    const refused = await cli.run('revert', 'mail');
    expect([refused.code, refused.out]).toEqual([2, '']);
    expect(refused.err).toMatch(/^unhealthy: /m);
    expect(await here.live()).toBe('green');
    expect((await cli.run('revert', 'mail', '--force', 'the check is broken')).code).toBe(0);
    expect(await here.live()).toBe('blue');
  });

  it('is handed over when it is interrupted, and taken over when it is killed', async () => {
    const here = at('search');
    here.green.levers.version = 'v2';
    await here.does('cleo', 'unlock');
    here.green.levers.fail = true;
    const interrupted = cli.start('stage', 'search', 'v2');
    await interrupted.says('health: …');
    interrupted.kill('SIGINT');
    const ended = await interrupted.ended;
    expect([ended.code, ended.out]).toEqual([130, '']);
    expect(ended.err).toContain('A bot continues it; status');
    here.green.levers.fail = false;
    await here.until('the bot staged it', ({ state }) => state === 'staged');

    here.green.levers.slowMs = 800;
    const killed = cli.start('promote', 'search');
    await killed.says('is being promoted');
    killed.kill('SIGKILL');
    await killed.ended;
    here.green.levers.slowMs = 0;
    await here.until('the bot promoted it', ({ state }) => state === 'baking');
    await here.notice('Another process took over');
  });
});

it('a verb with wrong arguments ends with 1, and does nothing', async () => {
  const wrong: string[][] = [
    ['status', 'a b'],
    ['stage', 'checkout', '../v2'],
    ['stage', 'checkout'],
    ['lock', 'checkout'],
    ['lock', 'checkout', '--for', '30d', 'x'],
    ['revert', 'checkout', '--force', 'now', 'please'],
    ['lock', 'checkout', 'x'.repeat(301)],
    ['promote', 'checkout', '--now'],
  ];
  const ended = await Promise.all(wrong.map((args) => cli.run(...args)));
  for (const [i, { code, out, err }] of ended.entries())
    expect([wrong[i], code, out, err]).toEqual([wrong[i], 1, '', expect.stringMatching(/^error: /)]);
});

it('the command line says in its own words what is wrong with a mistyped command, and which ones there are', async () => {
  const [unknown, near, many, bare] = await Promise.all([
    cli.run('frob', 'checkout'),
    cli.run('rollback', 'checkout'),
    cli.run('history', 'checkout', 'all'),
    cli.run('promote'),
  ]);
  expect(unknown.err).toMatch(/^error: there is no verb 'frob'\. There are: start, check, .*revert, .*adopt/);
  expect(near.err).toMatch(/^error: there is no verb 'rollback'\. Did you mean revert\?/);
  expect(many.err).toMatch(/^error: 'all' cannot be the n\. It must be a number from 1 to 5000\./);
  for (const { code, out, err } of [unknown, near, many, bare])
    expect([code, out, err]).toEqual([1, '', expect.stringContaining('switchback --help')]);
});

it('the command line mentions break-glass only to a person who wants to revert while Redis is unavailable', async () => {
  const lost = await openCli(town(), { REDIS_URL: 'redis://127.0.0.1:1' });
  const [revert, promote] = await Promise.all([lost.run('revert', 'mail'), lost.run('promote', 'mail')]);
  await lost.close();
  expect([revert.code, promote.code]).toEqual([3, 3]);
  expect(revert.err).toContain('switchback revert mail --break-glass <reason>');
  expect(promote.err).not.toContain('break-glass');
});

it('a verb about an alert that does not fire is refused, and says how to name one', async () => {
  const [silence, many] = await Promise.all([
    cli.run('silence', 'checkout', 'HighErrorRate', '--for', '4h'),
    cli.run('silence', 'checkout', '--for', '2d'),
  ]);
  expect([silence.code, silence.out]).toEqual([2, '']);
  expect(silence.err).toMatch(
    /^nothing-to-do: silence of this alert was refused\. No firing alert fits .*by the id/,
  );
  expect([many.code, many.err]).toEqual([1, expect.stringContaining('a duration from 1s to 24h')]);
});

it('a verb ends with 1 when the configuration is wrong, and with 3 when Redis does not answer', async () => {
  const lost = await openCli(town(), { REDIS_URL: 'redis://127.0.0.1:1' });
  const wrong = await openCli(town(), { REDIS_URL: 'http://hunter2' });
  try {
    const [away, mistaken] = await Promise.all([lost.run('status'), wrong.run('status')]);
    expect([away.code, away.err]).toEqual([3, expect.stringMatching(/^storage-unavailable: /)]);
    expect([mistaken.code, mistaken.err]).toEqual([1, expect.stringContaining('REDIS_URL: ')]);
    expect(mistaken.err).not.toContain('hunter2');
  } finally {
    await Promise.all([lost.close(), wrong.close()]);
  }
});
