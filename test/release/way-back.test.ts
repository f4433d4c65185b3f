import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import { bob, cleo, inState, openCore, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 live on green and settled, v1 the way back on blue. */
async function settled(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  return { core, bot };
}

async function drifted(core: Core, to: 'blue' | 'green'): Promise<void> {
  core.world.router['r1'] = to;
  await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
}

describe('the way back', () => {
  it('is gone once another version is staged over it: revert is refused and drops nothing', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v3');
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({
      ok: false,
      refusal: { code: 'nothing-to-revert-to' },
    });
    expect(await core.record()).toMatchObject({ state: 'staged', colors: { blue: { role: 'staged' } } });
  });

  it('is mentioned only where there is one, and otherwise the text says what is there instead', async () => {
    const { core, bot } = await ready();
    const next = async (): Promise<string> => {
      const answer = await bot.submit({ verb: 'promote' });
      return answer.ok ? '' : plain(answer.refusal.next);
    };
    const why = async (): Promise<string> => {
      const answer = await bot.submit({ verb: 'revert' });
      return answer.ok ? '' : plain(answer.refusal.why);
    };
    expect(await why()).toBe('checkout has no way back: nobody knows what runs on green.');
    core.world.colors.green.version = 'v2';
    await bot.submit({ verb: 'stage', version: 'v2' });
    expect(await next()).toBe('Wait for it to end.');
    await bot.submit({ verb: 'cancel' });
    await inState(core, 'idle', 30_000);
    await bot.submit({ verb: 'stage', version: 'v9' });
    await inState(core, 'idle', 30_000);
    expect(await why()).toBe('checkout has no way back: green runs a release that failed.');
    await staged(core, bot);
    expect(await why()).toBe('checkout has no way back: green has v2 staged, which was never live.');
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    await bot.submit({ verb: 'stage', version: 'v3' });
    expect(await next()).toBe('Wait for it to end; revert is possible at any time.');
  });

  it('stays while the version staged is the previous one, and a revert goes there', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v1');
    expect((await core.record()).colors.blue).toMatchObject({ role: 'staged', wasPrevious: true });
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect(await core.record()).toMatchObject({ state: 'idle', live: 'blue', epoch: 3 });
  });

  it('is there again when a staged version equal to the previous one is cancelled', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v1');
    expect(await bot.submit({ verb: 'cancel' })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({ state: 'idle', colors: { blue: { role: 'previous' } } });
  });

  it('stays after a failed stage while the color still reports its version, else it is lost', async () => {
    const { core, bot } = await settled();
    await bot.submit({ verb: 'stage', version: 'v3' });
    await inState(core, 'idle', 30_000);
    expect((await core.record()).colors.blue).toMatchObject({ role: 'previous', version: 'v1' });
    await bot.submit({ verb: 'stage', version: 'v3' });
    core.world.colors.blue.version = 'v2.9';
    await inState(core, 'idle', 30_000);
    expect((await core.record()).colors.blue).toMatchObject({ role: 'failed' });
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({
      refusal: { code: 'nothing-to-revert-to' },
    });
  });

  it('takes a revert during a stage: the stage is dropped first', async () => {
    const { core, bot } = await settled();
    await bot.submit({ verb: 'stage', version: 'v3' });
    expect(await bot.submit({ verb: 'revert', actor: bob })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect(await core.record()).toMatchObject({
      live: 'blue',
      releases: [{ version: 'v3', status: 'dropped' }, {}],
    });
  });

  it('that was lost to a deploy while somebody asked for it is announced to that person too', async () => {
    let latency = 0;
    const settings = { health: [{ kind: 'http' }], deploy: { kind: 'webhook' } };
    const core = openCore({ settings, latencyMs: () => latency });
    core.world.deploy = { state: 'succeeded', started: [] };
    const bot = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    core.world.deploy.state = 'running';
    const other = core.replica();
    await core.clock.advance(1_000);
    latency = 5;
    let answer: Answer | undefined;
    core.watch.saved = () => {
      core.watch.saved = () => {};
      void other.submit({ verb: 'revert', actor: bob }).then((said) => {
        answer = said;
      });
      // It has seen the record, and the deploy begins before its pending revert is stored.
      void core.clock.sleep(7).then(() => other.pause());
    };
    void bot.submit({ verb: 'stage', version: 'v3' });
    await core.clock.until(async () => (await core.record()).colors.blue.role === 'unknown');
    other.resume();
    await core.clock.until(() => answer !== undefined);
    expect(answer).toMatchObject({ ok: true });
    await core.clock.advance(2_000);
    const told = (await core.notices()).filter((each) => each.kind === 'private');
    expect(told).toMatchObject([{ to: 'UBOB' }]);
    expect(plain(told[0]?.text ?? [])).toMatch(/^nothing-to-revert-to: checkout is not reverted: /);
    expect((await core.record()).state).toBe('staging');
  });

  it('is refused at once while the router is put back and there is none', async () => {
    const { core, bot } = await ready();
    await drifted(core, 'green');
    core.world.faults.push('not-delivered', 'not-delivered');
    await bot.submit({ verb: 'retry' });
    expect((await core.record()).state).toBe('reverting');
    expect(await bot.submit({ verb: 'revert', actor: bob })).toMatchObject({
      ok: false,
      refusal: { code: 'nothing-to-revert-to' },
    });
  });

  it('drops a staged release when the router is being put back meanwhile', async () => {
    const { core, bot } = await settled();
    await staged(core, bot, 'v1');
    await drifted(core, 'blue');
    core.world.faults.push('not-delivered', 'not-delivered', 'not-delivered');
    await bot.submit({ verb: 'retry' });
    await core.clock.until(() => core.world.writes.length > 1);
    expect(await bot.submit({ verb: 'revert', actor: bob })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    const record = await core.record();
    expect(record).toMatchObject({ state: 'idle', live: 'blue', request: null });
    expect(record.releases[0]).toMatchObject({ version: 'v1', status: 'dropped' });
  });

  it('stays known when a stuck revert is asked for again and refused', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.faults = Array.from({ length: 200 }, () => 'refused' as const);
    await bot.submit({ verb: 'promote' });
    await core.clock.until(() => core.world.writes.length > 1);
    core.world.router['r1'] = 'green';
    await bot.submit({ verb: 'revert', actor: cleo, force: 'now' });
    core.world.faults = Array.from({ length: 1_000 }, () => 'refused' as const);
    await inState(core, 'stuck', 200_000);
    core.world.colors.blue.up = false;
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await core.said()).includes('unhealthy'));
    expect(await core.record()).toMatchObject({ state: 'stuck', op: { kind: 'revert', target: 'blue' } });
    core.world.faults = [];
    core.world.colors.blue.up = true;
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect(await core.record()).toMatchObject({ live: 'blue', epoch: 1 });
    expect(core.world.router['r1']).toBe('blue');
  });
});
