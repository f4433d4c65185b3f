import { describe, expect, it } from 'vitest';
import { plain } from '../../src/release/line.ts';
import { bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

const marks = ['signature:1', 'trigger:1'];
const away = { ok: false, refusal: { code: 'storage-unavailable' } };

/** What Ann was told alone. */
async function toldAnn(core: Core): Promise<string> {
  const told = (await core.notices()).filter((notice) => notice.to === 'UANN' && notice.kind === 'private');
  return told.map((notice) => plain(notice.text)).join('\n');
}

describe('a command whose save had no answer', () => {
  it('is never stored after its sender has read that it was not, and its repeat is refused too', async () => {
    const { core, bot } = await ready();
    core.world.storage.faults.push('late');
    const answer = await bot.submit({ verb: 'stage', version: 'v2', marks });
    expect(answer).toMatchObject({ ...away, toldLater: true });
    await core.clock.until(async () => (await toldAnn(core)) !== '', 900);
    expect(await toldAnn(core)).toBe(
      'storage-unavailable: Your stage of checkout was not stored; nothing was done. Send it again if you still want it.',
    );
    const repeat = await core.replica().submit({ verb: 'stage', version: 'v2', marks: ['trigger:1'] });
    expect(repeat).toMatchObject({ ...away, repeated: true });
    await core.clock.advance(30_000);
    expect(await core.record()).toMatchObject({ state: 'idle', sequence: 0 });
    expect((await core.history()).map((entry) => entry.what)).toEqual(['adopted']);
    expect(await toldAnn(core)).not.toContain('\n');
  });

  it('is never stored later when it has no mark of its own either', async () => {
    const { core, bot } = await ready();
    core.world.storage.faults.push('late');
    await bot.submit({ verb: 'stage', version: 'v2' });
    await core.clock.advance(30_000);
    expect(await toldAnn(core)).toContain('was not stored');
    expect((await core.record()).sequence).toBe(0);
  });

  it('is reported as stored when it was, also while the storage is silent for a while', async () => {
    const { core, bot } = await ready();
    core.world.storage.faults.push('unanswered', 'lost', 'unanswered', 'lost');
    core.world.colors.green.version = 'v2';
    expect(await bot.submit({ verb: 'stage', version: 'v2', marks })).toMatchObject(away);
    await inState(core, 'staged');
    await core.clock.until(async () => (await toldAnn(core)) !== '');
    expect(await toldAnn(core)).toBe(
      'stage: your stage of checkout was stored after all; look at its card or at status.',
    );
    expect(await bot.submit({ verb: 'stage', version: 'v2', marks })).toMatchObject({
      ok: true,
      repeated: true,
    });
  });

  it('is reported as refused when it was', async () => {
    const { core, bot } = await ready();
    await bot.submit({ verb: 'lock', reason: 'look', actor: bob });
    core.world.storage.faults.push('unanswered');
    await bot.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(1_000);
    expect(await toldAnn(core)).toMatch(/^locked: stage of checkout was refused\. checkout is locked by/);
  });

  it('drops no approvals later either', async () => {
    const { core, bot } = await ready({ settings: { promotion: { approvals: 1 } } });
    await staged(core, bot);
    await bot.submit({ verb: 'promote' });
    core.settings({ promotion: { approvals: 2 } });
    core.world.storage.faults.push('late');
    expect(await bot.submit({ verb: 'approve', actor: bob, marks })).toMatchObject(away);
    await core.clock.advance(10_000);
    expect((await core.record()).request?.status).toBe('open');
    const again = await bot.submit({ verb: 'approve', actor: bob, marks: ['trigger:2'] });
    expect(again).toMatchObject({ refusal: { code: 'release-changed' } });
    expect((await core.record()).request).toBeNull();
    expect(await bot.submit({ verb: 'approve', actor: bob, marks: ['trigger:2'] })).toMatchObject({
      refusal: { code: 'release-changed' },
      repeated: true,
    });
    expect((await core.history()).filter((entry) => entry.code === 'release-changed')).toHaveLength(1);
  });
});

it('a refusal that races its own repeat has one code', async () => {
  const { core, bot } = await ready();
  await bot.submit({ verb: 'lock', reason: 'look', actor: bob });
  // Both look before either is written down, and find different reasons.
  const first = bot.submit({ verb: 'stage', version: 'v1', marks });
  const other = core
    .replica()
    .submit({ verb: 'stage', version: 'v1', marks, actor: { ...bob, user: 'UEVE' } });
  const answers = await Promise.all([first, other]);
  const codes = answers.map((answer) => (answer.ok ? 'ok' : answer.refusal.code));
  expect(new Set(codes).size).toBe(1);
  expect(answers.filter((answer) => answer.repeated === true)).toHaveLength(1);
});

describe('the repeat of a stage that waits for a replica of the storage', () => {
  it('is answered with what became of the first', async () => {
    const { core, bot } = await ready({ latencyMs: () => 40 });
    core.world.storage.replicas = 'answer';
    const first = bot.submit({ verb: 'stage', version: 'v2', marks });
    const repeat = core.replica().submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(1_000);
    expect(await first).toMatchObject({ ok: true });
    expect(await repeat).toMatchObject({ ok: true, repeated: true });
  });

  it('stops it for good when it is still not confirmed after the time that takes', async () => {
    const { core, bot } = await ready();
    const other = core.replica();
    core.world.storage.replicas = 'answer';
    core.watch.saved = ({ after }) => {
      if (after.op?.unconfirmedAt !== undefined) bot.pause();
    };
    const first = bot.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(100);
    const repeat = other.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(2_700);
    bot.resume();
    await core.clock.advance(10_000);
    expect(await repeat).toMatchObject({ ...away, repeated: true });
    expect(await other.submit({ verb: 'stage', version: 'v2', marks })).toEqual(await repeat);
    expect(await first).toMatchObject(away);
    expect((await core.record()).state).toBe('idle');
    expect((await core.history()).map((entry) => entry.what)).not.toContain('staged');
  });

  it('gets the answer that it is not confirmed when the storage does not say more', async () => {
    const { core, bot } = await ready();
    const other = core.replica();
    core.world.storage.replicas = 'answer';
    core.watch.saved = ({ after }) => {
      if (after.op?.unconfirmedAt !== undefined) bot.kill();
    };
    void bot.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(100);
    const repeat = other.submit({ verb: 'stage', version: 'v2', marks });
    await core.clock.advance(100);
    core.world.storage.away = true;
    await core.clock.advance(3_000);
    const answer = await repeat;
    expect(answer).toMatchObject({ ...away, repeated: true });
    expect(answer.ok ? '' : plain(answer.refusal.why)).toContain('is not confirmed');
  });
});
