/** Standing in line: who has their turn when, what ends a wait, and what it takes from nobody. */
import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/release/actor.ts';
import { plain } from '../../src/release/line.ts';
import type { WaitEnd, Wait, CurrentWait } from '../../src/release/wait-in-line.ts';
import { openWait } from '../../src/release/wait-in-line.ts';
import { ann, bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const minute = 60_000;
const ci = (name: string): Actor => ({ kind: 'cli', name });

interface Waiter {
  wait: Wait;
  stop(): void;
  says: (CurrentWait | undefined)[];
  /** The end of the first wait, when there is one. */
  turn(): WaitEnd | undefined;
}

/** Somebody who waits from now on. */
async function waits(
  core: Core,
  bot: Replica,
  actor: Actor,
  what: { verb: 'stage'; version: string; ifIdle?: true } | { verb: 'promote'; only?: string },
  forMs = 30 * minute,
): Promise<Waiter> {
  const says: Waiter['says'] = [];
  const stopping = new AbortController();
  const command = { service: 'checkout', actor, marks: [], ...what };
  const wait = openWait(bot.parts, command, {
    forMs,
    stopping: stopping.signal,
    says: (how) => says.push(how),
  });
  let ended: WaitEnd | undefined;
  void wait.turn().then((turn) => (ended = turn));
  await core.clock.until(async () => ended !== undefined || says.length > 0);
  return { wait, says, stop: () => stopping.abort(), turn: () => ended };
}

const words = (how: CurrentWait | undefined): string => (how ? `${how.place}: ${plain(how.why)}` : 'away');
const ended = (core: Core, waiter: Waiter, withinMs = 5 * minute): Promise<void> =>
  core.clock.until(async () => waiter.turn() !== undefined, withinMs);

async function town(): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  for (const name of ['ci', 'one', 'two']) core.roles[`cli:${name}`] = ['operator'];
  return { core, bot };
}

async function baking(core: Core, bot: Replica): Promise<void> {
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
}

