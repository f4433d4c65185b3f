import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import type { Answer } from '../../src/release/command.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { bob, cleo, inState, openCore, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const marks = ['signature:1'];
const refused = { ok: false, refusal: { code: 'storage-unavailable' } };
const wordsOf = (answer: Answer): string => plain(answer.ok ? answer.text : refusalWords(answer.refusal));

async function toldAnn(core: Core): Promise<string> {
  const told = (await core.notices()).filter((notice) => notice.to === 'UANN' && notice.kind === 'private');
  return told.map((notice) => plain(notice.text)).join('\n');
}

/** v2 staged, on a storage whose replicas do this from now on. */
async function stagedOn(replicas: 'answer' | 'silent'): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  core.world.storage.replicas = replicas;
  return { core, bot };
}

/** v2 live and settled, v1 the way back. */
async function settledOn(replicas: 'answer' | 'silent'): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await inState(core, 'idle', 30_000);
  core.world.storage.replicas = replicas;
  return { core, bot };
}

/** Once, when an operation was stored and is not confirmed yet. */
function whenUnconfirmed(core: Core, act: () => void): void {
  core.watch.saved = ({ after }) => {
    if (after.op?.unconfirmedAt === undefined) return;
    delete core.watch.saved;
    act();
  };
}

async function expectDropped(core: Core): Promise<void> {
  await core.clock.until(async () => (await core.record()).op === null, 10_000);
  await core.clock.advance(30_000);
  expect(await core.record()).toMatchObject({
    state: 'staged',
    live: 'blue',
    releases: [{ status: 'staged', code: 'storage-unavailable' }],
  });
  expect(core.world.writes).toEqual([]);
  const told = 'storage-unavailable: checkout is not promoted: no Redis replica confirmed it';
  expect(await toldAnn(core)).toContain(told);
}

describe('a stage or promote, with replicas of the storage', () => {
  it('is confirmed by a second save, and then carried out', async () => {
    const { core, bot } = await stagedOn('answer');
    const saves: boolean[] = [];
    core.watch.saved = ({ after }) => saves.push(after.op?.unconfirmedAt !== undefined);
    const answer = await bot.submit({ verb: 'promote', marks });
    expect(answer).toMatchObject({ ok: true });
    await inState(core, 'baking');
    expect(saves.slice(0, 3)).toEqual([true, false, false]);
    expect(await bot.submit({ verb: 'promote', marks })).toEqual({ ...answer, repeated: true });
  });

  it('is refused and dropped when no replica confirms it, and the answer to its repeat does not say that it runs', async () => {
    const { core, bot } = await stagedOn('silent');
    const answer = bot.submit({ verb: 'promote', marks });
    await core.clock.advance(1_000);
    expect(await answer).toMatchObject(refused);
    expect(wordsOf(await answer)).toContain('promote of checkout is not confirmed. No Redis replica has it');
    await expectDropped(core);
    const repeat = bot.submit({ verb: 'promote', marks });
    await core.clock.advance(3_000);
    expect(await repeat).toMatchObject({ ...refused, repeated: true });
    core.world.storage.replicas = 'answer';
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('is dropped too when the storage becomes unavailable with the replicas', async () => {
    const { core, bot } = await stagedOn('silent');
    whenUnconfirmed(core, () => {
      core.world.storage.away = true;
      void core.clock.sleep(5_000).then(() => {
        core.world.storage.away = false;
      });
    });
    const answer = bot.submit({ verb: 'promote', marks });
    await core.clock.advance(6_000);
    expect(await answer).toMatchObject(refused);
    await expectDropped(core);
    const repeat = bot.submit({ verb: 'promote', marks });
    await core.clock.advance(3_000);
    expect(await repeat).toMatchObject(refused);
  });

  it.each([0, 10 * 60_000])(
    'is dropped by another replica %d ms after its process was killed before it confirmed it',
    async (ms) => {
      const { core, bot } = await stagedOn('answer');
      whenUnconfirmed(core, () => bot.kill());
      void bot.submit({ verb: 'promote', marks });
      await core.clock.advance(ms);
      core.replica();
      await expectDropped(core);
      expect(await core.said()).toContain('it is dropped');
    },
  );

  it.each([
    ['arrives late', 'late', 'was not stored and confirmed; it does not run', 'staged'],
    ['is lost', 'lost', 'was not stored and confirmed; it does not run', 'staged'],
    ['has no answer', 'unanswered', 'was stored after all', 'baking'],
  ] as const)('whose second save %s is told as it ends', async (_, fault, words, state) => {
    const { core, bot } = await stagedOn('answer');
    whenUnconfirmed(core, () => core.world.storage.faults.push(fault));
    expect(await bot.submit({ verb: 'promote', marks })).toMatchObject({ ...refused, toldLater: true });
    await core.clock.until(async () => (await toldAnn(core)).includes(words), 2_000);
    await inState(core, state);
    await core.clock.advance(8_000);
    expect((await core.record()).state).toBe(state);
    expect(await bot.submit({ verb: 'promote', marks })).toMatchObject({ ok: state === 'baking' });
  });

  it('is confirmed next to a lock that comes in between', async () => {
    let latency = 0;
    const core = openCore({ latencyMs: () => latency });
    const [bot, other] = [core.replica(), core.replica()];
    await inState(core, 'idle');
    core.world.storage.replicas = 'answer';
    core.world.colors.green.version = 'v2';
    latency = 20;
    let locked: Promise<Answer> | undefined;
    whenUnconfirmed(core, () => {
      latency = 0;
      locked = other.submit({ verb: 'lock', reason: 'look', actor: cleo });
      void core.clock.sleep(1).then(() => {
        latency = 20;
      });
    });
    const stage = bot.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(1_000);
    expect([await stage, await locked]).toMatchObject([{ ok: true }, { ok: true }]);
    await inState(core, 'staged');
    expect((await core.record()).lock?.reason).toBe('look');
  });

  it('that got stuck and is tried again stays stuck when that is not confirmed', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.refusing.add('r1');
    await bot.submit({ verb: 'promote' });
    await core.clock.advance(500);
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 40_000);
    core.world.refusing.clear();
    const { length } = core.world.writes;
    core.world.storage.replicas = 'silent';
    const answer = bot.submit({ verb: 'retry', marks });
    await core.clock.advance(1_000);
    expect(await answer).toMatchObject(refused);
    await inState(core, 'stuck');
    await core.clock.advance(30_000);
    expect(await core.record()).toMatchObject({ state: 'stuck', op: { kind: 'promote' } });
    expect(core.world.writes).toHaveLength(length);
  });
});

