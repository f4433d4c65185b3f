import { describe, expect, it } from 'vitest';
import { cleo, inState, openCore, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

/** v2 live on green, settled; v3 staged on blue. */
async function stagedAgain(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  await staged(core, bot, 'v3');
  return { core, bot };
}

async function strayed(core: Core): Promise<void> {
  core.world.router['r1'] = 'blue';
  await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
}

describe('adopting what somebody else did to the router', () => {
  it.each(['staged', 'cancelled'])('leaves no older release live next to it (%s)', async (how) => {
    const { core, bot } = await stagedAgain();
    if (how === 'cancelled') await bot.submit({ verb: 'cancel' });
    await strayed(core);
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    const record = await core.record();
    expect(record).toMatchObject({ state: 'idle', live: 'blue', epoch: 3 });
    expect(record.releases[1]).toMatchObject({ number: 1, status: 'replaced' });
  });
});

describe('adopting while the newest release did not come that far', () => {
  /** v2 live on green, v1 the way back on blue; the newest stage failed before it touched anything. */
  async function failedStage(): Promise<{ core: Core; bot: Replica }> {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'stage', version: 'v3' });
    await inState(core, 'staging');
    await bot.submit({ verb: 'cancel' });
    await inState(core, 'idle', 30_000);
    core.world.colors.blue.up = true;
    return { core, bot };
  }

  it('does not call it live, nor the one that was live replaced by it', async () => {
    const { core, bot } = await failedStage();
    await strayed(core);
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    const record = await core.record();
    expect(record).toMatchObject({ live: 'blue', epoch: 3 });
    expect(record.releases.map(({ version, status }) => `${version} ${status}`)).toEqual([
      'v3 dropped',
      'v2 replaced',
    ]);
  });

  it('calls that release live that brought what runs there', async () => {
    const { core, bot } = await stagedAgain();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await inState(core, 'idle', 30_000);
    core.world.router['r1'] = 'green';
    await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
    await bot.submit({ verb: 'adopt', actor: cleo });
    expect((await core.record()).releases.map(({ version, status }) => `${version} ${status}`)).toEqual([
      'v3 replaced',
      'v2 live',
    ]);
  });
});

describe('a hand on the router that nobody has looked at yet', () => {
  it.each(['by the look of every minute', 'by a stage'])(
    'is announced to the people who can fix it: found %s',
    async (how) => {
      const { core, bot } = await ready();
      core.world.router['r1'] = 'green';
      if (how === 'by a stage') await bot.submit({ verb: 'stage', version: 'v2' });
      await core.clock.until(async () => (await core.record()).drift !== null, 130_000);
      const notice = (await core.notices()).find((each) => each.buttons === 'drift');
      expect(notice).toMatchObject({ kind: 'broadcast', calls: 'operator' });
    },
  );

  it('is adopted, since adopt has just asked the router', async () => {
    const { core, bot } = await ready();
    core.world.router['r1'] = 'green';
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({ live: 'green', epoch: 2 });
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({
      refusal: { code: 'nothing-to-do' },
    });
  });

  it('is put back by retry', async () => {
    const { core, bot } = await ready();
    core.world.router['r1'] = 'green';
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ ok: true });
    await core.clock.until(() => core.world.router['r1'] === 'blue');
    await inState(core, 'idle');
    expect(await bot.submit({ verb: 'retry' })).toMatchObject({ refusal: { code: 'nothing-to-do' } });
  });

  it.each(['adopt', 'retry'] as const)('is not denied by %s while no router answers', async (verb) => {
    const { core, bot } = await ready();
    core.world.silent.add('r1');
    expect(await bot.submit({ verb, actor: cleo })).toMatchObject({
      refusal: { code: 'router-unreachable' },
    });
  });

  it('is not adopted while the instances do not agree', async () => {
    const { core, bot } = await ready({ instances: ['r1', 'r2'] });
    core.world.router['r2'] = 'green';
    expect(await bot.submit({ verb: 'adopt', actor: cleo })).toMatchObject({
      refusal: { code: 'router-mixed' },
    });
    expect((await core.record()).epoch).toBe(1);
  });
});

describe('the map file of a router', () => {
  const inStep = async (core: Core): Promise<boolean> => (await core.record()).persist === null;

  it('follows what is adopted, which needs no words', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.mapFile = { error: undefined, color: 'blue' };
    core.world.router['r1'] = 'green';
    await bot.submit({ verb: 'adopt', actor: cleo });
    expect((await core.record()).persist).not.toBeNull();
    let drawn = 0;
    core.watch.saved = ({ change }) => (drawn += change.draw.length);
    await core.clock.until(() => inStep(core), 5_000);
    expect(drawn).toBe(1);
    expect(core.world.mapFile.color).toBe('green');
    expect(await core.said()).not.toContain('map file');
  });

  it('that cannot follow is announced, and so is its return', async () => {
    const { core, bot } = await ready();
    core.world.mapFile = { error: 'no space', color: 'blue' };
    core.world.router['r1'] = 'green';
    await bot.submit({ verb: 'adopt', actor: cleo });
    const words =
      "The router's start configuration is not up to date (no space): a reload would go back to blue";
    await core.clock.until(async () => (await core.said()).includes(words), 5_000);
    await core.clock.advance(25_000);
    expect((await core.said()).split(words)).toHaveLength(2);
    core.world.mapFile = { error: undefined, color: 'blue' };
    await core.clock.until(() => inStep(core), 15_000);
    expect(core.world.mapFile.color).toBe('green');
    expect(await core.said()).toContain("The router's start configuration is up to date again");
  });

  it('is brought in step with what runs when a service is seen for the first time', async () => {
    const core = openCore();
    core.world.mapFile = { error: undefined, color: 'green' };
    core.replica();
    await inState(core, 'idle');
    await core.clock.until(() => inStep(core), 5_000);
    expect(core.world.mapFile.color).toBe('blue');
    expect((await core.notices()).map((each) => each.kind)).toEqual(['adopted']);
  });

  it('is no matter where the router has none', async () => {
    const { core, bot } = await ready();
    core.world.router['r1'] = 'green';
    await bot.submit({ verb: 'adopt', actor: cleo });
    expect((await core.record()).persist).toBeNull();
  });
});
