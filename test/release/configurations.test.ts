/** Replicas whose files or environments differ: the state of every rolling restart that adds a service. */
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { pollRouters } from '../../src/release/poll-routers.ts';
import { inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 promoted and baking for 10 s by a replica that knows the service. */
async function baking(core: Core): Promise<Replica> {
  const bot = core.replica('new');
  await inState(core, 'idle');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return bot;
}

const historyOf = async (core: Core, what: string): Promise<unknown[]> =>
  (await core.history()).filter((entry) => entry.what === what);

describe('a replica whose file lacks the service', () => {
  it.each(['new', 'old'])('never ends a bake too early, watched by either replica (%s)', async (watcher) => {
    const core = openCore();
    const old = core.replica('old', { services: [] });
    const bot = await baking(core);
    const { until } = (await core.record()).bake ?? { until: 0 };
    (watcher === 'new' ? old : bot).kill();
    await inState(core, 'idle', 30_000);
    expect(core.clock.now()).toBeGreaterThanOrEqual(until);
    expect(await historyOf(core, 'settled')).toMatchObject([{ actor: { kind: 'system', rule: 'bake' } }]);
  });

  it('sees a bake that goes bad', async () => {
    const core = openCore();
    core.replica('old', { services: [] });
    const bot = await baking(core);
    bot.kill();
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await core.record()).bake?.verdict === 'unhealthy', 15_000);
    expect(await core.said()).toContain('is unhealthy');
  });
});

describe('a replica that cannot read what a service was accepted with', () => {
  const settings = { deploy: { kind: 'webhook', url: 'http://127.0.0.1:3/${DEPLOY}' } };
  const gone = new Set(['DEPLOY']);
  const open = (): Core => {
    const core = openCore({ settings });
    core.world.deploy = { state: 'succeeded', started: [] };
    return core;
  };
  /** Two replicas that lack the name, whether or not their file names the service, and one that took up the rest. */
  const left = (core: Core, services: string[], bot: Replica): void => {
    for (const name of ['old', 'older']) core.replica(name, { services, gone });
    core.replica('next');
    bot.kill();
  };

  it.each([[[]], [['checkout']]])('leaves a bake to one that can (file: %j)', async (services) => {
    const core = open();
    left(core, services, await baking(core));
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await core.record()).bake?.verdict === 'unhealthy', 15_000);
    core.world.colors.green.up = true;
    await inState(core, 'idle', 60_000);
    expect(await core.said()).not.toMatch(/Nobody watches|cannot be read/);
    expect((await core.record()).settings).toMatchObject(settings);
  });

  it.each([[[]], [['checkout']]])(
    'leaves a stage and a promote to one that can (file: %j)',
    async (services) => {
      const core = open();
      const bot = core.replica('new');
      await inState(core, 'idle');
      core.world.deploy = { state: 'running', started: [] };
      core.world.colors.green.version = 'v2';
      await bot.submit({ verb: 'stage', version: 'v2' });
      await core.clock.advance(500);
      left(core, services, bot);
      core.world.deploy = { state: 'succeeded', started: [] };
      await inState(core, 'staged', 20_000);
      expect((await core.record()).releases[0]?.code).toBeUndefined();
    },
  );

  it('leaves the looks at a router after a switch to one that can', async () => {
    const core = openCore({ settings, instances: ['r1', 'r2'] });
    core.world.deploy = { state: 'succeeded', started: [] };
    const bot = await baking(core);
    core.world.silent.add('r2');
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).follow !== null, 20_000);
    left(core, [], bot);
    await core.clock.advance(30_000);
    core.world.silent.delete('r2');
    await core.clock.until(async () => (await core.record()).follow === null, 60_000);
    expect(await core.said()).toContain('answers again and points to blue');
  });
});

