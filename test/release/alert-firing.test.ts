/** A critical alert on what is live stops a promote where the settings say so, and never a revert. */
import { describe, expect, it } from 'vitest';
import { silence } from '../support/alert-verbs.ts';
import { explainGates } from '../../src/release/explain-gates.ts';
import { plain } from '../../src/release/line.ts';
import { alertGroup, ann, bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const critical = { settings: { promotion: { notWhileFiring: 'critical', bake: '10s' } } };

/** What is staged waits, and this is said of the alerts. */
async function alertsGate(core: Core, bot: Replica): Promise<string> {
  let seen: Awaited<ReturnType<typeof explainGates>> | undefined;
  void explainGates(bot.parts, 'checkout', ann).then((gates) => (seen = gates));
  await core.clock.until(() => seen !== undefined);
  const { promote = [] } = seen ?? {};
  const gate = promote.find((each) => each.gate === 'alerts');
  return gate?.refusal
    ? `${gate.refusal.code}: ${plain(gate.refusal.why)}`
    : `pass: ${plain(gate?.note ?? [])}`;
}

const open = async (
  options: Parameters<typeof ready>[0] = critical,
): Promise<{ core: Core; bot: Replica }> => {
  const { core, bot } = await ready(options);
  await staged(core, bot);
  return { core, bot };
};

describe('a promote while a critical alert fires', () => {
  it('is refused where the settings say so, and goes on once it is resolved', async () => {
    const { core, bot } = await open();
    await core.fires();
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ refusal: { code: 'alert-firing' } });
    expect((await core.record()).state).toBe('staged');
    expect(await alertsGate(core, bot)).toMatch(
      /^alert-firing: Down \(critical\) has been firing since \d{4}-.*\.$/,
    );
    await core.fires({ status: 'resolved' });
    expect(await alertsGate(core, bot)).toBe('pass: ');
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('goes on with a reason, which the history keeps', async () => {
    const { core, bot } = await open();
    await core.fires();
    expect(await bot.submit({ verb: 'promote', whileFiring: 'this is the fix' })).toMatchObject({ ok: true });
    await inState(core, 'baking');
    const words = (await core.history()).map(({ text }) => plain(text));
    expect(words).toContainEqual(expect.stringContaining('while an alert fires: this is the fix'));
  });

  it('goes on where the settings do not say so, and why mentions it', async () => {
    const { core, bot } = await open({ settings: { promotion: { bake: '10s' } } });
    await core.fires();
    expect(await alertsGate(core, bot)).toMatch(
      /^pass: Down \(critical\) has been firing since .*; promotion.notWhileFiring is off$/,
    );
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
  });

  it('is refused though somebody silenced the alert', async () => {
    const { core, bot } = await open();
    await core.fires();
    expect(await silence(core.alerting, alertGroup, ann, { choice: '1h' })).toMatchObject({ ok: true });
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ refusal: { code: 'alert-firing' } });
  });

  it.each([
    ['a warning', { severity: 'warning' }],
    ['one of the color without traffic', { labels: { color: 'green' } }],
  ] as const)('is not stopped by %s', async (_, alert) => {
    const { core, bot } = await open();
    await core.fires(alert);
    expect(await bot.submit({ verb: 'promote' })).toMatchObject({ ok: true });
  });

  it('that begins after the command stops it before the intent is saved', async () => {
    const { core, bot } = await open();
    const submitted = await bot.submit({ verb: 'promote' });
    await core.fires();
    expect(submitted).toMatchObject({ ok: true });
    await inState(core, 'staged');
    expect((await core.record()).releases[0]).toMatchObject({ code: 'alert-firing' });
    expect(core.world.writes).toEqual([]);
  });

  it('is not begun by its last approval either, unless its request gave a reason', async () => {
    const asking = { settings: { promotion: { ...critical.settings.promotion, approvals: 1 } } };
    const { core, bot } = await open(asking);
    await bot.submit({ verb: 'promote' });
    await core.fires();
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({
      refusal: { code: 'alert-firing' },
    });
    expect((await core.record()).request?.approvals).toEqual([]);
    await bot.submit({ verb: 'cancel' });
    await bot.submit({ verb: 'promote', whileFiring: 'this is the fix' });
    expect(await bot.submit({ verb: 'approve', actor: bob })).toMatchObject({ ok: true });
    await inState(core, 'baking');
  });

  it('never stops a revert', async () => {
    const { core, bot } = await open();
    await bot.submit({ verb: 'promote' });
    await inState(core, 'baking');
    await core.fires();
    expect(await bot.submit({ verb: 'revert' })).toMatchObject({ ok: true });
    await inState(core, 'idle');
    expect((await core.record()).live).toBe('blue');
  });
});
