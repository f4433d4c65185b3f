import { describe, expect, it } from 'vitest';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 promoted to green, a moment ago. */
async function promoted(instances = ['r1']): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ instances, settings: { promotion: { bake: '10m' } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return { core, bot };
}

/** v2 promoted and reverted, while one of two instances did not answer. */
async function partlyReverted(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await promoted(['r1', 'r2']);
  core.world.silent.add('r2');
  await bot.submit({ verb: 'revert' });
  await inState(core, 'idle');
  return { core, bot };
}

describe('the router after a switch', () => {
  it('is asked again after 1, 5 and 30 s', async () => {
    const { core } = await promoted();
    const from = core.clock.mono();
    const before = core.world.asks.length;
    await core.clock.advance(40_000);
    const asked = core.world.asks.slice(before).map((ask) => (ask.at - from) / 1_000);
    for (const at of [1, 5, 30]) expect(asked.some((each) => each >= at && each < at + 1.1)).toBe(true);
  });

  it('is put back once when a late write moves it within 5 s, and that is said', async () => {
    const { core } = await promoted();
    await core.clock.advance(3_000);
    core.world.router['r1'] = 'blue';
    await core.clock.advance(3_500);
    expect(core.world.router['r1']).toBe('green');
    expect(core.world.writes).toHaveLength(2);
    expect((await core.history())[0]).toMatchObject({ what: 'put-back' });
    expect((await core.record()).drift).toBeNull();
    core.world.router['r1'] = 'blue';
    await core.clock.advance(30_000);
    expect(core.world.writes).toHaveLength(2);
    expect((await core.record()).drift).toMatchObject({ saw: 'blue' });
  });

  it('is not put back where the router says that somebody else moved it: that is drift with a name', async () => {
    const { core } = await promoted();
    core.world.by = '';
    await core.clock.advance(2_000);
    Object.assign(core.world.router, { r1: 'blue' });
    core.world.by = 'argocd-controller';
    await core.clock.advance(5_000);
    expect(core.world.writes).toHaveLength(1);
    expect(await core.record()).toMatchObject({ live: 'green', drift: { saw: 'blue' } });
    expect(await core.said()).toContain('argocd-controller changed it.');
  });

  it('that others write to is asked every few seconds, so that the bot announces their writes within 10 s', async () => {
    const { core } = await promoted();
    core.world.by = '';
    await core.clock.advance(300_000);
    const before = core.world.asks.length;
    await core.clock.advance(60_000);
    expect(core.world.asks.length - before).toBeLessThan(20);
    Object.assign(core.world.router, { r1: 'blue' });
    core.world.by = 'kustomize-controller';
    await core.clock.advance(10_000);
    expect((await core.record()).drift).toMatchObject({ saw: 'blue' });
    expect(await core.said()).toContain('kustomize-controller changed it.');
  });

  it('is put back also when the question of 5 s comes a second late', async () => {
    const { core } = await promoted();
    // The look after 1 s leaves nothing to do for four seconds: due times are looked at once a second then.
    await core.clock.advance(4_900);
    core.world.router['r1'] = 'blue';
    await core.clock.advance(2_000);
    expect(core.world.router['r1']).toBe('green');
    expect((await core.loaded()).asked).toMatchObject({ heading: 'green' });
  });

  it.each(['refused', 'not-delivered'] as const)(
    'is drift when putting it back comes to nothing (%s), and nobody says otherwise',
    async (fault) => {
      const { core } = await promoted();
      await core.clock.advance(3_000);
      core.world.router['r1'] = 'blue';
      core.world.faults.push(fault);
      await core.clock.advance(4_000);
      expect(await core.record()).toMatchObject({ live: 'green', drift: { saw: 'blue' } });
      expect(await core.said()).not.toContain('put back to green');
      expect((await core.history()).map((entry) => entry.what)).not.toContain('put-back');
      expect((await core.loaded()).asked).toMatchObject({ heading: 'blue' });
      await core.clock.advance(40_000);
      expect(core.world.writes).toHaveLength(2);
    },
  );

  it('is drift where one of two instances cannot be put back', async () => {
    const { core } = await promoted(['r1', 'r2']);
    await core.clock.advance(3_000);
    core.world.router['r1'] = 'blue';
    core.world.router['r2'] = 'blue';
    core.world.refusing.add('r2');
    await core.clock.advance(4_000);
    expect(core.world.router).toEqual({ r1: 'green', r2: 'blue' });
    expect((await core.record()).drift).toMatchObject({ saw: 'mixed' });
    expect(await core.said()).toContain(
      'to blue again (r1); it was put back to green at once. If somebody moved it by hand: press Revert if you want blue.',
    );
  });

  it('is left alone when it moves later: that is drift', async () => {
    const { core } = await promoted();
    await core.clock.advance(7_000);
    core.world.router['r1'] = 'blue';
    await core.clock.advance(25_000);
    expect(core.world.writes).toHaveLength(1);
    expect(await core.record()).toMatchObject({ live: 'green', drift: { saw: 'blue' } });
  });

  it('shows drift within 60 s, also when another save comes between question and note', async () => {
    const { core, bot } = await promoted();
    await core.clock.advance(60_000);
    core.world.router['r1'] = 'blue';
    let crossed = false;
    core.watch.asked = () => {
      if (crossed) return;
      crossed = true;
      void bot.submit({ verb: 'lock', reason: 'look' });
    };
    await core.clock.advance(67_000);
    expect(crossed).toBe(true);
    expect((await core.record()).drift).toMatchObject({ saw: 'blue' });
  });
});

