import { describe, expect, it } from 'vitest';
import { askPairs } from '../../../src/release/evidence/ask-pairs.ts';
import type { PairAnswer } from '../../../src/release/evidence/pair-requests.ts';
import type { Pair } from '../../../src/release/evidence/pair.ts';
import { virtualClock } from '../../support/virtual-clock.ts';
import { compareNow } from '../../../src/release/evidence/compare-now.ts';
import { plain } from '../../../src/release/line.ts';
import { describeRecord } from '../../../src/text/describe.ts';
import { alertGroup, bob, cleo, inState, openCore, staged } from '../../support/memory-core.ts';
import type { Core, Replica } from '../../support/memory-core.ts';

/** A release that bakes for an hour, with a pair every 500 ms. */
async function baking(replicas = 1): Promise<{ core: Core; bots: Replica[] }> {
  const core = openCore({ settings: { promotion: { bake: '1h' } } });
  core.world.pairs = { everyMs: 500, blockMs: 10_000, asked: [] };
  const bots = Array.from({ length: replicas }, () => core.replica());
  await inState(core, 'idle');
  const [bot] = bots;
  if (!bot) throw new Error('no replica');
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  return { core, bots };
}

const now = async (core: Core): Promise<string | undefined> => (await core.record()).evidence?.now;
const says = (core: Core, verdict: string, withinMs: number): Promise<void> =>
  core.clock.until(async () => (await now(core)) === verdict, withinMs);
const asked = ({ world }: Core) => world.pairs?.asked ?? [];

