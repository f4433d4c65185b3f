/** A storage that goes on with another server, which lacks the newest of what it had. */
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { ann, bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 promoted to green, and baking. */
async function promoted(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready({ settings: { promotion: { bake: '10m' } } });
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return { core, bot };
}

async function toldAlone(core: Core, user: string): Promise<string> {
  const told = (await core.notices()).filter((notice) => notice.to === user && notice.kind === 'private');
  return told.map((notice) => plain(notice.text)).join('\n');
}

describe('a revert that a failover lost', () => {
  it('is still carried out, and the bot says so', async () => {
    const { core, bot } = await promoted();
    await core.clock.advance(20_000);
    const kept = core.kept();
    expect(await bot.submit({ verb: 'revert', actor: bob, marks: ['trigger:1'] })).toMatchObject({
      ok: true,
    });
    core.failOver(kept);
    await inState(core, 'idle', 5_000);
    expect((await core.record()).live).toBe('blue');
    expect(core.world.router['r1']).toBe('blue');
    expect(await core.said()).toContain(
      'A Redis failover lost the revert that @UBOB asked for. It runs now.',
    );
    expect((await core.history()).map(({ what }) => what)).toContain('lost');
    expect(core.logged.map(({ text }) => text)).toContain('A Redis failover lost an accepted command');
    const again = await bot.submit({ verb: 'revert', actor: bob, marks: ['trigger:1'] });
    expect(again).toMatchObject({ ok: true, repeated: true });
  });

  it('is recorded when it was carried out before, and the router is not put back to what was left', async () => {
    const { core, bot } = await promoted();
    const kept = core.kept();
    await bot.submit({ verb: 'revert', actor: bob });
    await inState(core, 'idle');
    const writes = core.world.writes.length;
    core.failOver(kept);
    await core.clock.advance(40_000);
    expect(await core.record()).toMatchObject({ live: 'blue', state: 'idle', drift: null });
    expect(core.world.writes.slice(writes).map(({ color }) => color)).not.toContain('green');
    expect(core.world.router['r1']).toBe('blue');
  });

  it('is asked for once more when the failover lost the promote, too', async () => {
    const { core, bot } = await ready({ settings: { promotion: { bake: '10m' } } });
    await staged(core, bot);
    const kept = core.kept();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await bot.submit({ verb: 'revert' });
    core.failOver(kept);
    await core.clock.advance(40_000);
    expect(core.world.router['r1']).toBe('blue');
    expect(await core.record()).toMatchObject({ live: 'blue', drift: null });
    expect(await toldAlone(core, 'UANN')).toContain('A Redis failover lost your promote of checkout');
  });

  it('is announced as lost when something newer was begun meanwhile', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    const kept = core.kept();
    const before = await core.record();
    await bot.submit({ verb: 'revert', actor: bob });
    bot.pause();
    core.failOver(kept);
    const other = core.replica();
    core.world.colors.blue.version = 'v3';
    await core.clock.advance(100);
    const stage = await other.submit({ verb: 'stage', version: 'v3', actor: ann });
    expect(stage.ok ? '' : plain(stage.refusal.why)).toBe('');
    await core.clock.advance(3_000);
    bot.resume();
    await core.clock.advance(5_000);
    expect((await core.record()).live).toBe(before.live);
    expect(await toldAlone(core, 'UBOB')).toContain('Something was staged after it.');
  });
});

