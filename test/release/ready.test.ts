import { describe, expect, it } from 'vitest';
import { explainGates } from '../../src/release/explain-gates.ts';
import { plain } from '../../src/release/line.ts';
import { routerReadiness } from '../../src/release/ready.ts';
import { ann, inState, openCore, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const gone = { instance: 'r1', color: 'green', detail: 'HAProxy has no backend checkout_gren' } as const;
const lasting = { ...gone, lasting: true };
const noServer = {
  ...gone,
  color: 'blue',
  detail: 'HAProxy has no server of checkout_blue up',
} as const;

async function settled(instances = ['r1']): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ instances });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  return { core, bot };
}

const inspected = async (core: Core, bot: Replica): ReturnType<typeof explainGates> => {
  const asked = explainGates(bot.parts, 'checkout', ann);
  await core.clock.advance(100);
  return asked;
};

const refused = async (core: Core): Promise<void> =>
  core.clock.until(async () => (await core.said()).includes('router-not-ready'), 30_000);

describe('a promote to a color that the router could not serve', () => {
  it('is refused before its intent is saved and before anything is written, and stays staged', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.unready = [gone];
    let intents = 0;
    core.watch.saved = ({ after }) => {
      if (after.op?.intentAt !== undefined) intents += 1;
    };
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await refused(core);
    expect(await core.record()).toMatchObject({
      state: 'staged',
      live: 'blue',
      epoch: 1,
      releases: [{ status: 'staged', code: 'router-not-ready', cause: gone.detail }],
    });
    const steps = (await core.record()).releases[0]?.steps ?? [];
    expect(steps.at(-1)).toMatchObject({ name: 'router', status: 'failed', detail: gone.detail });
    expect(core.world.writes).toEqual([]);
    expect(intents).toBe(0);
    expect(await core.said()).toContain(
      'private: router-not-ready: checkout is not promoted: HAProxy has no backend checkout_gren. It stays staged',
    );
    expect((await core.history()).find(({ what }) => what === 'promote-ended')).toMatchObject({
      code: 'router-not-ready',
    });
  });

  it('is refused when one of two instances could not serve it', async () => {
    const { core, bot } = await ready({ instances: ['r1', 'r2'] });
    await staged(core, bot);
    core.world.unready = [{ ...gone, instance: 'r2' }];
    await bot.submit({ verb: 'promote' });
    await refused(core);
    expect(core.world.writes).toEqual([]);
    expect(await core.said()).toContain('HAProxy has no backend checkout_gren (r2)');
  });

  it('goes on when a server comes up within a moment, as the checks of a router lag behind', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.unready = [{ ...gone, detail: 'HAProxy has no server of checkout_green up' }];
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(1_200);
    core.world.unready = [];
    await inState(core, 'baking');
    expect(core.world.router['r1']).toBe('green');
  });

  it('is refused too when the backend goes while the hooks before the switch are called', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.hooks.push({ at: 'before-switch', onFailure: 'stop', ok: true, takesMs: 2_000, calls: [] });
    core.settings({ hooks: [{ at: 'before-switch', url: 'http://127.0.0.1:3' }] });
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => (core.world.hooks[0]?.calls.length ?? 0) > 0);
    core.world.unready = [lasting];
    await refused(core);
    expect(core.world.writes).toEqual([]);
    expect((await core.record()).state).toBe('staged');
  });

  it('is shown by why and by the dry run', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.unready = [gone];
    const { promote } = await inspected(core, bot);
    const gate = promote.find((each) => each.gate === 'router could serve green');
    expect(gate?.refusal).toMatchObject({ code: 'router-not-ready' });
    expect(plain(gate?.refusal?.why ?? [])).toBe('HAProxy has no backend checkout_gren.');
  });

  it('is warned of in the thread of the stage, where no deploy will fix it', async () => {
    const { core, bot } = await ready();
    core.world.unready = [lasting];
    await staged(core, bot);
    expect(await core.said()).toContain('Warning: HAProxy has no backend checkout_gren.');
    const other = await ready();
    other.core.world.unready = [gone];
    await staged(other.core, other.bot);
    expect(await other.core.said()).not.toContain('Warning');
  });
});

describe("somebody else's change, which no promote writes over", () => {
  it('refuses a promote, and warns of it in a revert', () => {
    const answers = [
      { instance: 'r1', ready: 'unknown', stopsPromotes: true, detail: 'its file says x' },
    ] as const;
    expect(routerReadiness(answers, 'all')).toMatchObject({ cause: 'its file says x', doubts: [] });
    const revert = routerReadiness(answers, 'some');
    expect(revert).toMatchObject({ doubts: ['its file says x'] });
    expect(revert).not.toHaveProperty('cause');
  });
});

describe('a revert to a color that the router could not serve', () => {
  it('is refused with Force, which reverts anyway', async () => {
    const { core, bot } = await settled();
    core.world.unready = [noServer];
    const writes = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await refused(core);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'green' });
    expect(core.world.writes.length).toBe(writes);
    const told = (await core.notices()).find(
      (notice) => notice.kind === 'private' && notice.buttons === 'force',
    );
    expect(plain(told?.text ?? [])).toMatch(
      /^router-not-ready: checkout is not reverted to blue v1: HAProxy has no server .* Press Force…/,
    );
    const { revert } = await inspected(core, bot);
    expect(revert.find((each) => each.gate === 'router could serve blue')?.refusal).toMatchObject({
      code: 'router-not-ready',
    });
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(await core.said()).toContain(
      'Before that the router could not serve blue v1: HAProxy has no server',
    );
  });

  it('goes on while one instance could serve it, and says which could not', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    core.world.unready = [noServer];
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(await core.said()).toContain('Warning: HAProxy has no server of checkout_blue up (r1)');
  });

  it('is not refused when the router points there already', async () => {
    const { core, bot } = await settled();
    core.world.unready = [noServer];
    core.world.router['r1'] = 'blue';
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(await core.said()).not.toContain('router-not-ready');
  });

  it('out of a promote that has switched nothing yet is recorded', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    core.world.refusing.add('r1');
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 0);
    core.world.unready = [noServer];
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle', 30_000);
    expect(await core.record()).toMatchObject({ live: 'blue', colors: { green: { role: 'reverted' } } });
  });
});

