/** A revert that could not be carried out: told to the channel, with a way to try again, and when the router answers. */
import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import type { Notice } from '../../src/release/store.ts';
import { inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

async function baking(options: Parameters<typeof ready>[0] = {}): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready(options);
  core.world.deploy = { state: 'succeeded', started: [] };
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return { core, bot };
}

const toChannel = async (core: Core): Promise<Notice[]> =>
  (await core.notices()).filter(({ again }) => again === true);

async function askOf(core: Core, { id }: Notice): Promise<string | undefined> {
  const ask = (await core.record()).asks?.find((each) => each.id === id);
  return ask?.ended && plain(ask.ended);
}

describe('a revert that could not be carried out', () => {
  it('for a silent router is announced in the channel once, and again when the router answers', async () => {
    const { core, bot } = await baking();
    core.world.silent.add('r1');
    const answer = await bot.submit({ verb: 'revert' });
    expect(answer.ok && plain(answer.text)).toBe(
      'revert: checking blue v1; the traffic of checkout goes back to it when it answers well.',
    );
    await core.clock.until(async () => (await toChannel(core)).length === 1);
    const [first] = await toChannel(core);
    expect(first).toMatchObject({ kind: 'broadcast', buttons: 'unhealthy' });
    expect(plain(first?.text ?? [])).toMatch(
      /^checkout was not reverted to blue v1; nothing was moved, and the record says green v2\. Switchback keeps asking .* router-unreachable: no instance of the router answers: r1/,
    );
    expect(plain(first?.text ?? [])).not.toMatch(/\([^)]*\(|unreachable: unreachable/);
    await inState(core, 'baking');
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.said()).split('is not reverted to').length === 3);
    expect(await toChannel(core)).toHaveLength(1);
    core.world.silent.clear();
    await core.clock.until(async () => (await toChannel(core)).length === 2, 5_000);
    expect(await core.said()).toContain(
      'The router of checkout answers again and sends traffic to green. Nothing was reverted yet: try again now.',
    );
    if (!first) throw new Error('nothing told');
    expect(await askOf(core, first)).toMatch(/^A newer message replaced this one/);
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    const [, last] = await toChannel(core);
    expect(last && (await askOf(core, last))).toMatch(/^Done: @UANN reverted/);
    expect(await core.record()).toMatchObject({ unreverted: null, awaits: null });
  });

  it('for a way back that does not answer says what to do first; a forced one says that it is not verified', async () => {
    const { core, bot } = await baking();
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await toChannel(core)).length === 1);
    const said = await core.said();
    expect(said).toContain(
      'Start blue again, then try again; or switchback revert checkout --force <reason>.',
    );
    const answer = await bot.submit({ verb: 'revert', force: 'both are down' });
    expect(answer.ok && plain(answer.text)).toContain('blue v1, which is not checked first.');
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(await core.said()).toMatch(
      /live is blue v1, switched in [^.]+\. Not verified: forced\. Before that blue v1 did not answer well: /,
    );
    expect((await core.record()).releases[0]).toMatchObject({ status: 'reverted', forced: true });
  });

  it('is not announced as possible any more once another version takes the place of its target', async () => {
    const { core, bot } = await baking();
    core.world.silent.add('r1');
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await toChannel(core)).length === 1);
    core.world.silent.clear();
    await core.clock.until(async () => (await toChannel(core)).length === 2);
    await inState(core, 'idle', 30_000);
    core.world.colors.blue.version = 'v3';
    await bot.submit({ verb: 'stage', version: 'v3' });
    await inState(core, 'staged');
    const [, last] = await toChannel(core);
    expect(last && (await askOf(core, last))).toMatch(/^No longer open/);
  });

  it.each([
    ['is announced when it answers', 0],
    ['is announced too when a replica that cannot read the settings looked first', 2_500],
  ])('stuck for a silent router %s', async (_, unreadableMs) => {
    const { core, bot } = await baking({
      settings: { deploy: { kind: 'webhook', url: 'http://127.0.0.1:3/${DEPLOY}' } },
    });
    await inState(core, 'idle', 60_000);
    core.world.faults.push('answer-lost');
    const before = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(() => core.world.writes.length > before);
    core.world.silent.add('r1');
    await inState(core, 'stuck', 200_000);
    await core.clock.advance(10_000);
    expect(await core.said()).not.toContain('answers again');
    if (unreadableMs > 0) core.gone.add('DEPLOY');
    await core.clock.advance(unreadableMs);
    core.gone.clear();
    core.world.silent.clear();
    await core.clock.until(
      async () => (await core.said()).includes('answers again'),
      unreadableMs * 14 + 5_000,
    );
    const told = (await core.notices()).filter(({ buttons }) => buttons === 'stuck');
    expect(told).toHaveLength(2);
  });

  it('stuck, and tried again while the router is silent once more, is announced once more when it answers', async () => {
    const { core, bot } = await baking();
    await inState(core, 'idle', 60_000);
    core.world.faults.push('answer-lost');
    const before = core.world.writes.length;
    await bot.submit({ verb: 'revert' });
    await core.clock.until(() => core.world.writes.length > before);
    core.world.silent.add('r1');
    await inState(core, 'stuck', 200_000);
    core.world.silent.clear();
    const answers = async () => (await core.said()).split('answers again').length - 1;
    await core.clock.until(async () => (await answers()) === 1);
    await core.clock.until(async () => (await core.record()).awaits === null);
    core.world.silent.add('r1');
    await bot.submit({ verb: 'revert' });
    await core.clock.until(
      async () => (await core.said()).includes('and another one says when it does'),
      200_000,
    );
    await inState(core, 'stuck', 200_000);
    core.world.silent.clear();
    await core.clock.until(async () => (await answers()) === 2);
    expect(await core.record()).toMatchObject({ state: 'stuck' });
  });
});

describe('a revert without a typed reason', () => {
  it('has what the checks said as its reason, for release and lock', async () => {
    const { core, bot } = await baking();
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await core.record()).bake?.verdict === 'unhealthy');
    const { cause } = (await core.record()).bake ?? {};
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).live === 'blue');
    expect(cause).toBeDefined();
    expect(await core.record()).toMatchObject({
      releases: [{ cause }],
      lock: { reason: `reverted: ${cause}` },
    });
    expect(await core.said()).toMatch(/switched in \d+ m?s, the router confirms\./);
  });
});
