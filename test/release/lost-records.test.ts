import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { inState, openCore, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

const lostLines = (core: Core): unknown[] =>
  core.logged.filter(({ level, text }) => level === 'error' && text.startsWith('Redis lost its data'));

describe('a storage that loses everything while bots run', () => {
  it('has its services adopted again as they run, and locked, which is said', async () => {
    const { core, bot } = await ready();
    core.replica();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.wipe();
    await inState(core, 'idle', 60_000);
    expect(await core.record()).toMatchObject({
      live: 'green',
      epoch: 1,
      colors: { green: { role: 'live', version: 'v2' }, blue: { role: 'unknown' } },
      lock: { holder: { kind: 'system', rule: 'record-missing' }, until: null },
    });
    expect((await core.notices()).map(({ kind, lost }) => [kind, lost])).toEqual([['adopted', true]]);
    expect(lostLines(core)).toHaveLength(1);
  });

  it('has drift found afterwards', async () => {
    const { core } = await ready();
    core.wipe();
    await core.clock.until(async () => (await core.loaded()).record !== null, 60_000);
    core.world.router['r1'] = 'green';
    await core.clock.until(async () => (await core.record()).drift !== null, 65_000);
    expect((await core.record()).drift?.saw).toBe('green');
  });

  it('does not count as new while its router is silent, and is announced once', async () => {
    const { core, bot } = await ready();
    core.world.silent.add('r1');
    core.wipe();
    await core.clock.advance(120_000);
    const answer = await bot.submit({ verb: 'revert' });
    expect(answer.ok ? '' : plain(refusalWords(answer.refusal))).toContain(
      'The record of checkout is missing, and its router could not be asked',
    );
    expect(lostLines(core)).toHaveLength(1);
    core.world.silent.clear();
    await inState(core, 'idle', 10_000);
    expect((await core.record()).lock).not.toBeNull();
  });

  it.each([true, false])(
    'during a switch leaves no driver at work: the record is what the router says (written: %s)',
    async (written) => {
      const { core, bot } = await ready();
      await staged(core, bot);
      core.world.faults.push(written ? 'answer-lost' : 'not-delivered');
      let switching = false;
      core.watch.saved = ({ after }) => (switching ||= after.op?.intentAt !== undefined);
      await bot.submit({ verb: 'promote' });
      await core.clock.until(() => switching);
      core.wipe();
      const calls = core.world.writes.length;
      await inState(core, 'idle', 60_000);
      const { live } = await core.record();
      await core.clock.advance(60_000);
      expect(core.world.router['r1']).toBe(live);
      expect((await core.record()).drift).toBeNull();
      expect(core.world.writes.length - calls).toBeLessThanOrEqual(1);
    },
  );

  it('gives the epoch that the router has, so that it takes the next switch', async () => {
    const core = openCore();
    core.world.epoch = 17;
    core.replica();
    await inState(core, 'idle');
    expect((await core.record()).epoch).toBe(17);
  });
});

describe('due times that the storage has lost', () => {
  it('are set again by the next sweep, which is found missing within seconds', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.loseDue('sweep', 'bake:checkout', 'service:checkout');
    await inState(core, 'idle', 60_000);
    core.loseDue('sweep');
    core.world.router['r1'] = 'blue';
    await core.clock.until(async () => (await core.record()).drift !== null, 10_000);
    expect((await core.record()).drift?.saw).toBe('blue');
  });
});
