import { describe, expect, it } from 'vitest';
import type { Answer } from '../../src/release/command.ts';
import { plain } from '../../src/release/line.ts';
import { refusalWords } from '../../src/release/refusals.ts';
import { ann, bob, cleo, inState, ready, staged } from '../support/memory-core.ts';

const minute = 60_000;

describe('the end of a lock', () => {
  it('is announced to the holder once, with a button, when half an hour is left', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'load test', forMs: 180 * minute });
    await core.clock.jump(149 * minute);
    expect(await core.said()).not.toContain('ends');
    await core.clock.advance(2 * minute);
    const reminders = (await core.notices()).filter((notice) => notice.buttons === 'lock');
    expect(reminders).toMatchObject([{ kind: 'broadcast', to: 'UANN' }]);
    await core.clock.advance(5 * minute);
    expect((await core.notices()).filter((notice) => notice.buttons === 'lock')).toHaveLength(1);
  });

  it('is announced when a quarter is left of a short one', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'look', forMs: 8 * minute });
    await core.clock.advance(5.9 * minute);
    expect((await core.notices()).some((notice) => notice.buttons === 'lock')).toBe(false);
    await core.clock.advance(0.2 * minute);
    expect((await core.notices()).some((notice) => notice.buttons === 'lock')).toBe(true);
  });

  it('is put off by the holder, and announced again', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'look', forMs: 8 * minute });
    await core.clock.advance(7 * minute);
    expect(await bot.submit({ verb: 'extend' })).toMatchObject({ ok: true });
    await core.clock.advance(2 * minute);
    expect((await core.record()).lock).toMatchObject({ holder: ann });
    await core.clock.jump(449 * minute);
    await core.clock.advance(2 * minute);
    expect((await core.notices()).filter((notice) => notice.buttons === 'lock')).toHaveLength(2);
  });

  it('frees the service and says so', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'look', forMs: minute });
    expect(await bot.submit({ verb: 'stage', version: 'v2' })).toMatchObject({
      ok: false,
      refusal: { code: 'locked' },
    });
    await core.clock.advance(minute + 1_000);
    expect((await core.record()).lock).toBeNull();
    expect(await core.said()).toContain('ended');
    expect((await core.history())[0]).toMatchObject({ what: 'lock-ended' });
  });

  it('does not stand in the way of the lock after a revert that outlasts it', async () => {
    const { core, bot } = await ready();
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await bot.submit({ verb: 'lock', reason: 'look', forMs: 5_000 });
    core.world.faults = Array.from({ length: 8 }, () => 'not-delivered' as const);
    await bot.submit({ verb: 'revert' });
    await core.clock.until(async () => (await core.record()).lastRevert !== null);
    expect((await core.record()).lock).toMatchObject({ holder: { kind: 'system' }, until: null });
  });
});

const said = (answer: Answer): string => plain(answer.ok ? answer.text : refusalWords(answer.refusal));
const pipeline = { kind: 'cli', name: 'deploy' } as const;