describe('both colors of a baking release', () => {
  it('are asked at the same moment, as often as configured, by one replica of three, in an order by lot', async () => {
    const { core } = await baking(3);
    await core.clock.advance(2_000);
    const from = asked(core).length;
    await core.clock.advance(60_000);
    const all = asked(core).slice(from);
    expect(Math.abs(all.length - 240)).toBeLessThanOrEqual(2);
    expect(new Set(all.map(({ by }) => by)).size).toBe(1);
    const firsts = all.filter((_, i) => i % 2 === 0);
    expect(firsts.filter(({ color }) => color === 'blue').length).toBeGreaterThan(30);
    expect(firsts.filter(({ color }) => color === 'green').length).toBeGreaterThan(30);
    for (let i = 0; i < all.length; i += 2) {
      expect(all[i]?.at).toBe(all[i + 1]?.at);
      expect(all[i]?.color).not.toBe(all[i + 1]?.color);
    }
  });

  it('give a verdict when only the live one fails, which the thread gets once, and take it back', async () => {
    const { core } = await baking();
    await says(core, 'no-difference', 15_000);
    core.world.colors.green.up = false;
    await says(core, 'helps', 9_000);
    await core.clock.advance(60_000);
    const text = 'Green fails where blue answers: ';
    expect((await core.said()).split(text)).toHaveLength(2);
    core.world.colors.green.up = true;
    await says(core, 'no-difference', 61_000);
    expect(await core.said()).toMatch(
      /No difference between the colors: green failed \d+ of \d+, blue 0 of \d+\./,
    );
    const told = (await core.history()).filter(({ what }) => what === 'evidence');
    expect(told.map(({ actor }) => actor)).toEqual(Array(2).fill({ kind: 'system', rule: 'compare' }));
  });

  it('that fail alike, and a way back that fails alone, are said to be that', async () => {
    const { core } = await baking();
    await says(core, 'no-difference', 15_000);
    Object.assign(core.world.colors.green, { up: false });
    Object.assign(core.world.colors.blue, { up: false });
    await says(core, 'does-not-help', 10_000);
    core.world.colors.green.up = true;
    await says(core, 'hurts', 70_000);
    const { evidence } = await core.record();
    expect(evidence?.backFailed).toBeGreaterThan(evidence?.liveFailed ?? 0);
    // The thread got another verdict less than 30 s before.
    await core.clock.until(
      async () => (await core.said()).includes('Reverting would make it worse.'),
      31_000,
    );
  });

  it('that work again are not said to fail, although the thread does not have that verdict yet', async () => {
    const { core } = await baking();
    await says(core, 'no-difference', 15_000);
    core.world.colors.green.up = false;
    await says(core, 'helps', 10_000);
    core.world.colors.green.up = true;
    core.world.colors.blue.up = false;
    await says(core, 'hurts', 20_000);
    core.world.colors.blue.up = true;
    await says(core, 'no-difference', 70_000);
    expect(await core.said()).not.toContain('Reverting would make it worse.');
  });

  it('are asked by another replica when the first one dies, which goes on from its counts', async () => {
    const { core, bots } = await baking(2);
    core.world.colors.green.up = false;
    await core.clock.until(() => asked(core).length >= 16);
    const first = asked(core).at(-1)?.by;
    expect(await now(core)).not.toBe('helps');
    bots.find(({ name }) => name === first)?.kill();
    await core.clock.until(() => asked(core).at(-1)?.by !== first, 15_000);
    const by = core.clock.mono();
    await says(core, 'helps', 20_000);
    // Alone it would need more pairs than these.
    expect(core.clock.mono() - by).toBeLessThan(6_000);
  });

  it('are asked by another replica when the first one is stopped, as in each rolling restart', async () => {
    const { core, bots } = await baking(3);
    core.world.colors.green.up = false;
    await says(core, 'helps', 20_000);
    const first = asked(core).at(-1)?.by;
    await Promise.race([bots.find(({ name }) => name === first)?.running.stop(), core.clock.advance(10_000)]);
    core.world.colors.green.up = true;
    await says(core, 'no-difference', 70_000);
    expect(asked(core).at(-1)?.by).not.toBe(first);
  });

  it('are compared from the start after the next switch, and not while it is under way', async () => {
    const { core, bots } = await baking();
    const [bot] = bots;
    core.world.colors.green.up = false;
    await says(core, 'helps', 20_000);
    core.world.colors.green.up = true;
    await bot?.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(describeRecord(await core.record(), { settings: undefined, now: 0 }).evidence).toBeUndefined();
    await bot?.submit({ verb: 'unlock' });
    if (bot) await staged(core, bot, 'v3');
    core.world.colors.green.checkMs = 400;
    await core.clock.advance(10_000);
    asked(core).length = 0;
    await bot?.submit({ verb: 'promote' });
    await inState(core, 'promoting');
    expect(describeRecord(await core.record(), { settings: undefined, now: 0 }).evidence).toBeUndefined();
    await inState(core, 'baking');
    expect(asked(core)).toEqual([]);
    core.world.colors.green.checkMs = 0;
    await core.clock.until(async () => (await now(core)) !== undefined);
    expect(await core.record()).toMatchObject({
      live: 'green',
      evidence: { now: 'no-difference', liveFailed: 0 },
    });
  });

  it('say ever more exactly what they would have shown', async () => {
    const { core } = await baking();
    await says(core, 'no-difference', 15_000);
    const first = (await core.record()).evidence?.seenPoints ?? 0;
    await core.clock.advance(60_000);
    expect((await core.record()).evidence?.seenPoints).toBeLessThanOrEqual(first / 2);
  });

  it('change what an alert shows only where its words about a revert change', async () => {
    const { core } = await baking();
    await says(core, 'no-difference', 15_000);
    await core.fires();
    const marks = async () => (await core.draws()).map(({ release, mark }) => [release === alertGroup, mark]);
    const before = await marks();
    // Meanwhile it becomes more exact.
    await core.clock.advance(60_000);
    const later = await marks();
    expect(later.filter(([isAlert]) => isAlert)).toEqual(before.filter(([isAlert]) => isAlert));
    expect(later).not.toEqual(before);
    core.world.colors.green.up = false;
    await says(core, 'helps', 20_000);
    expect((await marks()).filter(([isAlert]) => isAlert)).not.toEqual(later.filter(([isAlert]) => isAlert));
  });

  it('are no longer asked, and nothing is said of them, when the bake is over', async () => {
    const { core, bots } = await baking();
    await says(core, 'no-difference', 15_000);
    await bots[0]?.submit({ verb: 'settle', actor: bob });
    await core.clock.until(async () => (await now(core)) === undefined, 5_000);
    const { length } = asked(core);
    await core.clock.advance(60_000);
    expect(asked(core)).toHaveLength(length);
  });

  it('are not asked without a way back', async () => {
    const core = openCore();
    core.world.pairs = { everyMs: 500, blockMs: 10_000, asked: [] };
    const bot = core.replica();
    await inState(core, 'idle');
    const compared = await compareNow(bot.parts, 'checkout');
    expect('why' in compared && plain(compared.why)).toBe('There is no way back to compare with.');
    await core.clock.advance(20_000);
    expect(asked(core)).toEqual([]);
  });
});

it('a person who asks gets an answer with pairs that were asked after the question', async () => {
  const { core, bots } = await baking();
  core.world.colors.green.up = false;
  await says(core, 'helps', 20_000);
  await core.clock.advance(2_000);
  const [bot] = bots;
  if (!bot) throw new Error('no replica');
  const from = asked(core).length;
  const answer = compareNow(bot.parts, 'checkout').then((found) => ({ found, by: asked(core).length }));
  await core.clock.advance(3_000);
  const { found, by } = await answer;
  expect(found).toMatchObject({ live: 'green', evidence: { now: 'helps' } });
  expect(by).toBeGreaterThan(from);
});

