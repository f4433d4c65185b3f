import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import { noticeMessage } from '../../src/slack/cards/notice.ts';
import { statusLines } from '../../src/text/status-lines.ts';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const drifted = (core: Core): Promise<void> =>
  core.clock.until(async () => Boolean((await core.record()).versionDrift), 75_000);
/** The color is asked while cleo waits. */
async function adopts(core: Core, bot: Replica): Promise<Answer> {
  const answer = bot.submit({ verb: 'adopt', actor: cleo });
  await core.clock.advance(100);
  return answer;
}
const status = async (core: Core): Promise<string> =>
  statusLines({ service: 'checkout', configured: undefined, loaded: await core.loaded() })
    .map(plain)
    .join('\n');

describe('a live color that runs another version than the record says', () => {
  it('is announced once, with Adopt alone, and shown by status', async () => {
    const { core } = await ready();
    core.world.colors.blue.version = 'v9';
    await drifted(core);
    await core.clock.advance(200_000);
    const notices = (await core.notices()).filter(({ buttons }) => buttons === 'drift');
    expect(notices).toHaveLength(1);
    const [notice] = notices;
    expect(plain(notice?.text ?? [])).toMatch(
      /^version-drift: the record says that checkout runs v1 on blue, but blue reports v9\./,
    );
    const drawn = JSON.stringify(noticeMessage(notice ? [notice] : [], await core.record()));
    expect(drawn).toContain('release.adopt');
    expect(drawn).not.toContain('release.retry');
    expect(await status(core)).toMatch(/version-drift: the record says v1, but blue reports v9\./);
    expect(await status(core)).toContain('live: blue v1');
  });

  it('is taken over by adopt, with the epoch that it had', async () => {
    const { core, bot } = await ready();
    core.world.colors.blue.version = 'v9';
    await drifted(core);
    expect(await adopts(core, bot)).toMatchObject({ ok: true });
    expect(await core.record()).toMatchObject({
      epoch: 1,
      live: 'blue',
      colors: { blue: { role: 'live', version: 'v9' } },
      versionDrift: null,
    });
    expect((await core.record()).asks?.map(({ ended }) => plain(ended ?? []))).toEqual([
      expect.stringMatching(/^Done: @UCLEO adopted it, /),
    ]);
    await core.clock.advance(130_000);
    expect((await core.notices()).filter(({ buttons }) => buttons === 'drift')).toHaveLength(1);
    expect(await adopts(core, bot)).toMatchObject({
      refusal: { code: 'nothing-to-do' },
    });
  });

  it('does not touch a release that is staged on the idle color, nor does adopt', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    core.world.colors.blue.version = 'v9';
    await drifted(core);
    await adopts(core, bot);
    expect(await core.record()).toMatchObject({
      state: 'staged',
      colors: { blue: { version: 'v9' }, green: { role: 'staged', version: 'v2' } },
    });
  });

  it('that comes back to the recorded version by itself is announced, too', async () => {
    const { core } = await ready();
    core.world.colors.blue.version = 'v9';
    await drifted(core);
    core.world.colors.blue.version = 'v1';
    await core.clock.until(async () => !(await core.record()).versionDrift, 75_000);
    expect(await core.said()).toContain('blue of checkout reports v1 again');
    expect(await status(core)).not.toContain('version-drift');
  });

  it.each([
    ['answers once only', (core: Core) => void (core.world.colors.blue.version = 'v9'), 'v1'],
    ['does not answer', (core: Core) => void (core.world.colors.blue.up = false), undefined],
  ])('and %s is no drift', async (_, change, after) => {
    const { core } = await ready();
    await core.clock.advance(55_000);
    change(core);
    await core.clock.advance(10_000);
    if (after !== undefined) core.world.colors.blue.version = after;
    await core.clock.advance(120_000);
    expect((await core.record()).versionDrift ?? null).toBeNull();
    expect(await core.said()).not.toContain('version-drift');
  });

  it.each(['stage', 'promote'] as const)('is noted when the next %s begins, which goes on', async (verb) => {
    const { core, bot } = await ready();
    if (verb === 'promote') await staged(core, bot);
    core.world.colors.blue.version = 'v9';
    if (verb === 'stage') await staged(core, bot);
    else await bot.submit({ verb: 'promote', actor: bob });
    await inState(core, verb === 'stage' ? 'staged' : 'baking', 20_000);
    expect((await core.history()).map(({ what }) => what)).toContain('version-drift');
  });
});