describe('a lock on what its holder locked already', () => {
  it('says what it takes the place of, in the answer and in the history', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'migration A' });
    const answer = await bot.submit({ verb: 'lock', reason: 'migration B', forMs: 60 * minute });
    expect(said(answer)).toMatch(
      /^lock: checkout stays locked until .*\. This replaces your lock until .*: migration A\.$/,
    );
    const texts = (await core.history()).map(({ text }) => plain(text));
    expect(texts).toContain('checkout: migration B (in place of the lock of @UANN: migration A)');
  });

  it('is refused to a second run of a pipeline, unless it says that it replaces it', async () => {
    const { core, bot } = await ready();
    core.roles['cli:deploy'] = ['operator'];
    const lock = { verb: 'lock', actor: pipeline } as const;
    expect(await bot.submit({ ...lock, reason: 'migration A' })).toMatchObject({ ok: true });
    const second = await bot.submit({ ...lock, reason: 'migration B' });
    expect(second).toMatchObject({ refusal: { code: 'locked' } });
    expect(said(second)).toMatch(/migration A\. .*lock checkout --replace <reason>/);
    expect(await bot.submit({ ...lock, reason: 'migration A' })).toMatchObject({ ok: true });
    const only = await bot.submit({ verb: 'unlock', actor: pipeline, only: 'migration B' });
    expect(only).toMatchObject({ refusal: { code: 'not-allowed' } });
    expect((await core.record()).lock?.reason).toBe('migration A');
    expect(await bot.submit({ ...lock, reason: 'migration B', replace: true })).toMatchObject({ ok: true });
    expect(said(await bot.submit({ verb: 'unlock', actor: pipeline, only: 'migration B' }))).toBe(
      'unlock: checkout is unlocked: releases can go on. It was locked by cli:deploy: migration B.',
    );
    expect((await core.history())[0]?.text.map((part) => plain([part])).join('')).toContain('migration B');
  });
});

it('the reason of a lock by Switchback may be changed by an operator: it keeps its holder and has no end', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await bot.submit({ verb: 'revert', reason: 'errors' });
  await inState(core, 'idle');
  const answer = await bot.submit({ verb: 'lock', reason: 'the cart loses items', actor: bob });
  expect(said(answer)).toBe(
    'lock: checkout stays locked until somebody unlocks it. The reason is now: the cart loses items. Before it was: reverted: errors.',
  );
  expect((await core.record()).lock).toMatchObject({
    holder: { kind: 'system' },
    until: null,
    reason: 'the cart loses items',
  });
  expect(said(await bot.submit({ verb: 'revert' }))).toContain(
    'If the revert was a mistake, go forward: switchback unlock checkout, switchback stage checkout v2, switchback promote checkout.',
  );
  expect(await bot.submit({ verb: 'unlock' })).toMatchObject({ ok: true });
});

it('Unlock on a card ends the lock that Switchback took, and none that a person took since', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await bot.submit({ verb: 'revert', reason: 'errors' });
  await inState(core, 'idle');
  const { epoch, releases } = await core.record();
  const press = { release: releases[0]?.id ?? null, epoch, button: 'lock.unlock' };
  expect(await bot.submit({ verb: 'unlock', actor: bob, press })).toMatchObject({ ok: true });
  expect((await core.record()).lock).toBeNull();
  await bot.submit({ verb: 'lock', reason: 'mine' });
  const again = await bot.submit({ verb: 'unlock', actor: cleo, press });
  expect(again).toMatchObject({ ok: false, refusal: { code: 'stale-button' } });
  expect((await core.record()).lock).toMatchObject({ reason: 'mine' });
});

it('a lock by Switchback is not replaced by one that ends: it is unlocked first, or taken over by an admin', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await bot.submit({ verb: 'promote' });
  await inState(core, 'baking');
  await bot.submit({ verb: 'revert', reason: 'errors' });
  await inState(core, 'idle');
  const answer = await bot.submit({ verb: 'lock', reason: 'mine', forMs: minute, actor: bob });
  if (answer.ok) throw new Error('was locked');
  expect(answer.refusal.code).toBe('locked');
  expect(plain(answer.refusal.why)).toMatch(
    /^checkout is locked by Switchback since .*: reverted: errors\.$/,
  );
  expect(plain(answer.refusal.next ?? [])).toContain('Unlock it first');
  expect((await core.record()).lock?.holder.kind).toBe('system');

  await bot.submit({ verb: 'unlock', actor: bob });
  expect(await bot.submit({ verb: 'lock', reason: 'mine', actor: bob })).toMatchObject({ ok: true });
  expect((await core.record()).lock).toMatchObject({ holder: bob, reason: 'mine' });
  expect(await bot.submit({ verb: 'lock', reason: 'all of us', actor: cleo })).toMatchObject({ ok: true });
});
