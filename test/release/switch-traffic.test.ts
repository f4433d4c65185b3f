import { describe, expect, it } from 'vitest';
import type { Heading } from '../../src/release/ports.ts';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 promoted to green, and settled. */
async function settled(instances = ['r1']): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ instances });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  return { core, bot };
}

/** From now on an instance answers and takes writes, but does not do what they say. */
function breakInstance(core: Core, instance: string, says: 'green' | 'unknown'): void {
  Object.defineProperty(core.world.router, instance, { get: () => says, set: () => {}, enumerable: true });
}

/** Somebody else points r1 back to blue right after each of so many writes. */
function pointBack(core: Core, times: number, then = () => {}): void {
  let [heading, left]: [Heading, number] = ['blue', times];
  Object.defineProperty(core.world.router, 'r1', {
    enumerable: true,
    get: () => heading,
    set(color: Heading) {
      if (left === 0) heading = color;
      else then();
      left = Math.max(0, left - 1);
    },
  });
}

describe('pointing the router', () => {
  it.each(['answer-lost', undefined] as const)(
    'asks once a second while the probe says otherwise (first write: %s), until a revert is stuck',
    async (fault) => {
      const { core, bot } = await settled();
      core.world.probe = { verdict: 'other', detail: 'answered 503' };
      if (fault) core.world.faults.push(fault);
      const before = core.world.asks.length;
      await bot.submit({ verb: 'revert' });
      await inState(core, 'stuck', 150_000);
      expect(core.world.asks.length - before).toBeLessThan(135);
      expect(await core.said()).toContain('but answered 503');
    },
  );

  it('records at once a revert to where the router points already, and says what the probe says', async () => {
    const { core, bot } = await settled();
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    core.world.router['r1'] = 'blue';
    const from = core.clock.mono();
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(core.clock.mono() - from).toBeLessThan(2_000);
    expect(await core.said()).toContain(
      'the router pointed there already. Its probe does not agree: answered 503.',
    );
  });

  it('keeps what the revert took, and what was probed after it, in place of what was after the promote', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.probe = { verdict: 'same', detail: '2 of 2 answered by green' };
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    const promoted = (await core.record()).releases[0];
    expect(promoted?.probe).toBe('2 of 2 answered by green');
    core.world.probe = { verdict: 'same', detail: '2 of 2 answered by blue' };
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    const { probe, switchMs, revertMs } = (await core.record()).releases[0] ?? {};
    expect({ probe, switchMs }).toEqual({ probe: '2 of 2 answered by blue', switchMs: promoted?.switchMs });
    expect(revertMs).toBeTypeOf('number');
  });

  it('records by retry a revert that only its probe held up', async () => {
    const { core, bot } = await settled();
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 150_000);
    await bot.submit({ verb: 'retry' });
    await inState(core, 'idle');
    expect((await core.record()).live).toBe('blue');
  });

  it('says of a forced revert that nobody probed it, where a probe is configured', async () => {
    const { core, bot } = await settled();
    core.world.probe = { verdict: 'other', detail: 'answered 503' };
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await inState(core, 'idle');
    expect(await core.said()).toMatch(/switched in [^.]+\. Not verified: forced\./);
  });

  it('says nothing of a probe where none is configured', async () => {
    const { core, bot } = await settled();
    await bot.submit({ verb: 'revert', force: 'it burns' });
    await inState(core, 'idle');
    expect(await core.said()).not.toMatch(/probe/i);
  });

  it('asks about once a second while something points the router back after each answer', async () => {
    const { core, bot } = await settled();
    core.world.faults.push('answer-lost');
    const before = core.world.asks.length;
    core.watch.asked = () => {
      core.world.router['r1'] = 'green';
    };
    await bot.submit({ verb: 'revert' });
    await inState(core, 'stuck', 150_000);
    core.watch.asked = () => {};
    expect(core.world.asks.length - before).toBeLessThan(260);
  });

  it('says why a router refused the write, also where that was some questions before the end', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.refusing.add('r1');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'staged', 60_000);
    expect(await core.said()).toContain('the router says blue; r1: no');
  });

  it.each([[1], [Infinity]])(
    'says that somebody else pointed it back after a write, and writes over that (%d times)',
    async (times) => {
      const { core, bot } = await ready();
      await staged(core, bot);
      core.world.atOnce = true;
      pointBack(core, times);
      await bot.submit({ verb: 'promote' });
      await inState(core, times === 1 ? 'baking' : 'staged', 60_000);
      expect(await core.said()).toContain('r1 took green, and then said blue; green was written again');
    },
  );

  it('ends a promote where the router names who pointed it back after a write, and does not write over that', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.by = '';
    pointBack(core, Infinity, () => {
      core.world.by = 'argocd-controller';
    });
    const from = core.clock.mono();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'staged', 60_000);
    expect(core.clock.mono() - from).toBeLessThan(9_000);
    // The way back writes blue, which it says.
    expect(core.world.writes.map(({ color, was }) => `${color} over ${was}`)).toEqual([
      'green over blue',
      'blue over blue',
    ]);
    expect(await core.said()).toContain('r1 took green, and then said blue: argocd-controller changed it');
  });

  it('says in the thread what a router remarks of a write by a promote', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.remark = 'kubectl changed it at the same moment';
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    expect(await core.said()).toContain('Warning: kubectl changed it at the same moment');
  });

  it('asks once before a write and once after it, when all goes well', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    const before = core.world.asks.length;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    // The first is the first step of a promote.
    const headings = core.world.asks.slice(before).flatMap((ask) => ask.headings);
    expect(headings).toEqual(['blue', 'blue', 'green']);
  });
});