describe('replicas with different configurations', () => {
  /** A file without checkout, and one with it and more. */
  const differing = (core: Core): { old: Replica; next: Replica } => ({
    old: core.replica('old', { digest: 'aaaa', services: ['basket'] }),
    next: core.replica('next', { digest: 'bbbb', services: ['basket', 'checkout'] }),
  });
  const told = async (core: Core): Promise<string[]> =>
    (await core.said()).split('\n').filter((each) => each.includes('different configurations'));

  it('log it at once, and post it in the default channel once when it lasts', async () => {
    const core = openCore({ services: ['basket', 'checkout'] });
    differing(core);
    core.replica('another', { digest: 'aaaa', services: ['basket'] });
    await core.clock.advance(15_000);
    expect(core.logged).toContainEqual({
      level: 'warn',
      text: 'Another replica runs with another configuration',
      own: 'aaaa',
      digest: 'bbbb',
      lacks: ['checkout'],
      has: [],
    });
    await core.clock.advance(100_000);
    expect(await told(core)).toEqual([]);
    await core.clock.advance(600_000);
    expect(await told(core)).toEqual([
      expect.stringMatching(
        /^broadcast: .* aaaa and bbbb\. Only bbbb has checkout\. .* restart those with an older one/,
      ),
    ]);
  });

  it('say nothing of a rolling restart', async () => {
    const core = openCore({ services: ['basket', 'checkout'] });
    const { old } = differing(core);
    await core.clock.advance(90_000);
    old.kill();
    await core.clock.advance(600_000);
    expect(await told(core)).toEqual([]);
    const last = core.logged.filter(({ digest }) => digest === 'aaaa').at(-1);
    expect(last?.text).toBe('No replica runs with this other configuration now');
  });

  it.each([
    ['stage', { verb: 'stage', version: 'v2' }],
    ['promote', { verb: 'promote' }],
    ['settle', { verb: 'settle' }],
    ['lock', { verb: 'lock', reason: 'x' }],
  ] as const)('say of %s at one that lacks the service that another has it', async (_, command) => {
    const core = openCore({ services: ['basket', 'checkout'] });
    const { old } = differing(core);
    await inState(core, 'idle');
    const answer = await old.submit(command);
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'unknown-service' } });
    expect(plain(answer.ok ? [] : refusalWords(answer.refusal))).toContain(
      'The replica that answered has no checkout in its file; another running replica has it.',
    );
  });
});

describe('a revert by a file that names another router', () => {
  /** Switched to green by r1; the file of the second replica names r2. */
  const moved = async (): Promise<{ core: Core; other: Replica }> => {
    const core = openCore({
      instances: ['r1', 'r2'],
      settings: { router: { kind: 'fake', instances: ['r1'] } },
    });
    const bot = await baking(core);
    bot.kill();
    return {
      core,
      other: core.replica('other', { settings: { router: { kind: 'fake', instances: ['r2'] } } }),
    };
  };
  const revert = async (other: Replica): Promise<string> => {
    const answer = await other.submit({ verb: 'revert' });
    return plain(answer.ok ? answer.text : answer.refusal.why);
  };

  it.each(['blue', 'green'] as const)(
    'moves the traffic of both, at any answer of the other (%s)',
    async (says) => {
      const { core, other } = await moved();
      core.world.router['r2'] = says;
      expect(await revert(other)).toContain(
        'a different router than the one that was switched: both are switched',
      );
      await core.clock.until(async () => (await core.record()).lastRevert !== null, 10_000);
      expect(core.world.router).toEqual({ r1: 'blue', r2: 'blue' });
      expect(await core.record()).toMatchObject({ live: 'blue', follow: null });
    },
  );

  it('is not what a drift of the router of the file is taken for', async () => {
    const { core, other } = await moved();
    await inState(core, 'idle', 30_000);
    await pollRouters(other.parts, new AbortController().signal);
    expect(core.world.router).toEqual({ r1: 'green', r2: 'blue' });
    expect(await core.said()).toContain(
      'file names a different router than the one that was switched; this is what the router of the file says',
    );
  });

  it('goes on without a router that does not answer, and says so', async () => {
    const { core, other } = await moved();
    core.world.router['r2'] = 'green';
    core.world.silent.add('r1');
    expect(await revert(other)).toContain(
      '(r1). That one does not answer, so only the router of the file is switched',
    );
    await core.clock.until(async () => (await core.record()).lastRevert !== null, 10_000);
    expect(core.world.router['r2']).toBe('blue');
    expect((await core.record()).follow).toBeNull();
  });

  it('is carried on with both by who takes it over, until the next release', async () => {
    const { core, other } = await moved();
    core.world.router['r2'] = 'green';
    core.world.faults.push('not-delivered', 'not-delivered');
    await revert(other);
    await core.clock.advance(200);
    other.kill();
    const next = core.replica('next', { settings: { router: { kind: 'fake', instances: ['r2'] } } });
    await core.clock.until(async () => (await core.record()).lastRevert !== null, 20_000);
    expect(core.world.router).toEqual({ r1: 'blue', r2: 'blue' });
    await next.submit({ verb: 'unlock' });
    await staged(core, next, 'v3');
    expect((await core.record()).formerly).toBeUndefined();
  });
});