describe('after the bake', () => {
  it('both colors are still asked for an alert when the replica that asks is stopped', async () => {
    const { core, bots } = await baking(2);
    await bots[0]?.submit({ verb: 'settle', actor: bob });
    await inState(core, 'idle');
    await core.fires();
    core.world.colors.green.up = false;
    await says(core, 'helps', 20_000);
    // Longer than what the alert asked for by itself.
    await core.clock.advance(15_000);
    const first = asked(core).at(-1)?.by;
    await Promise.race([bots.find(({ name }) => name === first)?.running.stop(), core.clock.advance(10_000)]);
    core.world.colors.green.up = true;
    await says(core, 'no-difference', 70_000);
    expect(asked(core).at(-1)?.by).not.toBe(first);
  });

  it('both colors are asked while an alert fires that may follow the release, and when a person asks', async () => {
    const { core, bots } = await baking();
    await bots[0]?.submit({ verb: 'settle', actor: bob });
    await inState(core, 'idle');
    await core.clock.advance(5_000);
    asked(core).length = 0;
    await core.fires();
    core.world.colors.green.up = false;
    await says(core, 'helps', 12_000);
    await core.fires({ status: 'resolved' });
    await core.clock.until(async () => (await now(core)) === undefined, 15_000);
    asked(core).length = 0;
    await core.clock.advance(10_000);
    expect(asked(core)).toEqual([]);
    const [bot] = bots;
    const answer = bot && compareNow(bot.parts, 'checkout');
    await core.clock.advance(12_000);
    expect(await answer).toMatchObject({ live: 'green', evidence: { now: 'helps', backFailed: 0 } });
  });
});

it('a pair that fails in an unexpected way is logged, and the next ones are asked', async () => {
  const failures: unknown[] = [];
  const pairs: Pair[] = [];
  const clock = virtualClock();
  const ended = new AbortController();
  let count = 0;
  const request = async (): Promise<PairAnswer> => {
    count += 1;
    if (count <= 60) throw new Error('unexpected');
    return { ok: true, ms: 1 };
  };
  const rule = { requests: [request], everyMs: 500, blockMs: 10_000 } as const;
  const asking = askPairs(
    clock,
    rule,
    'green',
    ended.signal,
    (pair) => pairs.push(pair),
    (cause) => failures.push(cause),
  );
  await clock.advance(20_000);
  ended.abort('ended');
  await asking;
  expect(failures).toHaveLength(30);
  expect(pairs.length).toBeGreaterThan(8);
});

it('a person who asks hears before 10 s are over that neither color has ever answered', async () => {
  const { core, bots } = await baking();
  Object.assign(core.world.colors.green, { up: false });
  Object.assign(core.world.colors.blue, { up: false });
  await bots[0]?.submit({ verb: 'settle', actor: cleo, force: 'a test' });
  await inState(core, 'idle');
  await core.clock.advance(3_700_000);
  const [bot] = bots;
  let answer: unknown;
  const from = core.clock.mono();
  void (bot && compareNow(bot.parts, 'checkout').then((found) => (answer = found)));
  await core.clock.until(() => answer !== undefined, 20_000);
  expect(answer).toMatchObject({ evidence: { now: 'unknown', neverAnswered: true } });
  expect(core.clock.mono() - from).toBeLessThan(8_000);
});

it('an answer that takes long is not said to be nobody who asks', async () => {
  const { core, bots } = await baking();
  await bots[0]?.submit({ verb: 'settle', actor: bob });
  await core.clock.advance(10_000);
  core.world.colors.green.checkMs = 4_500;
  const [bot] = bots;
  const answer = bot && compareNow(bot.parts, 'checkout');
  await core.clock.advance(12_000);
  expect(await answer).toMatchObject({ live: 'green', evidence: { liveFailed: 0 } });
});

it('a request for pairs that cannot be asked costs one look a second, for however many services', async () => {
  const services = Array.from({ length: 70 }, (_, i) => `s${i}`);
  const core = openCore({ services });
  const bot = core.replica();
  await core.clock.until(async () => (await core.loaded('s69')).record !== null, 20_000);
  let loads = 0;
  const { evidence } = bot.parts;
  const load = evidence.load.bind(evidence);
  evidence.load = (service) => {
    loads += 1;
    return load(service);
  };
  await Promise.all(services.map((service) => bot.parts.evidence.want(service, 10_000)));
  await core.clock.advance(15_000);
  expect(loads).toBeGreaterThan(70);
  expect(loads).toBeLessThan(70 * 15);
});

it('after a new verdict this process looks at once for what is due, as the sender is', async () => {
  const { core, bots } = await baking();
  await says(core, 'no-difference', 15_000);
  const looked: number[] = [];
  const { agenda } = bots[0]?.parts ?? {};
  if (!agenda) throw new Error('no replica');
  const take = agenda.take.bind(agenda);
  agenda.take = (...given) => {
    looked.push(core.clock.now());
    return take(...given);
  };
  core.world.colors.green.up = false;
  await says(core, 'helps', 10_000);
  await core.clock.advance(2_000);
  const { at = 0 } = (await core.record()).evidence ?? {};
  expect(looked).toContain(at);
});
