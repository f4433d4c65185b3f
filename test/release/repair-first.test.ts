import { describe, expect, it } from 'vitest';
import { explainGates } from '../../src/release/explain-gates.ts';
import { plain } from '../../src/release/line.ts';
import { routerReadiness } from '../../src/release/ready.ts';
import { ann, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const repair = 'correct shop.conf';

async function settled(instances = ['r1']): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ instances });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  return { core, bot };
}

const shutAll = (core: Core): void => {
  for (const instance of Object.keys(core.world.router)) core.world.shut.set(instance, repair);
};

const refusedPrivately = async (core: Core): Promise<string[]> =>
  (await core.notices()).flatMap(({ kind, text }) =>
    kind === 'private' && plain(text).startsWith('router-not-ready') ? [plain(text)] : [],
  );

describe('a revert whose write the router would refuse', () => {
  it('is refused with what to repair, and nobody is offered to force it', async () => {
    const { core, bot } = await settled();
    shutAll(core);
    const writes = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await refusedPrivately(core)).length > 0, 30_000);
    expect(await refusedPrivately(core)).toEqual([
      'router-not-ready: checkout is not reverted to blue v1: its file is broken. Now: idle, live: green v2. Correct shop.conf. Then try again: the message in the channel has the button. --force does not help before that.',
    ]);
    expect((await core.notices()).filter(({ buttons }) => buttons === 'force')).toEqual([]);
    expect(await core.said()).toContain(
      'checkout was not reverted to blue v1; traffic stays on green v2. Correct shop.conf. Then try again. router-not-ready: its file is broken.',
    );
    expect(core.world.writes.length).toBe(writes);
  });

  it('says nothing of where traffic goes when the router does not name the recorded color', async () => {
    const { core, bot } = await settled();
    shutAll(core);
    for (const instance of Object.keys(core.world.router)) core.world.router[instance] = 'unknown';
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await refusedPrivately(core)).length > 0, 30_000);
    expect(await core.said()).toContain(
      'checkout was not reverted to blue v1; nothing was moved, and the record says green v2. Correct shop.conf.',
    );
    expect(await core.said()).not.toContain('traffic stays on');
  });

  it('is explained by why with what to repair, not with --force', async () => {
    const { core, bot } = await settled();
    shutAll(core);
    const asked = explainGates(bot.parts, 'checkout', ann);
    await core.clock.advance(100);
    const gate = (await asked).revert.find((each) => each.gate === 'router could serve blue');
    expect(plain(gate?.refusal?.why ?? [])).toBe('its file is broken.');
    expect(plain(gate?.refusal?.next ?? [])).toBe('Correct shop.conf. --force does not help before that.');
  });

  it('ends within ten seconds with that reason when it is forced, and all is as before', async () => {
    const { core, bot } = await settled();
    shutAll(core);
    await bot.submit({ verb: 'revert', force: 'it burns' });
    const since = core.clock.mono();
    await inState(core, 'idle', 30_000);
    expect(core.clock.mono() - since).toBeLessThan(10_000);
    expect(await core.record()).toMatchObject({
      live: 'green',
      epoch: 2,
      op: null,
      colors: { blue: { role: 'previous' } },
      unreverted: { code: 'router-not-ready', repair },
      releases: [{ status: 'live' }],
    });
    expect(await core.said()).not.toContain('stuck');
    expect(await refusedPrivately(core)).toHaveLength(1);
    core.world.shut.clear();
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });

  it('resumes the bake of what is live', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    shutAll(core);
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await inState(core, 'reverting');
    await inState(core, 'baking', 30_000);
    expect(await core.record()).toMatchObject({ live: 'green', releases: [{ status: 'baking' }] });
    await inState(core, 'idle', 60_000);
  });

  it('goes back after all when that is repaired within moments', async () => {
    const { core, bot } = await settled();
    shutAll(core);
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await core.clock.advance(1_500);
    core.world.shut.clear();
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(core.world.router).toEqual({ r1: 'blue' });
  });

  it('is tried on when the trouble began after its first write, and succeeds when that is repaired', async () => {
    const { core, bot } = await settled();
    core.world.faults.push('not-delivered');
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await core.clock.until(async () => (await core.record()).op?.step === 'switch');
    await core.clock.until(() => core.world.writes.at(-1)?.outcome === 'unclear');
    shutAll(core);
    await core.clock.advance(40_000);
    expect((await core.record()).state).toBe('reverting');
    core.world.shut.clear();
    await core.clock.until(async () => (await core.record()).live === 'blue', 30_000);
  });

  it('is tried on while one instance is silent, which takes it when it comes back', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    core.world.shut.set('r1', repair);
    core.world.silent.add('r2');
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await core.clock.advance(20_000);
    expect((await core.record()).state).toBe('reverting');
    core.world.silent.clear();
    await core.clock.until(async () => (await core.record()).live === 'blue', 60_000);
    expect(core.world.router).toEqual({ r1: 'green', r2: 'blue' });
  });

  it('goes on by the other instance, and says what to repair at this one', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    core.world.shut.set('r1', repair);
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue', 30_000);
    expect(await core.said()).toContain('Warning: its file is broken; correct shop.conf (r1)');
  });
});

