import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { bob, cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

/** What became of everything that was asked for, oldest first, without its time; undefined: it is open. */
async function endings(core: Core): Promise<(string | undefined)[]> {
  return ((await core.record()).asks ?? []).map(
    ({ kind, ended }) => ended && `${kind}: ${plain(ended).replace(/, [0-9TZ.:-]+\.$/, '')}`,
  );
}

const approvals = { settings: { promotion: { bake: '10s', approvals: 1, approvalExpires: '1m' } } };

describe('the demand of a notice', () => {
  it('is a request until it is approved, rejected or expired, or the release is cancelled', async () => {
    const { core, bot } = await ready(approvals);
    await staged(core, bot);
    const ask = () => bot.submit({ verb: 'promote' });
    await ask();
    expect(await endings(core)).toEqual([undefined]);
    await bot.submit({ verb: 'reject', actor: bob });
    await ask();
    await core.clock.advance(61_000);
    await ask();
    await bot.submit({ verb: 'cancel' });
    await ask();
    await bot.submit({ verb: 'approve', actor: bob });
    expect(await endings(core)).toEqual([
      'request: Rejected by @UBOB',
      'request: It expired',
      'request: Cancelled by @UANN',
      'request: Approved by @UBOB',
    ]);
  });

  it('is to put the router back or to adopt it, until somebody did', async () => {
    const { core, bot } = await ready();
    core.world.router['r1'] = 'green';
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.until(async () => (await core.record()).drift !== null);
    expect(await endings(core)).toEqual([undefined]);
    await inState(core, 'idle');
    await bot.submit({ verb: 'retry' });
    await core.clock.until(async () => (await core.record()).drift === null);
    expect(await endings(core)).toEqual(['drift: Done: @UANN put it back']);
    // Just after that it would be put back by itself.
    await core.clock.advance(31_000);
    core.world.router['r1'] = 'green';
    await core.clock.advance(61_000);
    await bot.submit({ verb: 'adopt', actor: cleo });
    expect(await endings(core)).toEqual([
      'drift: Done: @UANN put it back',
      'drift: Done: @UCLEO adopted what the router says',
    ]);
  });

  it('is to revert what is unhealthy, until that is done or it is healthy again', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    const verdict = async () => (await core.record()).bake?.verdict;
    await inState(core, 'baking');
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict()) === 'unhealthy');
    core.world.colors.green.up = true;
    await core.clock.until(async () => (await verdict()) === 'healthy');
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await verdict()) === 'unhealthy');
    await bot.submit({ verb: 'revert' });
    await inState(core, 'idle');
    expect(await endings(core)).toEqual([
      'unhealthy: It is healthy again',
      'unhealthy: Done: @UANN reverted',
    ]);
  });

  it('is to start what a revert would go back to, until it answers again or that is done', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    const back = async () => (await core.record()).bake?.wayBack;
    await core.clock.until(async () => (await back()) === 'alive');
    core.world.colors.blue.up = false;
    await core.clock.until(async () => (await back()) === 'dead');
    core.world.colors.blue.up = true;
    await core.clock.until(async () => (await back()) === 'alive');
    core.world.colors.blue.up = false;
    await core.clock.until(async () => (await back()) === 'dead');
    expect(await endings(core)).toEqual(['lock: It answers again', undefined]);
    const notices = (await core.notices()).filter(({ asks }) => asks === 'lock');
    expect(notices.map(({ buttons }) => buttons)).toEqual([undefined, undefined]);
    await bot.submit({ verb: 'revert', force: 'green is worse' });
    await inState(core, 'idle');
    expect((await endings(core)).slice(1)).toEqual(['lock: Done: @UANN reverted']);
  });

  it('is no more that the version to go back to is down, once another message says that both are', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    const bake = async () => (await core.record()).bake;
    await core.clock.until(async () => (await bake())?.wayBack === 'alive');
    core.world.colors.blue.up = false;
    await core.clock.until(async () => (await bake())?.wayBack === 'dead');
    core.world.colors.green.up = false;
    await core.clock.until(async () => (await bake())?.verdict === 'unhealthy');
    expect(await endings(core)).toEqual(['lock: A newer message replaced this one', undefined]);
  });

  it('is to extend a lock that ends, until it is extended, unlocked or over', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'load test', forMs: 60_000 });
    const { epoch } = await core.record();
    await core.clock.advance(50_000);
    expect(await endings(core)).toEqual([undefined]);
    await bot.submit({ verb: 'extend', press: { release: null, epoch, button: 'lock.extend' } });
    expect(await endings(core)).toEqual(['lock: Done: @UANN extended it']);
  });

  it('has its notice drawn again in the save that ends it', async () => {
    const { core, bot } = await ready(approvals);
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    const asked = (await core.notices()).find(({ asks }) => asks === 'request');
    const marks: { channel: string; service?: string; release: string }[] = [];
    core.watch.saved = ({ change }) => void marks.push(...change.draw);
    await bot.submit({ verb: 'reject', actor: bob });
    expect(marks).toContainEqual({ channel: 'C1', service: '@notices', release: asked?.id });
  });
});