describe('a put-back to the recorded color', () => {
  it('is refused while the router could not serve it, and adopt stays', async () => {
    const { core, bot } = await settled();
    core.world.router['r1'] = 'blue';
    await core.clock.until(async () => (await core.record()).drift !== null, 90_000);
    core.world.unready = [{ ...noServer, color: 'green' }];
    await bot.submit({ verb: 'retry' });
    await refused(core);
    expect((await core.record()).state).toBe('idle');
    expect(await core.said()).toContain('adopt checkout accepts what the router says.');
    core.world.unready = [];
    await bot.submit({ verb: 'retry' });
    await core.clock.until(() => core.world.router['r1'] === 'green');
  });
});

describe('readiness', () => {
  const yes = { instance: 'r1', ready: 'yes' } as const;
  const no = { instance: 'r2', ready: 'no', detail: 'no backend' } as const;
  const away = { instance: 'r3', ready: 'unreachable', detail: 'connection refused' } as const;
  const mute = { instance: 'r4', ready: 'unknown', detail: 'Permission denied' } as const;

  it.each([
    [[yes], 'all', undefined],
    [[yes, no], 'all', 'no backend (r2)'],
    [[yes, no], 'some', undefined],
    [[no], 'some', 'no backend'],
    [[no, away], 'some', 'no backend (r2)'],
    [[no, mute], 'some', undefined],
    [[mute, away], 'all', undefined],
  ] as const)('of %j, where %s must be able to, is stopped by %s', (answers, need, cause) => {
    expect(routerReadiness(answers, need).cause).toBe(cause);
  });

  it('says what could not be found out', () => {
    expect(routerReadiness([mute], 'all').doubts).toEqual(['Permission denied']);
    expect(routerReadiness([{ ...mute, lasting: true }], 'all').doubts).toEqual([]);
  });
});

it('a first adoption goes on although the router could not serve the other color', async () => {
  const core = openCore();
  core.world.unready = [lasting];
  core.replica();
  await inState(core, 'idle');
  expect((await core.record()).live).toBe('blue');
  expect(await core.said()).toContain(
    'adopted: checkout: 🔵 blue v1 is live. green cannot be promoted yet: HAProxy has no backend checkout_gren',
  );
});

it('an instance that a revert left behind is waited for no longer once the router has it no more', async () => {
  const { core, bot } = await settled(['r1', 'r2']);
  core.world.silent.add('r2');
  await bot.submit({ verb: 'revert' });
  await core.clock.until(async () => (await core.record()).follow !== null, 30_000);
  delete core.world.router['r2'];
  const other = core.replica();
  bot.kill();
  await core.clock.until(async () => (await core.record()).follow === null, 60_000);
  expect(await core.said()).toContain('r2 is no longer an instance of the router.');
  expect(other.name).toBe('replica-2');
});

it.each([
  [41, ' 41 older connections are still on blue.'],
  [1, ' 1 older connection is still on blue.'],
  [0, ''],
  [undefined, ''],
])('a promote says of %s connections left on the other color:%s', async (left, words) => {
  const { core, bot } = await ready();
  await staged(core, bot);
  core.world.left = left;
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  expect(await core.said()).toMatch(
    new RegExp(`is live: new requests go to green, switched and verified in \\S+ m?s\\.${words}$`, 'm'),
  );
});

it('a promote and a revert say what stays on the other color where the router knows that and cannot count it', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  core.world.keeps = 'Open connections stay on pods of {old}.';
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  expect(await core.said()).toMatch(
    /is live: new requests go to green, .*s\. Open connections stay on pods of blue\.$/m,
  );
  const newest = async () => (await core.record()).releases[0];
  expect(await newest()).toMatchObject({ status: 'baking', stays: 'Open connections stay on pods of blue.' });
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  expect(await core.said()).toMatch(/UANN reverted .* Open connections stay on pods of green\. Locked/);
  expect(await newest()).toMatchObject({
    status: 'reverted',
    stays: 'Open connections stay on pods of green.',
  });
});

it('why names the doubts about a router that prevent nothing', async () => {
  const { core, bot } = await ready();
  const what = 'r1: Caddy runs without --resume: a restart sends traffic to blue or green';
  const adapters: typeof bot.parts.adapters = (service, configured) => {
    const own = bot.parts.adapters(service, configured);
    return {
      ...own,
      router: { ...own.router, doubts: async () => [{ what, fix: 'start it with --resume' }] },
    };
  };
  const asked = explainGates({ ...bot.parts, adapters }, 'checkout', ann);
  await core.clock.advance(100);
  const gate = (await asked).promote.find((each) => each.gate === 'router');
  expect(gate).toMatchObject({ refusal: undefined });
  expect(plain(gate?.note ?? [])).toBe(what);
});
