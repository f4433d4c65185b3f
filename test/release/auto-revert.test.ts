import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import type { ServiceRecord } from '../../src/release/release.ts';
import { bob, cleo, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

type Cause = 'compare' | 'limit' | 'critical';

/** A release that bakes for an hour, and may be reverted by itself after a minute; both colors are asked. */
async function baking(
  on: Cause[],
  { replicas = 1, pairs = true, bake = '1h', failures = 3, attribute = '30m', noWayBack = '' } = {},
): Promise<{ core: Core; bot: Replica; bots: Replica[] }> {
  const core = openCore({
    settings: {
      promotion: { bake, failures, autoRevert: { on, sources: ['prom'], after: '60s' } },
      alerts: { attribute },
    },
  });
  if (pairs) core.world.pairs = { everyMs: 500, blockMs: 10_000, asked: [] };
  if (on.includes('limit')) core.world.limit = { state: 'under', words: '0.01 is not above 0.05' };
  const bots = Array.from({ length: replicas }, () => core.replica());
  await inState(core, 'idle');
  const [bot] = bots;
  if (!bot) throw new Error('no replica');
  await staged(core, bot, 'v2', noWayBack === '' ? undefined : noWayBack);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await core.clock.advance(10_000);
  return { core, bot, bots };
}

const own = async (core: Core): Promise<ServiceRecord['autoRevert']> => (await core.record()).autoRevert;
const counts = (core: Core, withinMs = 20_000): Promise<void> =>
  core.clock.until(async () => (await own(core))?.countdown != null, withinMs);
const stops = (core: Core, withinMs: number): Promise<void> =>
  core.clock.until(async () => (await own(core))?.countdown === null, withinMs);
const reverts = (core: Core, withinMs: number): Promise<void> =>
  core.clock.until(async () => (await core.record()).live === 'blue', withinMs);
const over = (core: Core): void => void (core.world.limit = { state: 'over', words: '0.09 is above 0.05' });
const under = (core: Core): void =>
  void (core.world.limit = { state: 'under', words: '0.01 is not above 0.05' });
const rung = async (core: Core): Promise<string[]> =>
  (await core.notices())
    .filter(({ kind, buttons }) => kind === 'broadcast' && buttons === 'countdown')
    .map(({ text }) => plain(text));
const switches = async (core: Core): Promise<string[]> =>
  (await core.history()).filter(({ what }) => what === 'reverted').map(({ actor }) => JSON.stringify(actor));
const system = JSON.stringify({ kind: 'system', rule: 'auto-revert' });

describe('a countdown to an automatic revert', () => {
  it('begins when asking both colors says that it helps, and reverts only once that lasts', async () => {
    const { core } = await baking(['compare']);
    core.world.colors.green.up = false;
    await counts(core);
    const { startedAt, endsAt } = (await own(core))?.countdown ?? { startedAt: 0, endsAt: 0 };
    expect(endsAt - startedAt).toBe(60_000);
    await core.clock.advance(endsAt - core.clock.now() + 5_000);
    expect(await core.record()).toMatchObject({ live: 'green', evidence: { now: 'helps' } });
    expect((await own(core))?.countdown?.waitsFor).toBeDefined();
    await reverts(core, 60_000);
    expect(await switches(core)).toEqual([system]);
    expect(await core.record()).toMatchObject({ state: 'idle', lock: { holder: { kind: 'system' } } });
    expect(await rung(core)).toHaveLength(1);
    expect(await core.said()).toContain('Green fails where blue answers');
  });

  it('never begins where there is no way back, and says so once', async () => {
    const { core, bot } = await baking(['limit'], { noWayBack: 'it drops a column' });
    over(core);
    const said = async (): Promise<string[]> =>
      (await core.notices())
        .map(({ text }) => plain(text))
        .filter((text) => text.includes('does not revert it by itself: no way back: it drops a column.'));
    await core.clock.until(async () => (await said()).length > 0, 20_000);
    expect((await bot.submit({ verb: 'settle', force: 'known', actor: cleo })).ok).toBe(true);
    await core.clock.advance(200_000);
    expect(await core.record()).toMatchObject({ live: 'green', state: 'idle' });
    expect(await rung(core)).toEqual([]);
    expect(await said()).toHaveLength(1);
  });

  it('is drawn again only when its message changes, whatever else is saved', async () => {
    const { core, bot } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    const drawn = async (): Promise<string[]> =>
      (await core.draws()).filter(({ service }) => service === '@notices').map(({ mark }) => mark);
    const before = await drawn();
    expect((await bot.submit({ verb: 'lock', reason: 'a migration' })).ok).toBe(true);
    await core.clock.advance(20_000);
    expect(await drawn()).toEqual(before);
    expect((await bot.submit({ verb: 'hold', reason: 'load test' })).ok).toBe(true);
    const held = await drawn();
    expect(held).not.toEqual(before);
    expect((await bot.submit({ verb: 'hold', reason: 'I look at it' })).ok).toBe(true);
    expect(await drawn()).not.toEqual(held);
  });

  it('is counted: that it began, was held, was called off, reverted', async () => {
    const { core, bot } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    await bot.submit({ verb: 'hold' });
    under(core);
    await core.clock.advance(10_000);
    await bot.submit({ verb: 'resume' });
    await stops(core, 20_000);
    over(core);
    await reverts(core, 200_000);
    expect(core.counted).toEqual(['started', 'held', 'called-off', 'started', 'reverted']);
  });

  it('is called off when the difference is gone for 30 s', async () => {
    const { core } = await baking(['compare']);
    core.world.colors.green.up = false;
    await counts(core);
    core.world.colors.green.up = true;
    await stops(core, 130_000);
    await core.clock.advance(300_000);
    expect((await core.record()).live).toBe('green');
    expect(await core.said()).toContain(
      'Called off: checkout does not go back now. The colors do not differ any more. No traffic moved.',
    );
  });

  it('never begins while both fail alike', async () => {
    const { core } = await baking(['compare', 'limit', 'critical']);
    core.world.colors.green.up = false;
    core.world.colors.blue.up = false;
    await core.clock.advance(15_000);
    over(core);
    await core.fires();
    await core.clock.advance(600_000);
    expect(await core.record()).toMatchObject({ live: 'green', evidence: { now: 'does-not-help' } });
    expect(await rung(core)).toEqual([]);
  });

  it('begins at a limit, also where the colors cannot be compared, and reverts at its end', async () => {
    const { core } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    await core.clock.advance(58_000);
    expect((await core.record()).live).toBe('green');
    await reverts(core, 8_000);
    expect(await switches(core)).toEqual([system]);
    const { revertedBy, cause } = (await core.record()).releases[0] ?? {};
    expect({ revertedBy, cause }).toEqual({
      revertedBy: { kind: 'system', rule: 'auto-revert' },
      cause: 'The limit is passed: 0.09 is above 0.05.',
    });
  });

  it('of a limit stops at once when the verdict turns against a revert', async () => {
    // Before the way back counts as dead.
    const { core } = await baking(['limit'], { failures: 10 });
    over(core);
    await counts(core);
    core.world.colors.green.up = false;
    core.world.colors.blue.up = false;
    await stops(core, 12_000);
    await core.clock.advance(300_000);
    expect((await core.record()).live).toBe('green');
    expect(await core.said()).toContain(
      'Both colors fail alike: a revert would not help. Look at what they share.',
    );
  });

  it('begins with a critical alert of a named source that began after the switch, and stops when it is resolved', async () => {
    const { core } = await baking(['critical']);
    await core.fires({ since: core.clock.now() - 3_600_000 });
    await core.clock.advance(10_000);
    expect((await own(core))?.countdown ?? null).toBeNull();
    await core.fires({ fingerprint: 'f2', title: 'Errors' });
    await counts(core);
    await core.clock.advance(50_000);
    await core.fires({ fingerprint: 'f2', title: 'Errors', status: 'resolved', endedAt: core.clock.now() });
    await stops(core, 3_000);
    await core.clock.advance(120_000);
    expect((await core.record()).live).toBe('green');
    expect(await core.said()).toContain('The critical alert is resolved, silenced or less severe.');
  });

  it('does nothing for an alert of a source that is not named', async () => {
    const core = openCore({
      settings: { promotion: { bake: '1h', autoRevert: { on: ['critical'], sources: ['other'] } } },
    });
    const bot = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.fires();
    await core.clock.advance(200_000);
    expect((await core.record()).live).toBe('green');
    expect(await rung(core)).toEqual([]);
  });

  it('is held for ten minutes, at most three times, and begins again while its cause is there', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    for (let time = 1; time <= 3; time += 1) {
      await counts(core);
      expect(await bot.submit({ verb: 'hold', reason: 'load test' })).toMatchObject({ ok: true });
      await core.clock.advance(598_000);
      expect((await own(core))?.countdown?.hold).toBeDefined();
      expect((await core.record()).live).toBe('green');
      await core.clock.until(async () => (await own(core))?.countdown?.hold === undefined, 10_000);
    }
    expect(await rung(core)).toHaveLength(4);
    expect(await bot.submit({ verb: 'hold' })).toMatchObject({ refusal: { code: 'hold-limit' } });
    await reverts(core, 70_000);
  });

  it('goes on when a hold is ended early, and ends with it when its cause is gone', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    await bot.submit({ verb: 'hold' });
    await core.clock.advance(30_000);
    expect(await bot.submit({ verb: 'resume' })).toMatchObject({ ok: true });
    await core.clock.until(async () => (await own(core))?.countdown?.hold === undefined, 5_000);
    expect((await own(core))?.countdown).not.toBeNull();
    await bot.submit({ verb: 'hold' });
    under(core);
    await core.clock.advance(10_000);
    await bot.submit({ verb: 'resume' });
    await stops(core, 5_000);
    expect((await core.record()).live).toBe('green');
  });

  it('is held once more where a hold has just ended, and no process has looked since', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    for (let time = 1; time <= 3; time += 1) {
      await bot.submit({ verb: 'hold' });
      await bot.submit({ verb: 'resume' });
    }
    expect(await own(core)).toMatchObject({ holds: 3 });
    expect(await bot.submit({ verb: 'hold' })).toMatchObject({ refusal: { code: 'hold-limit' } });
  });

  it('is only for people who may revert', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    core.roles['UEVE'] = ['approver'];
    const eve = { ...bob, user: 'UEVE' };
    expect(await bot.submit({ verb: 'hold', actor: eve })).toMatchObject({
      refusal: { code: 'not-allowed' },
    });
    expect(await bot.submit({ verb: 'resume', actor: cleo })).toMatchObject({
      refusal: { code: 'nothing-to-do' },
    });
  });

  it('ends when a person reverts, and when a person settles', async () => {
    const first = await baking(['limit']);
    over(first.core);
    await counts(first.core);
    await first.bot.submit({ verb: 'revert', reason: 'now' });
    await reverts(first.core, 10_000);
    await first.core.clock.advance(120_000);
    expect(await switches(first.core)).toHaveLength(1);
    expect(await switches(first.core)).not.toEqual([system]);

    const second = await baking(['limit']);
    over(second.core);
    await counts(second.core);
    expect(await second.bot.submit({ verb: 'settle', actor: bob })).toMatchObject({ ok: true });
    await second.core.clock.advance(300_000);
    expect(await second.core.record()).toMatchObject({ live: 'green', state: 'idle' });
    expect(await second.core.said()).toContain('settled the release.');
  });

  it('ends when the next release is staged on the way back', async () => {
    const { core, bot } = await baking(['limit'], { bake: '20s' });
    await core.clock.until(async () => (await core.record()).state === 'idle', 60_000);
    over(core);
    await counts(core);
    await staged(core, bot, 'v3');
    expect(await core.said()).toContain('@UANN stages v3 on blue. No traffic moved.');
    await core.clock.advance(300_000);
    expect((await core.record()).live).toBe('green');
  });

  it('keeps a bake from settling by itself', async () => {
    const { core, bot } = await baking(['limit'], { bake: '30s' });
    over(core);
    await counts(core);
    await bot.submit({ verb: 'hold' });
    await core.clock.advance(120_000);
    expect((await core.record()).state).toBe('baking');
  });

  it('goes on after the bake, for as long as alerts may follow the release', async () => {
    const { core } = await baking(['critical'], { bake: '20s' });
    await core.clock.until(async () => (await core.record()).state === 'idle', 60_000);
    await core.fires();
    await counts(core);
    await reverts(core, 70_000);
    expect(await switches(core)).toEqual([system]);
  });

  it.each(['limit', 'critical'] as const)('of %s that began in that time is carried on', async (cause) => {
    const { core, bot } = await baking([cause], { bake: '20s', attribute: '60s' });
    await core.clock.until(async () => (await core.record()).state === 'idle', 60_000);
    const since = core.clock.now();
    await core.fires({ since });
    over(core);
    await counts(core);
    await bot.submit({ verb: 'hold' });
    await core.clock.advance(590_000);
    await core.fires({ since, summary: 'still so' });
    await reverts(core, 90_000);
    expect(await switches(core)).toEqual([system]);
  });

  it('says loudly, once, that the way back is dead, and does nothing', async () => {
    const { core } = await baking(['limit'], { pairs: false });
    core.world.colors.blue.up = false;
    await core.clock.until(async () => (await core.record()).bake?.wayBack === 'dead', 20_000);
    over(core);
    await core.clock.advance(300_000);
    expect(await core.record()).toMatchObject({ live: 'green', state: 'baking' });
    const loud = (await core.notices()).filter(
      ({ kind, text }) => kind === 'broadcast' && plain(text).includes('cannot revert it by itself'),
    );
    expect(loud).toHaveLength(1);
    core.world.colors.blue.up = true;
    await counts(core, 30_000);
    await reverts(core, 70_000);
  });

  it('never begins where neither color has ever answered the compared request', async () => {
    const core = openCore({
      settings: { promotion: { bake: '1h', autoRevert: { on: ['limit'], after: '20s' } } },
    });
    core.world.pairs = { everyMs: 500, blockMs: 10_000, asked: [], wrong: true };
    core.world.limit = { state: 'over', words: '0.09 is above 0.05' };
    const bot = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.clock.advance(10_000);
    // Before it is known, it may have begun.
    await core.clock.advance(200_000);
    expect(await core.record()).toMatchObject({ live: 'green', autoRevert: { countdown: null } });
    expect(await core.said()).toContain('Neither color has answered the compared request well');
  });

  it('says that it is not known whether a revert helps, where the colors are not compared', async () => {
    const { core } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    expect((await rung(core))[0]).toContain('It is not known whether a revert would help.');
  });

  it('that is short begins once while another cause is not known, and reverts', async () => {
    const core = openCore({
      settings: {
        promotion: {
          bake: '1h',
          autoRevert: { on: ['compare', 'critical'], sources: ['prom'], after: '5s' },
        },
      },
    });
    const bot = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.fires();
    await reverts(core, 20_000);
    expect(await rung(core)).toHaveLength(1);
  });

  it('names no alert by its title', async () => {
    const { core } = await baking(['critical']);
    await core.fires({ title: 'Secret *title*' });
    await counts(core);
    expect((await rung(core))[0]).toContain('A critical alert of prom fires.');
    expect(JSON.stringify((await own(core))?.countdown)).not.toContain('Secret');
  });

  it('can be held on a service that left the configuration', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    core.services.length = 0;
    expect(await bot.submit({ verb: 'hold' })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'resume' })).toMatchObject({ ok: true });
  });

  it('begins again after a person’s revert was refused, as its cause is still there', async () => {
    const { core, bot } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).state === 'reverting', 5_000);
    await inState(core, 'baking', 60_000);
    core.world.colors.blue.up = true;
    await counts(core, 60_000);
    await reverts(core, 70_000);
    expect(await switches(core)).toEqual([system]);
  });

  it('never begins once a person has settled the release', async () => {
    const { core, bot } = await baking(['critical']);
    await bot.submit({ verb: 'settle', actor: bob });
    await inState(core, 'idle');
    await core.fires();
    await core.clock.advance(200_000);
    expect((await core.record()).live).toBe('green');
    expect(await rung(core)).toEqual([]);
  });

  it('is called off when its settings are gone, and the bake settles', async () => {
    const core = openCore({
      settings: {
        health: [{ kind: 'http', versionPath: 'version', headers: { key: '${KEY}' } }],
        promotion: { bake: '60s', autoRevert: { on: ['limit'], after: '10m' } },
      },
    });
    core.world.limit = { state: 'over', words: '0.09 is above 0.05' };
    const bot = core.replica();
    await inState(core, 'idle');
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await counts(core);
    core.settings({ health: [{ kind: 'http', versionPath: 'version' }], promotion: { bake: '60s' } });
    core.gone.add('KEY');
    under(core);
    await core.clock.until(async () => (await core.record()).state === 'idle', 400_000);
    expect(await core.record()).toMatchObject({ live: 'green' });
    expect(await core.said()).toContain('can no longer be reverted by itself');
  });

  it('says that the way back is dead, also where the verdict speaks against a revert, and after the bake', async () => {
    const dead = async (core: Core): Promise<string[]> =>
      (await core.notices())
        .filter(
          ({ kind, text }) => kind === 'broadcast' && plain(text).includes('cannot revert it by itself'),
        )
        .map(({ id }) => id);
    const first = await baking(['limit']);
    first.core.world.colors.blue.up = false;
    await first.core.clock.until(async () => (await first.core.record()).evidence?.now === 'hurts', 20_000);
    over(first.core);
    await first.core.clock.until(async () => (await dead(first.core)).length === 1, 15_000);

    const second = await baking(['critical'], { bake: '20s' });
    await second.core.clock.until(async () => (await second.core.record()).state === 'idle', 60_000);
    second.core.world.colors.blue.up = false;
    await second.core.fires();
    await second.core.clock.until(async () => (await dead(second.core)).length === 1, 30_000);
    await second.core.clock.advance(120_000);
    expect(await dead(second.core)).toHaveLength(1);
    expect(await second.core.record()).toMatchObject({ live: 'green', state: 'idle' });
    expect((await second.core.history()).filter(({ what }) => what === 'revert')).toEqual([]);
  });

  it('tries once: a revert that is refused leaves it to people', async () => {
    const { core } = await baking(['limit'], { pairs: false });
    over(core);
    await counts(core);
    await core.clock.advance(57_500);
    core.world.colors.blue.up = false;
    await core.clock.until(async () => (await core.record()).state === 'reverting', 10_000);
    await inState(core, 'baking', 60_000);
    await core.clock.advance(600_000);
    expect(await core.record()).toMatchObject({ live: 'green', autoRevert: { countdown: null } });
    const begun = (await core.history()).filter(({ what }) => what === 'revert');
    expect(begun).toHaveLength(1);
  });
});