describe('a revert', () => {
  it('names as the cause what somebody gave as the reason, and nothing without one', async () => {
    const { core, bot } = await settled();
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    const [release] = (await core.record()).releases;
    expect(release).toMatchObject({ status: 'reverted' });
    expect(release).not.toHaveProperty('cause');
    const given = await settled();
    await given.bot.submit({ verb: 'revert', reason: 'too slow' });
    await inState(given.core, 'idle');
    expect((await given.core.record()).releases[0]).toMatchObject({ cause: 'too slow' });
  });

  it.each(['unknown', 'green'] as const)(
    'is recorded although one of three instances answers and does not follow (it says %s), and goes on pointing it',
    async (says) => {
      const { core, bot } = await settled(['r1', 'r2', 'r3']);
      breakInstance(core, 'r3', says);
      await bot.submit({ verb: 'revert' });
      await inState(core, 'idle', 10_000);
      expect(await core.record()).toMatchObject({ live: 'blue', follow: { instances: ['r3'] }, drift: null });
      expect(await core.said()).toMatch(/Not switched yet: r3\./);
      await core.clock.advance(70_000);
      const tried = core.world.writes.filter((write) => write.instance === 'r3' && write.color === 'blue');
      expect(tried.length).toBeGreaterThan(4);
      Object.defineProperty(core.world.router, 'r3', { value: 'green', writable: true, enumerable: true });
      await core.clock.advance(35_000);
      expect(core.world.router['r3']).toBe('blue');
      expect((await core.record()).follow).toBeNull();
    },
  );

  it('is recorded although one of two instances refuses every write', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    core.world.refusing.add('r2');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle', 10_000);
    expect(await core.record()).toMatchObject({ live: 'blue', follow: { instances: ['r2'] } });
  });

  it('is stuck when no instance follows, after two minutes', async () => {
    const { core, bot } = await settled(['r1', 'r2']);
    for (const instance of ['r1', 'r2']) core.world.refusing.add(instance);
    await bot.submit({ verb: 'revert' });
    await core.clock.advance(110_000);
    expect((await core.record()).state).toBe('reverting');
    await inState(core, 'stuck', 20_000);
  });
});

describe('what gives up partly', () => {
  it('says how many instances were switched', async () => {
    const { core, bot } = await settled(['r1', 'r2', 'r3']);
    core.world.router = Object.assign(core.world.router, { r1: 'blue', r2: 'blue', r3: 'blue' });
    await core.clock.advance(61_000);
    core.world.refusing.add('r3');
    await bot.submit({ verb: 'retry' });
    await inState(core, 'stuck', 150_000);
    expect(await core.said()).toMatch(/stuck.*2 of 3 switched/);
  });
});
