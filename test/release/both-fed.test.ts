import { describe, expect, it } from 'vitest';
import { fedLine, fedNow, fedSentence } from '../../src/release/both-fed.ts';
import { plain } from '../../src/release/line.ts';
import { bob, inState, openCore, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

async function withHooks(fails: ('on' | 'off')[] = []): Promise<{ core: Core; bot: Replica }> {
  const core = openCore({ settings: { promotion: { bake: '10s' } } });
  core.world.feedHooks = { calls: [], fails: new Set(fails), takesMs: 50 };
  const bot = core.replica();
  await inState(core, 'idle');
  return { core, bot };
}
const calls = ({ world }: Core): string[] =>
  (world.feedHooks?.calls ?? []).map(({ which, ok }) => `${which} ${ok}`);
const fed = (core: Core): Promise<void> =>
  core.clock.until(async () => fedNow(await core.record())?.on === true, 70_000);
const over = (core: Core): Promise<void> =>
  core.clock.until(async () => (await core.record()).fed === undefined, 70_000);
const live = async (core: Core, bot: Replica): Promise<void> => {
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
};

describe('what feeds both colors', () => {
  it('begins after a stage and ends when the release settles, each answered once', async () => {
    const { core, bot } = await withHooks();
    await staged(core, bot);
    await fed(core);
    await live(core, bot);
    expect(fedSentence(await core.record())).toBe(' Both colors are fed: the way back has the writes.');
    await inState(core, 'idle', 30_000);
    await over(core);
    expect(calls(core)).toEqual(['on true', 'off true']);
    const keys = core.world.feedHooks?.calls.map(({ key }) => key) ?? [];
    expect(new Set(keys.map((key) => key.split('/')[0])).size).toBe(1);
    expect(keys.map((key) => key.split('/')[1])).toEqual(['mirror.on', 'mirror.off']);
    expect(await core.said()).toContain('Both colors of checkout are no longer fed.');
  });

  it.each([
    ['cancelled', async (_: Core, bot: Replica) => void (await bot.submit({ verb: 'cancel' }))],
    [
      'reverted',
      async (core: Core, bot: Replica) => {
        await live(core, bot);
        await bot.submit({ verb: 'revert' });
        await inState(core, 'idle');
      },
    ],
    [
      'settled by a person',
      async (core: Core, bot: Replica) => {
        await live(core, bot);
        await bot.submit({ verb: 'settle', actor: bob });
      },
    ],
  ])('ends when the release is %s', async (_, end) => {
    const { core, bot } = await withHooks();
    await staged(core, bot);
    await fed(core);
    await end(core, bot);
    await over(core);
    expect(calls(core)).toEqual(['on true', 'off true']);
  });

  it('ends for a release that another one replaces, before it begins for that one', async () => {
    const { core, bot } = await withHooks();
    await staged(core, bot);
    await fed(core);
    await staged(core, bot, 'v3');
    await fed(core);
    expect(calls(core)).toEqual(['on true', 'off true', 'on true']);
    expect((await core.record()).fed).toHaveLength(1);
  });

  it('warns when it does not begin, says so in the dialog, and goes on trying', async () => {
    const { core, bot } = await withHooks(['on']);
    await staged(core, bot);
    await core.clock.until(async () =>
      (await core.said()).includes('the colors of checkout are not both fed'),
    );
    await live(core, bot);
    const record = await core.record();
    expect(fedSentence(record)).toBe(' The colors are not both fed.');
    const owed = fedNow(record);
    if (!owed) throw new Error('nothing is owed');
    expect(plain(fedLine(owed))).toMatch(/^no: hooks\.example\/on: answered 500; it is called/);
    core.world.feedHooks?.fails.clear();
    await core.clock.until(
      async () => (await core.said()).includes('Both colors of checkout are fed.'),
      70_000,
    );
  });

  it('is ended by another replica where the one that began it was killed, and until that is answered', async () => {
    const { core, bot } = await withHooks(['off']);
    await staged(core, bot);
    await fed(core);
    await live(core, bot);
    bot.kill();
    const other = core.replica();
    await core.clock.until(() => calls(core).filter((each) => each === 'off false').length >= 3, 200_000);
    expect(await core.said()).toContain('Both colors of checkout may still be fed');
    core.world.feedHooks?.fails.clear();
    await over(core);
    expect(calls(core).filter((each) => each === 'on true')).toEqual(['on true']);
    expect(core.world.feedHooks?.calls.at(-1)?.by).toBe(other.parts.driver);
  });
});