describe('readiness where a write would be refused', () => {
  const shut = { instance: 'r1', ready: 'no', detail: 'its file is broken', repair } as const;
  const down = { instance: 'r2', ready: 'no', detail: 'no server is up' } as const;
  const away = { instance: 'r3', ready: 'unreachable', detail: 'connection refused' } as const;

  it.each([
    [[shut], 'some', 'its file is broken', repair],
    [[shut, { ...shut, instance: 'r2' }], 'some', 'its file is broken (r1); its file is broken (r2)', repair],
    [[shut, down], 'some', 'its file is broken; correct shop.conf (r1); no server is up (r2)', undefined],
    [[shut, away], 'some', 'its file is broken; correct shop.conf (r1)', undefined],
    [[shut], 'all', 'its file is broken; correct shop.conf', undefined],
  ] as const)('of %j for %s is stopped by "%s"', (answers, need, cause, first) => {
    expect(routerReadiness(answers, need)).toMatchObject({ cause });
    expect(routerReadiness(answers, need).repair).toBe(first);
  });
});

describe('a put-back that the router would refuse', () => {
  it('names what to repair, and adopt only where the router says a color', async () => {
    const { core, bot } = await settled();
    core.world.router['r1'] = 'unknown';
    core.world.why = 'nothing has the id checkout';
    await core.clock.until(async () => (await core.record()).drift !== null, 90_000);
    expect(await core.said()).toContain('nothing has the id checkout). ');
    expect((await core.notices()).map(({ text }) => plain(text)).at(-1)).toMatch(
      / Put back sends it to green v2 again\.$/,
    );
    shutAll(core);
    await bot.submit({ verb: 'retry' });
    await core.clock.until(async () => (await refusedPrivately(core)).length > 0, 30_000);
    expect((await refusedPrivately(core)).at(-1)).toMatch(
      /its file is broken\. Now: idle, live: green v2\. Correct shop\.conf\. Then use switchback retry checkout\.$/,
    );
  });
});

describe('adopt', () => {
  it('of one instance that names neither color never says that it disagrees with itself', async () => {
    const { core, bot } = await settled();
    core.world.router['r1'] = 'unknown';
    core.world.why = 'nothing has the id checkout';
    const answer = await bot.submit({ verb: 'adopt', actor: cleo });
    expect(answer).toMatchObject({ ok: false, refusal: { code: 'router-mixed' } });
    if (answer.ok) throw new Error('it was accepted');
    expect(plain(answer.refusal.why)).toBe(
      'The router names neither color: r1: unknown (nothing has the id checkout).',
    );
    expect(plain(answer.refusal.next)).toBe('Use switchback retry checkout.');
  });

  it('of instances that differ says so', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    core.world.router['r1'] = 'blue';
    const answer = await bot.submit({ verb: 'adopt', actor: cleo });
    if (answer.ok) throw new Error('it was accepted');
    expect(plain(answer.refusal.why)).toMatch(/^The instances of the router do not agree: /);
  });
});
