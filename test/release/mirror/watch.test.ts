/** While a version is staged both colors are asked the same GETs; what that finds can stop a promote. */
import { describe, expect, it } from 'vitest';
import type { Answer } from '../../../src/release/command.ts';
import { explainGates } from '../../../src/release/explain-gates.ts';
import { plain } from '../../../src/release/line.ts';
import { diffNow } from '../../../src/release/mirror/diff.ts';
import { diffLines } from '../../../src/text/diff-lines.ts';
import { ann, bob, inState, openCore, staged } from '../../support/memory-core.ts';
import type { Core, Replica } from '../../support/memory-core.ts';

const gated = { promotion: { bake: '1h', maxDiff: '1%' }, mirror: { paths: ['/cart', '/list'], atLeast: 6 } };

/** A version that is staged, with two GETs that are compared every 10 s. */
async function waiting(
  settings: Record<string, unknown> = gated,
  replicas = 1,
): Promise<{ core: Core; bots: Replica[]; bot: Replica }> {
  const core = openCore({ settings });
  core.world.mirror = { paths: ['/cart', '/list'], everyMs: 10_000, asked: [], answer: () => ({}) };
  const bots = Array.from({ length: replicas }, () => core.replica());
  const [bot] = bots;
  if (!bot) throw new Error('no replica');
  await inState(core, 'idle');
  await staged(core, bot);
  return { core, bots, bot };
}

const asked = ({ world }: Core) => world.mirror?.asked ?? [];
const answers = (core: Core, answer: (color: 'blue' | 'green', path: string) => object): void => {
  if (core.world.mirror) core.world.mirror.answer = answer;
};
const greenDiffers = (core: Core): void =>
  answers(core, (color, path) => ({ body: `{"total":${color === 'green' && path === '/cart' ? 2 : 1}}` }));
const counts = async (core: Core): Promise<object> => {
  const { diff: { alike, differ, unsure, failed } = {} } = await core.record();
  return { alike, differ, unsure, failed };
};
const whyOf = (answer: Answer): string => (answer.ok ? 'accepted' : plain(answer.refusal.why));
const says = async (core: Core, bot: Replica): Promise<string> => {
  const found = diffNow(bot.parts, 'checkout');
  await core.clock.advance(10);
  return diffLines('checkout', await found)
    .map(plain)
    .join('\n');
};

describe('the answers of both colors', () => {
  it('are compared while a version is staged, by one replica of three: live, idle, live', async () => {
    const { core } = await waiting(gated, 3);
    await core.clock.advance(60_000);
    const all = asked(core);
    expect(new Set(all.map(({ by }) => by)).size).toBe(1);
    const ofCart = all.filter(({ path }) => path === '/cart');
    expect(ofCart.length).toBeGreaterThanOrEqual(3 * 5);
    expect(ofCart.length).toBeLessThanOrEqual(3 * 7);
    for (let i = 0; i + 2 < ofCart.length; i += 3)
      expect(ofCart.slice(i, i + 3).map(({ color }) => color)).toEqual(['blue', 'green', 'blue']);
  });

  it('are on the card, which is drawn again more and more seldom', async () => {
    const { core } = await waiting();
    let saves = 0;
    core.watch.saved = ({ before, after }) => {
      if (JSON.stringify(before.record?.diff) !== JSON.stringify(after.diff)) saves += 1;
    };
    await core.clock.advance(600_000);
    const { diff } = await core.record();
    expect(diff).toMatchObject({ differ: 0, unsure: 0, failed: 0, differing: [], of: 0 });
    expect(diff?.alike).toBeGreaterThan(50);
    expect(saves).toBeLessThan(10);
    expect(saves).toBeGreaterThan(3);
  });

  it('are not asked any more when the promote begins, and when the version is dropped', async () => {
    const { core, bot } = await waiting({ promotion: { bake: '1h' }, mirror: { paths: ['/cart', '/list'] } });
    await core.clock.advance(20_000);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.clock.advance(2_000);
    const before = asked(core).length;
    await core.clock.advance(60_000);
    expect(asked(core).length).toBe(before);
    const other = await waiting();
    await other.core.clock.advance(20_000);
    await other.bot.submit({ verb: 'cancel' });
    await inState(other.core, 'idle');
    await other.core.clock.advance(2_000);
    const then = asked(other.core).length;
    await other.core.clock.advance(60_000);
    expect(asked(other.core).length).toBe(then);
  });

  it('go on with the counts in another process, after a kill and after a stop', async () => {
    const { core, bots } = await waiting(gated, 3);
    greenDiffers(core);
    await core.clock.advance(40_000);
    const first = asked(core).at(-1)?.by;
    expect(await counts(core)).toMatchObject({ differ: expect.any(Number), unsure: 0 });
    const known = await core.evidence.load('mirror:checkout');
    const [, list] = (JSON.parse(known.json ?? '{}') as { paths: { alike: number }[] }).paths;
    bots.find(({ name }) => name === first)?.kill();
    await core.clock.advance(15_000);
    const second = asked(core).at(-1)?.by;
    expect(second).not.toBe(first);
    const after = await core.evidence.load('mirror:checkout');
    const [cart, listNow] = (JSON.parse(after.json ?? '{}') as { paths: { alike: number; differ: number }[] })
      .paths;
    expect(listNow?.alike).toBeGreaterThan(list?.alike ?? Infinity);
    expect(cart).toMatchObject({ alike: 0 });
    await Promise.race([
      bots.find(({ name }) => name === second)?.running.stop(),
      core.clock.advance(10_000),
    ]);
    await core.clock.advance(15_000);
    expect([first, second]).not.toContain(asked(core).at(-1)?.by);
  });

  it('count from the beginning for another version', async () => {
    const { core, bot } = await waiting();
    greenDiffers(core);
    await core.clock.advance(60_000);
    expect((await core.record()).diff?.differ).toBeGreaterThan(1);
    answers(core, () => ({}));
    await staged(core, bot, 'v3');
    expect(await says(core, bot)).toMatch(/^diff checkout: (?:nothing compared yet|\d of \d alike)/);
    await core.clock.advance(30_000);
    expect(await counts(core)).toMatchObject({ differ: 0, unsure: 0 });
  });

  it('are compared again after a promote that ended, also where the due time was lost', async () => {
    const { core, bot } = await waiting();
    await core.clock.advance(60_000);
    core.loseDue('mirror:checkout');
    core.world.colors.green.up = false;
    await bot.submit({ verb: 'promote' });
    await inState(core, 'staged', 60_000);
    const before = asked(core).length;
    await core.clock.advance(70_000);
    expect(asked(core).length).toBeGreaterThan(before + 10);
  });
});