describe('the question of every 60 s', () => {
  it('is not put off by the questions after a switch, once a late write can no longer be the cause', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await core.clock.advance(45_000 - core.clock.mono());
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.router['r1'] = 'unknown';
    await core.clock.advance(62_000 - core.clock.mono());
    expect((await core.record()).drift).toMatchObject({ saw: 'unknown' });
  });
});

describe('an instance that did not answer a revert', () => {
  it.each(['green', 'unknown'] as const)('is pointed as soon as it does (it says %s)', async (says) => {
    const { core } = await partlyReverted();
    expect(core.world.router).toEqual({ r1: 'blue', r2: 'green' });
    expect((await core.record()).follow).toMatchObject({ instances: ['r2'] });
    await core.clock.advance(100_000);
    expect((await core.record()).drift).toBeNull();
    core.world.router['r2'] = says;
    core.world.silent.clear();
    await core.clock.advance(4_000);
    expect(core.world.router).toEqual({ r1: 'blue', r2: 'blue' });
    expect((await core.record()).follow).toBeNull();
    expect(await core.said()).toContain('r2 answers again');
  });

  it('costs next to no saves while it is unreachable, and still follows within 4 s', async () => {
    const { core } = await partlyReverted();
    await core.clock.advance(60_000);
    let saves = 0;
    core.watch.saved = () => {
      saves += 1;
    };
    await core.clock.advance(600_000);
    expect(saves).toBeLessThanOrEqual(21);
    core.world.silent.clear();
    await core.clock.advance(4_000);
    expect(core.world.router['r2']).toBe('blue');
  });

  it('is no late write when it comes back with the color just left', async () => {
    const { core } = await partlyReverted();
    await core.clock.advance(2_500);
    core.world.silent.clear();
    await core.clock.advance(4_000);
    expect(core.world.router['r2']).toBe('blue');
    expect(await core.said()).not.toContain('late write');
  });

  it('is tried every half minute when it answers and does not follow', async () => {
    const { core } = await partlyReverted();
    core.world.refusing.add('r2');
    core.world.silent.clear();
    await core.clock.advance(10_000);
    const before = core.world.writes.length;
    await core.clock.advance(300_000);
    expect(core.world.writes.length - before).toBeLessThanOrEqual(11);
    expect(core.world.writes.length - before).toBeGreaterThanOrEqual(8);
  });

  it('draws no card again while nothing changes', async () => {
    const { core } = await partlyReverted();
    await core.clock.advance(35_000);
    let drawn = 0;
    core.watch.saved = ({ change }) => {
      drawn += change.draw.length;
    };
    await core.clock.advance(20_000);
    expect(drawn).toBe(0);
  });
});

describe('the map file', () => {
  it('is tried again every 10 s after it could not be written, and both are said', async () => {
    const { core, bot } = await ready();
    core.world.mapFile = { error: 'EACCES', color: undefined };
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(await core.record()).toMatchObject({ live: 'green', persist: { cause: 'EACCES' } });
    expect(await core.said()).toContain('a reload would go back to blue');
    await core.clock.advance(11_000);
    expect((await core.record()).persist).not.toBeNull();
    core.world.mapFile.error = undefined;
    await core.clock.advance(11_000);
    expect((await core.record()).persist).toBeNull();
    expect(core.world.mapFile.color).toBe('green');
    expect(await core.said()).toContain('up to date again');
  });

  it('is named in the thread, too, when it could not be written while a promote was undone', async () => {
    const { core, bot } = await ready();
    core.world.mapFile = { error: 'EACCES', color: undefined };
    await staged(core, bot);
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    await inState(core, 'staged', 30_000);
    expect(await core.record()).toMatchObject({ persist: { cause: 'EACCES' } });
    expect(await core.said()).toMatch(/event: The router's start configuration is not up to date \(EACCES\)/);
  });
});
