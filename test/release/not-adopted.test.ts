import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/release/command.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { plain } from '../../src/release/line.ts';
import { explainGates } from '../../src/release/explain-gates.ts';
import { ann, cleo, inState, openCore, ready } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const nobody = { kind: 'slack', user: 'UX', team: 'T1', channel: 'C1' } as const;
const code = (answer: Answer): string => (answer.ok ? 'ok' : answer.refusal.code);
const words = (answer: Answer): string => (answer.ok ? '' : plain(refusalWords(answer.refusal)));

describe('a service that is not adopted yet', () => {
  it('is refused as not allowed first, then as too much, then for its router; and is adopted unlocked', async () => {
    const core = openCore();
    core.world.silent.add('r1');
    const bot = core.replica();
    await core.clock.advance(3_000);
    const marks = ['trigger:1'];
    expect(code(await bot.submit({ verb: 'lock', reason: 'r', actor: nobody, marks }))).toBe('not-allowed');
    for (let i = 0; i < 120; i += 1)
      expect(code(await bot.submit({ verb: 'lock', reason: 'r' }))).toBe('router-unreachable');
    expect(code(await bot.submit({ verb: 'lock', reason: 'r' }))).toBe('too-many-requests');
    expect(await core.loaded()).toMatchObject({ record: null, hasHistory: false });
    core.world.silent.clear();
    await inState(core, 'idle');
    expect((await core.record()).lock).toBeNull();
    expect((await core.history()).map((entry) => entry.what)).toEqual(['adopted']);
    core.roles['UX'] = ['operator'];
    const repeat = await bot.submit({ verb: 'lock', reason: 'r', actor: nobody, marks });
    expect(repeat).toMatchObject({ repeated: true, refusal: { code: 'not-allowed' } });
  });

  it('is refused with what its router said', async () => {
    const core = openCore({ instances: ['r1', 'r2'] });
    const bot = core.replica();
    const lock = async (): Promise<string> => words(await bot.submit({ verb: 'lock', reason: 'r' }));
    core.world.silent.add('r1').add('r2');
    await core.clock.advance(2_000);
    expect(await lock()).toMatch(/its router could not be asked .*\(r1: unreachable, r2: unreachable\)/);
    core.world.silent.clear();
    core.world.router['r2'] = 'green';
    await core.clock.until(async () => (await core.loaded()).asked?.heading === 'mixed');
    expect(code(await bot.submit({ verb: 'lock', reason: 'r' }))).toBe('router-mixed');
    expect(await lock()).toMatch(/its router did not name one color .*\(r1: blue, r2: green\)/);
    // Its version is asked for before it is adopted.
    core.world.colors.blue.checkMs = 3_000;
    core.world.router['r2'] = 'blue';
    await core.clock.until(async () => (await core.loaded()).asked?.heading === 'blue');
    expect(await lock()).toMatch(/Its router answered .*\(blue on 2 of 2\), but that is not recorded yet/);
    await inState(core, 'idle');
    expect(await bot.submit({ verb: 'lock', reason: 'r' })).toMatchObject({ ok: true });
  });
});

describe('a command in the first moments of a process', () => {
  /** A replica whose first look at the routers ends only when `go` is called, and a command to it. */
  function begun(): { core: Core; go: () => void; bot: Replica; answer: Promise<Answer> } {
    const core = openCore();
    let go = (): void => {};
    core.world.slowSweep = new Promise((resolve) => (go = resolve));
    const bot = core.replica();
    return { core, go: () => go(), bot, answer: bot.submit({ verb: 'lock', reason: 'r' }) };
  }

  it('waits for the first look at its router', async () => {
    const { core, go, answer } = begun();
    await core.clock.advance(1_000);
    go();
    await core.clock.advance(400);
    expect(await answer).toMatchObject({ ok: true });
  });

  it('gets the answer that the bot is starting, when that takes longer', async () => {
    const { core, bot, answer } = begun();
    await core.clock.advance(1_600);
    expect(code(await answer)).toBe('starting');
    expect(words(await answer)).toMatch(
      /^lock of checkout was refused\. Switchback is starting\..*Nothing was done\./,
    );
    const why = explainGates(bot.parts, 'checkout', ann);
    await core.clock.advance(1_600);
    expect(await why).toMatchObject({ revert: [{ refusal: { code: 'starting' } }] });
  });

  it('does not wait for a service that has a record', async () => {
    const { core } = await ready();
    core.world.slowSweep = new Promise(() => {});
    const other = core.replica();
    expect(await other.submit({ verb: 'lock', reason: 'r' })).toMatchObject({ ok: true });
    await core.clock.advance(100);
    expect(other.parts.remembered.firstLook.done()).toBe(true);
  });

  it('is over when the router did not answer', async () => {
    const core = openCore();
    core.world.silent.add('r1');
    const bot = core.replica();
    expect(bot.parts.remembered.firstLook.done()).toBe(false);
    await core.clock.until(() => bot.parts.remembered.firstLook.done());
    expect(code(await bot.submit({ verb: 'lock', reason: 'r' }))).toBe('router-unreachable');
  });
});

describe('of several refusals', () => {
  it('a missing role comes before too many requests, and these before everything else', async () => {
    const { core, bot } = await ready();
    for (let i = 0; i < 120; i += 1) {
      await bot.submit({ verb: 'lock', reason: 'r', actor: nobody });
      await bot.submit({ verb: 'unlock', actor: cleo });
    }
    expect(code(await bot.submit({ verb: 'lock', reason: 'r', actor: nobody }))).toBe('not-allowed');
    const asks = core.world.asks.length;
    expect(code(await bot.submit({ verb: 'adopt', actor: cleo }))).toBe('too-many-requests');
    expect(code(await bot.submit({ verb: 'adopt' }))).toBe('not-allowed');
    expect(core.world.asks).toHaveLength(asks);
    expect(code(await bot.submit({ verb: 'revert', actor: cleo }))).toBe('nothing-to-revert-to');
  });
});