describe('a countdown and a process that dies', () => {
  it('is carried on by another replica, to the same end', async () => {
    const { core, bots } = await baking(['limit'], { replicas: 2 });
    over(core);
    await counts(core);
    const { endsAt, id } = (await own(core))?.countdown ?? { endsAt: 0, id: '' };
    bots[0]?.kill();
    await core.clock.advance(20_000);
    expect((await own(core))?.countdown?.id).toBe(id);
    await reverts(core, 60_000);
    expect(core.clock.now() - endsAt).toBeLessThan(10_000);
    expect(await switches(core)).toEqual([system]);
  });

  it('is carried on by another replica that takes over shortly before its end', async () => {
    const { core, bots } = await baking(['compare', 'limit'], { replicas: 2 });
    over(core);
    await counts(core);
    const { id } = (await own(core))?.countdown ?? { id: '' };
    await core.clock.advance(45_000);
    for (const bot of bots.slice(1)) bot.kill();
    await core.clock.advance(5_000);
    expect((await own(core))?.countdown?.id ?? id).toBe(id);
    await reverts(core, 30_000);
    expect(await rung(core)).toHaveLength(1);
  });

  it('starts again when its end passed while nobody ran, and only if the cause is still there', async () => {
    const { core, bots } = await baking(['limit']);
    over(core);
    await counts(core);
    const first = (await own(core))?.countdown;
    await core.clock.advance(30_000);
    bots[0]?.kill();
    await core.clock.advance(300_000);
    core.replica();
    await core.clock.until(async () => (await own(core))?.countdown?.id !== first?.id, 20_000);
    const second = (await own(core))?.countdown;
    expect((second?.endsAt ?? 0) - core.clock.now()).toBeGreaterThan(55_000);
    expect((await core.record()).live).toBe('green');
    expect((await rung(core))[1]).toContain('It starts again: no bot ran when the countdown ended.');
    await reverts(core, 70_000);
  });

  it('waits after a hold until something is known of its cause', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    await bot.submit({ verb: 'hold' });
    core.world.limit = { state: 'no-data', words: 'Prometheus cannot be asked' };
    await core.clock.advance(660_000);
    expect((await own(core))?.countdown).not.toBeNull();
    over(core);
    await core.clock.until(async () => (await own(core))?.countdown?.hold === undefined, 10_000);
    expect((await own(core))?.countdown).not.toBeNull();
    await bot.submit({ verb: 'hold' });
    core.world.limit = { state: 'no-data', words: 'Prometheus cannot be asked' };
    await core.clock.advance(660_000);
    await stops(core, 80_000);
    expect(await core.said()).toContain('Nothing was known about the cause in time.');
  });

  it('is called off when its cause went while nobody ran', async () => {
    const { core, bots } = await baking(['limit']);
    over(core);
    await counts(core);
    bots[0]?.kill();
    under(core);
    await core.clock.advance(300_000);
    core.replica();
    await stops(core, 20_000);
    await core.clock.advance(300_000);
    expect((await core.record()).live).toBe('green');
  });

  it('does not revert when a process that stood still past its end wakes up', async () => {
    const { core, bot } = await baking(['limit']);
    over(core);
    await counts(core);
    const first = (await own(core))?.countdown;
    bot.pause();
    await core.clock.advance(300_000);
    bot.resume();
    await core.clock.advance(3_000);
    expect((await core.record()).live).toBe('green');
    await core.clock.until(async () => (await own(core))?.countdown?.id !== first?.id, 20_000);
    await reverts(core, 70_000);
    expect(await switches(core)).toEqual([system]);
  });

  it('starts again after the storage was away at its end', async () => {
    const { core } = await baking(['limit']);
    over(core);
    await counts(core);
    await core.clock.advance(50_000);
    core.world.storage.away = true;
    await core.clock.advance(60_000);
    core.world.storage.away = false;
    await core.clock.advance(10_000);
    expect((await core.record()).live).toBe('green');
    await reverts(core, 80_000);
  });

  it('does not revert while nothing is known about its cause', async () => {
    const { core } = await baking(['limit']);
    over(core);
    await counts(core);
    core.world.limit = { state: 'no-data', words: 'Prometheus cannot be asked' };
    await core.clock.advance(100_000);
    expect((await core.record()).live).toBe('green');
    expect((await own(core))?.countdown).not.toBeNull();
    await stops(core, 120_000);
    expect(await core.said()).toContain('Nothing was known about the cause in time.');
  });

  it('is not switched twice when the answer to its revert is lost', async () => {
    const { core } = await baking(['limit']);
    over(core);
    await counts(core);
    core.watch.saving = ({ record }) => {
      if (record.op?.kind !== 'revert' || record.op.step !== 'ask-router') return;
      delete core.watch.saving;
      core.world.storage.faults.push('unanswered');
    };
    await reverts(core, 80_000);
    await core.clock.advance(60_000);
    expect(await switches(core)).toEqual([system]);
  });
});