describe('a caller who waits', () => {
  it('has its turn at once where nothing is in the way, without a place in the line', async () => {
    const { core, bot } = await town();
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    expect(one.turn()).toEqual({ kind: 'turn' });
    expect((await core.loaded()).queue).toEqual([]);
  });

  it('has its turn when the bake ends, first come, first served', async () => {
    const { core, bot } = await town();
    await baking(core, bot);
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    const two = await waits(core, bot, ci('two'), { verb: 'stage', version: 'v4' });
    const { bake } = await core.record();
    expect(words(one.says[0])).toBe(`1: checkout bakes until ${new Date(bake?.until ?? 0).toISOString()}`);
    expect(one.says[0]?.turn).toBe(bake?.until);
    expect(words(two.says[0])).toMatch(/^2: checkout bakes/);
    await ended(core, one);
    expect([one.turn(), two.turn()]).toEqual([{ kind: 'turn' }, undefined]);
    await core.clock.advance(5_000);
    expect(two.turn()).toBeUndefined();
    expect(words(two.says.at(-1))).toBe('2: stage of cli:one is before it');
    await one.wait.leave();
    await ended(core, two);
    expect(two.turn()).toEqual({ kind: 'turn' });
  });

  it.each([
    [
      'a lock',
      (bot: Replica) => bot.submit({ verb: 'lock', reason: 'look', forMs: 20_000 }),
      'is locked by @UANN',
    ],
    [
      'a freeze',
      async (_: Replica, core: Core) => {
        const at = (ms: number) => new Date(core.clock.now() + ms).toISOString().slice(0, 16);
        core.settings({
          freeze: [{ start: at(-minute), end: at(2 * minute), zone: 'UTC', reason: 'Audit' }],
        });
      },
      'releases are frozen until',
    ],
    [
      'what is under way',
      async (bot: Replica, core: Core) => {
        core.world.colors.green.up = false;
        await bot.submit({ verb: 'stage', version: 'v2' });
      },
      'checkout is staging (#1), started by @UANN',
    ],
  ])('waits for %s', async (_, before, why) => {
    const { core, bot } = await town();
    await before(bot, core);
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    expect(words(one.says[0])).toContain(why);
    await ended(core, one);
    expect(one.turn()).toEqual({ kind: 'turn' });
  });

  it('is passed by those who do not wait, a person above all, and by every revert', async () => {
    const { core, bot } = await town();
    await baking(core, bot);
    await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    expect((await bot.submit({ verb: 'revert' })).ok).toBe(true);
    await inState(core, 'idle');
    await bot.submit({ verb: 'unlock', actor: bob });
    core.world.colors.green.version = 'v9';
    expect((await bot.submit({ verb: 'stage', version: 'v9' })).ok).toBe(true);
  });

  it('is overtaken by a newer stage of the same person, which takes its place', async () => {
    const { core, bot } = await town();
    await baking(core, bot);
    const old = await waits(core, bot, ci('ci'), { verb: 'stage', version: 'v3' });
    const other = await waits(core, bot, ci('two'), { verb: 'stage', version: 'v4' });
    const newer = await waits(core, bot, ci('ci'), { verb: 'stage', version: 'v5' });
    expect(newer.says[0]?.place).toBe(1);
    await core.clock.advance(2_000);
    const turn = old.turn();
    expect([turn?.kind, turn?.kind === 'overtaken' && plain(turn.by)]).toEqual([
      'overtaken',
      'stage v5 of cli:ci',
    ]);
    expect(other.turn()).toBeUndefined();
  });

  it('is overtaken by what the same person has staged without waiting', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look' });
    const old = await waits(core, bot, ann, { verb: 'stage', version: 'v3' });
    await core.clock.advance(5_000);
    await bot.submit({ verb: 'unlock' });
    await bot.submit({ verb: 'stage', version: 'v9' });
    await ended(core, old);
    expect(old.turn()?.kind).toBe('overtaken');
  });

  it('has no turn when its time is over first, and says how it stood', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look' });
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' }, minute);
    await ended(core, one);
    const turn = one.turn();
    expect(turn?.kind === 'over' && words(turn.last)).toContain('1: checkout is locked by @UANN until');
    await one.wait.leave();
    expect((await core.loaded()).queue).toEqual([]);
  });

  it('loses its place within seconds when it is killed, and holds nobody up after that', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look', forMs: 20_000 });
    const killed = core.replica('killed');
    await waits(core, killed, ci('one'), { verb: 'stage', version: 'v3' });
    const two = await waits(core, bot, ci('two'), { verb: 'stage', version: 'v4' });
    killed.kill();
    await core.clock.advance(11_000);
    expect(two.says.at(-1)?.place).toBe(1);
    await ended(core, two);
    expect(two.turn()).toEqual({ kind: 'turn' });
  });

  it('goes on waiting while the storage is unavailable, and keeps its place', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look' });
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    const two = await waits(core, bot, ci('two'), { verb: 'stage', version: 'v4' });
    core.world.storage.away = true;
    await core.clock.advance(minute);
    expect(words(two.says.at(-1))).toBe('away');
    core.world.storage.away = false;
    await core.clock.until(async () => [one, two].every(({ says }) => says.at(-1) !== undefined));
    await core.clock.advance(2_000);
    expect([one.says.at(-1)?.place, two.says.at(-1)?.place]).toEqual([1, 2]);
  });

  it('leaves the line at once when it is stopped', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look' });
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    one.stop();
    await core.clock.advance(1);
    expect(one.turn()).toEqual({ kind: 'stopped' });
    await one.wait.leave();
    expect((await core.loaded()).queue).toEqual([]);
  });
});