describe('a revert without an answer from the storage’s replicas', () => {
  it('goes on and says so', async () => {
    const { core, bot } = await settledOn('silent');
    const answer = bot.submit({ verb: 'revert' });
    await core.clock.advance(1_000);
    expect(await answer).toMatchObject({ ok: true });
    expect(wordsOf(await answer)).toContain('No Redis replica has confirmed it yet; it continues anyway.');
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });

  const unconfirmed = /No Redis replica has confirmed it yet\.$/;
  const soon = async (core: Core, asked: Promise<Answer>): Promise<Answer> => {
    await core.clock.advance(500);
    return asked;
  };

  it('that joins one under way says so, too', async () => {
    const { core, bot } = await settledOn('silent');
    const first = bot.submit({ verb: 'revert' });
    await inState(core, 'reverting');
    const joined = await soon(core, core.replica().submit({ verb: 'revert', actor: bob }));
    expect(wordsOf(joined)).toMatch(
      /^revert: checkout is being reverted to blue already, started by @UANN\. No Redis replica has confirmed it yet; it continues anyway\.$/,
    );
    await first;
    core.world.storage.replicas = 'answer';
    await inState(core, 'idle');
  });

  it('and every other accepted command that moves no traffic says so, too', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 2 } } });
    await staged(core, bot);
    core.world.storage.replicas = 'silent';
    for (const asked of [
      { verb: 'lock', reason: 'look', forMs: 60_000, actor: cleo },
      { verb: 'extend', actor: cleo },
      { verb: 'unlock', actor: cleo },
      { verb: 'promote' },
      { verb: 'approve', actor: bob },
      { verb: 'reject', actor: bob },
    ] as const) {
      const answer = await soon(core, bot.submit(asked));
      expect([asked.verb, answer.ok, wordsOf(answer)]).toEqual([
        asked.verb,
        true,
        expect.stringMatching(unconfirmed),
      ]);
    }
    core.world.storage.replicas = 'answer';
    expect(wordsOf(await bot.submit({ verb: 'lock', reason: 'look', actor: cleo }))).not.toContain('replica');
  });

  it('and settle and cancel say so, too', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    core.world.storage.replicas = 'silent';
    const settled = await soon(core, bot.submit({ verb: 'settle', actor: cleo }));
    expect(wordsOf(settled)).toMatch(unconfirmed);
    core.world.storage.replicas = 'answer';
    core.world.colors.blue.version = 'v3';
    core.world.colors.blue.up = false;
    await bot.submit({ verb: 'stage', version: 'v3' });
    core.world.storage.replicas = 'silent';
    const cancelled = await soon(core, bot.submit({ verb: 'cancel' }));
    expect(wordsOf(cancelled)).toMatch(unconfirmed);
  });

  it('of an operation that is not confirmed goes on and says so, and its stage is never carried out', async () => {
    const { core, bot } = await settledOn('silent');
    const stage = bot.submit({ verb: 'stage', version: 'v3', marks });
    await core.clock.advance(50);
    expect((await core.record()).state).toBe('staging');
    const revert = core.replica().submit({ verb: 'revert' });
    await core.clock.advance(2_000);
    expect(await stage).toMatchObject(refused);
    expect(await revert).toMatchObject({ ok: true });
    expect(wordsOf(await revert)).toContain('No Redis replica has confirmed it yet; it continues anyway.');
    await core.clock.until(async () => (await core.record()).live === 'blue', 5_000);
    expect(await core.record()).toMatchObject({
      state: 'idle',
      releases: [{ version: 'v3', status: 'dropped' }, {}],
    });
  });
});