describe('a promote where promotion.maxDiff is set', () => {
  it('is refused until enough was compared, and then goes on', async () => {
    const { core, bot } = await waiting();
    const early = await bot.submit({ verb: 'promote' });
    expect(early).toMatchObject({ refusal: { code: 'differs' } });
    expect(whyOf(early)).toMatch(/^Too few answers have been compared yet: \d of the 6 that are needed\.$/);
    await core.clock.advance(45_000);
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('is refused while more differ than may, and says where; a reason passes it, which the history keeps', async () => {
    const { core, bot } = await waiting();
    greenDiffers(core);
    await core.clock.advance(45_000);
    const refused = await bot.submit({ verb: 'promote' });
    expect(refused).toMatchObject({ refusal: { code: 'differs' } });
    expect(whyOf(refused)).toMatch(
      /^More answers of the staged color differ \(\d+ %\) than 1 %: \d+ of \d+ alike; \d+ differ: \/cart \(field total\)\.$/,
    );
    expect(await bot.submit({ verb: 'promote', despiteDiff: 'the total is new' })).toMatchObject({
      ok: true,
    });
    await inState(core, 'baking');
    expect((await core.history()).map(({ text }) => plain(text))).toContainEqual(
      expect.stringContaining('despite different answers: the total is new'),
    );
  });

  it('is refused while one of the paths cannot be compared, and says why', async () => {
    const { core, bot } = await waiting();
    answers(core, (color, path) =>
      color === 'green' && path === '/list' ? { why: 'no answer within 5 s' } : {},
    );
    await core.clock.advance(90_000);
    const refused = await bot.submit({ verb: 'promote' });
    expect(whyOf(refused)).toBe('/list has not been compared yet: green: no answer within 5 s.');
    expect(await says(core, bot)).toMatch(
      /^diff checkout: \d+ of \d+ alike; \d+ not compared\.\n\/cart: .*alike\n\/list: 0 of 0 alike; \d+ not compared; the newest was not compared: green: no answer within 5 s$/,
    );
  });

  it('is not begun by its last approval either', async () => {
    const { core, bot } = await waiting({
      ...gated,
      promotion: { ...gated.promotion, approvals: 1 },
    });
    await core.clock.advance(45_000);
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    greenDiffers(core);
    await core.clock.advance(45_000);
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ refusal: { code: 'differs' } });
  });

  it('stops before the switch when a difference is found after the command', async () => {
    const { core, bot } = await waiting();
    await core.clock.advance(45_000);
    const submitted = bot.submit({ verb: 'promote' });
    expect(await submitted).toMatchObject({ ok: true });
    const { json } = await core.evidence.load('mirror:checkout');
    await core.evidence.keep('mirror:checkout', (json ?? '').replace('"differ":0', '"differ":9'));
    await inState(core, 'staged');
    expect((await core.record()).releases[0]).toMatchObject({ code: 'differs' });
    expect(core.world.writes).toEqual([]);
  });
});

it('why has a gate of it, which passes where the settings do not ask for more', async () => {
  const { core, bot } = await waiting({ promotion: { bake: '1h' }, mirror: { paths: ['/cart', '/list'] } });
  greenDiffers(core);
  await core.clock.advance(45_000);
  let gates: Awaited<ReturnType<typeof explainGates>> | undefined;
  void explainGates(bot.parts, 'checkout', ann).then((found) => (gates = found));
  await core.clock.until(() => gates !== undefined);
  const gate = gates?.promote.find((each) => each.gate === 'answers');
  expect(gate?.refusal).toBeUndefined();
  expect(plain(gate?.note ?? [])).toMatch(/^\d+ of \d+ alike; \d+ differ: \/cart \(field total\)$/);
  expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
});

it('diff says why there is nothing to show', async () => {
  const { core, bot } = await waiting({ promotion: { bake: '1h' } });
  expect(await says(core, bot)).toBe(
    'diff checkout: There is nothing to compare: mirror.paths names no GET.',
  );
  const other = await waiting();
  await other.bot.submit({ verb: 'cancel' });
  await inState(other.core, 'idle');
  expect(await says(other.core, other.bot)).toBe(
    'diff checkout: checkout is idle: answers are compared while a version is staged.',
  );
});