describe('a refusal that no waiting clears comes at once', () => {
  it.each([
    ['not-allowed', { actor: ci('stranger') }, { verb: 'stage', version: 'v3' }],
    ['already-live', {}, { verb: 'stage', version: 'v2' }],
  ] as const)('%s', async (code, { actor = ci('one') }: { actor?: Actor }, what) => {
    const { core, bot } = await town();
    await baking(core, bot);
    const one = await waits(core, bot, actor, what);
    expect(one.turn()).toMatchObject({ kind: 'refused', answer: { refusal: { code } } });
    expect((await core.history()).at(0)).toMatchObject({ what: 'refused', code });
  });

  it('a release that somebody else staged, with ifIdle, also when that came first', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look', forMs: 5_000 });
    const one = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3', ifIdle: true });
    await bot.submit({ verb: 'unlock' });
    core.world.colors.green.version = 'v9';
    await bot.submit({ verb: 'stage', version: 'v9' });
    await ended(core, one);
    expect(one.turn()).toMatchObject({ kind: 'refused', answer: { refusal: { code: 'staged-by-another' } } });
  });

  it('a promote where nothing is staged and nobody stages', async () => {
    const { core, bot } = await town();
    const one = await waits(core, bot, ci('one'), { verb: 'promote' });
    expect(one.turn()).toMatchObject({ kind: 'refused', answer: { refusal: { code: 'nothing-staged' } } });
  });
});

describe('a promote that waits', () => {
  it('is for what stands staged when it comes: another release in its place ends it', async () => {
    const { core, bot } = await town();
    await staged(core, bot);
    await bot.submit({ verb: 'lock', reason: 'look' });
    const one = await waits(core, bot, ci('one'), { verb: 'promote' });
    const hers = await waits(core, bot, ann, { verb: 'promote' });
    await bot.submit({ verb: 'unlock' });
    await bot.submit({ verb: 'stage', version: 'v3' });
    await Promise.all([ended(core, one), ended(core, hers)]);
    expect(one.turn()).toMatchObject({ kind: 'refused', answer: { refusal: { code: 'release-changed' } } });
    expect(hers.turn()?.kind).toBe('overtaken');
  });

  it('is for the one version that it names: one that the same person has staged since overtakes it', async () => {
    const { core, bot } = await town();
    await staged(core, bot, 'v3');
    const hers = await waits(core, bot, ann, { verb: 'promote', only: 'v2' });
    expect(hers.turn()?.kind).toBe('overtaken');
    const one = await waits(core, bot, ci('one'), { verb: 'promote', only: 'v2' });
    expect(one.turn()).toMatchObject({ kind: 'refused', answer: { refusal: { code: 'release-changed' } } });
    const none = await bot.submit({ verb: 'promote', only: 'v2' });
    expect(none).toMatchObject({ ok: false, refusal: { code: 'release-changed' } });
    const two = await waits(core, bot, ci('two'), { verb: 'promote', only: 'v3' });
    expect(two.turn()).toEqual({ kind: 'turn' });
    expect((await bot.submit({ verb: 'promote', only: 'v3' })).ok).toBe(true);
  });

  it('waits for the stage before it in the line', async () => {
    const { core, bot } = await town();
    await bot.submit({ verb: 'lock', reason: 'look' });
    const stage = await waits(core, bot, ci('one'), { verb: 'stage', version: 'v3' });
    const promote = await waits(core, bot, ci('two'), { verb: 'promote' });
    expect(promote.turn()).toBeUndefined();
    await bot.submit({ verb: 'unlock' });
    await ended(core, stage);
    core.world.colors.green.version = 'v3';
    await bot.submit({ verb: 'stage', version: 'v3', actor: ci('one') });
    await stage.wait.leave();
    await ended(core, promote);
    expect(promote.turn()).toEqual({ kind: 'turn' });
    expect((await core.record()).state).toBe('staged');
  });
});

it('the bot takes who has vanished off the card', async () => {
  const { core, bot } = await town();
  await baking(core, bot);
  core.settings({ promotion: { bake: '1h' } });
  const killed = core.replica('killed');
  await waits(core, killed, ci('one'), { verb: 'stage', version: 'v3' });
  expect((await core.loaded()).queue).toHaveLength(1);
  killed.kill();
  await core.clock.until(async () => {
    const { queue, queueLapsed } = await core.loaded();
    return queue.length === 0 && !queueLapsed;
  }, minute);
});