describe('another command that a failover lost', () => {
  it('is announced to its sender and in the channel, and a repeat gets the same answer', async () => {
    const { core, bot } = await ready();
    const kept = core.kept();
    const lock = { verb: 'lock', reason: 'look', actor: bob, marks: ['trigger:1'] } as const;
    expect(await bot.submit(lock)).toMatchObject({ ok: true });
    core.failOver(kept);
    await core.clock.advance(2_000);
    const words = 'A Redis failover lost your lock of checkout after it was accepted.';
    expect(await toldAlone(core, 'UBOB')).toContain(words);
    expect(await core.said()).toContain(`broadcast: ${words}`);
    expect((await core.record()).lock).toBeNull();
    expect(await core.replica().submit(lock)).toMatchObject({ ok: false, repeated: true });
  });

  it('is announced again when the next failover lost the notice, and not while the notice is there', async () => {
    const { core, bot } = await ready();
    const kept = core.kept();
    const lock = { verb: 'lock', reason: 'look', actor: bob, marks: ['trigger:1'] } as const;
    expect(await bot.submit(lock)).toMatchObject({ ok: true });
    const words = 'A Redis failover lost your lock of checkout after it was accepted.';
    const times = async (): Promise<number> => (await core.said()).split(`broadcast: ${words}`).length - 1;
    // The second comes more than 15 s after the lock, and less after it was told.
    for (const laterMs of [10_000, 10_000, 3_000]) {
      await core.clock.advance(laterMs);
      core.failOver(kept);
      await core.clock.advance(2_000);
      expect(await times()).toBe(1);
      expect(await toldAlone(core, 'UBOB')).toContain(words);
    }
    core.failOver(core.kept());
    await core.clock.advance(2_000);
    expect(await times()).toBe(1);
    expect((await core.history()).filter(({ what }) => what === 'lost')).toHaveLength(1);
    expect(await core.replica().submit(lock)).toMatchObject({ ok: false, repeated: true });
    await core.clock.advance(20_000);
    core.failOver(kept);
    await core.clock.advance(2_000);
    expect(await times()).toBe(0);
  });

  it('does not announce what is still there, nor what is older than a failover can lose', async () => {
    const { core, bot } = await ready();
    const kept = core.kept();
    await bot.submit({ verb: 'lock', reason: 'look', actor: bob });
    await core.clock.advance(16_000);
    await bot.submit({ verb: 'unlock', actor: bob });
    core.failOver(core.kept());
    await core.clock.advance(2_000);
    core.failOver(kept);
    await core.clock.advance(2_000);
    expect(await core.said()).not.toContain('your lock of');
    expect(await core.said()).toContain('your unlock of');
  });

  it('is announced when it was stored on the server before, and the answer came after the change', async () => {
    const { core, bot } = await ready();
    const kept = core.kept();
    core.watch.saved = ({ change }) => {
      if (change.record.lock === null) return;
      core.watch.saved = () => {};
      core.failOver(kept);
    };
    expect(await bot.submit({ verb: 'lock', reason: 'look', actor: bob })).toMatchObject({ ok: true });
    await core.clock.advance(2_000);
    expect(await toldAlone(core, 'UBOB')).toContain('lost your lock');
  });
});

describe('a router that moved before a failover', () => {
  it('is not put back, since a revert may have been lost that nobody remembers; what is said blames the failover', async () => {
    const { core, bot } = await promoted();
    const kept = core.kept();
    const other = core.replica();
    await core.clock.advance(500);
    await other.submit({ verb: 'revert', actor: bob });
    await core.clock.until(() => core.world.router['r1'] === 'blue');
    other.kill();
    core.failOver(kept);
    await core.clock.advance(9_000);
    expect(await core.record()).toMatchObject({ live: 'green', drift: null });
    await core.clock.advance(60_000);
    expect(core.world.router['r1']).toBe('blue');
    expect(await core.record()).toMatchObject({ live: 'green', drift: { saw: 'blue' } });
    expect(await core.said()).toContain('Redis failed over');
    const drift = (await core.notices()).find(({ asks }) => asks === 'drift');
    expect(drift?.failover).toBe(true);
    expect(bot.name).toBe('replica-1');
  });

  it('is put back again once the failover is older than the switch', async () => {
    const { core, bot } = await ready({ settings: { promotion: { bake: '10m' } } });
    await staged(core, bot);
    core.failOver(core.kept());
    await core.clock.advance(11_000);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.clock.advance(3_000);
    core.world.router['r1'] = 'blue';
    await core.clock.advance(3_500);
    expect(core.world.router['r1']).toBe('green');
  });
});
