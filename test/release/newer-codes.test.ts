/** Codes and kinds of a newer version in a stored record: this version shows them, and goes on. */
import { expect, it } from 'vitest';
import type { ServiceRecord } from '../../src/release/release.ts';
import { ann, bob, inState, ready, staged } from '../support/memory-core.ts';
import type { Core } from '../support/memory-core.ts';

/** Stores the record again as a newer version would have: with what `change` does to it. */
async function rewritten(core: Core, change: (record: ServiceRecord) => object): Promise<void> {
  const record = await core.record();
  await core.plant('checkout', JSON.stringify({ ...record, ...change(structuredClone(record)) }));
}

const newer = 'alert-storm';

it('a release that ended with a code of a newer version can be promoted, and reverted', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await rewritten(core, ({ releases: [first, ...others] }) => ({
    releases: [{ ...first, code: newer, cause: 'too much at once' }, ...others],
  }));
  expect((await core.record()).releases[0]).toMatchObject({ code: newer });
  expect(await bot.submit({ verb: 'promote', actor: bob })).toMatchObject({ ok: true });
  await inState(core, 'baking');
  expect((await core.record()).releases[0]).not.toHaveProperty('code');
  expect(await bot.submit({ verb: 'revert', actor: ann })).toMatchObject({ ok: true });
  await inState(core, 'idle');
  expect(await core.record()).toMatchObject({ live: 'blue' });
});

it('an operation that is to end with a code of a newer version ends with it', async () => {
  const { core, bot } = await ready();
  core.world.deploy = { state: 'running', started: [] };
  await bot.submit({ verb: 'stage', version: 'v2' });
  bot.kill();
  await rewritten(core, ({ op }) => ({ op: { ...op, ending: { code: newer, cause: 'too much at once' } } }));
  core.replica();
  await inState(core, 'idle', 60_000);
  expect((await core.record()).releases[0]).toMatchObject({ code: newer, cause: 'too much at once' });
  expect((await core.history()).map(({ code }) => code)).toContain(newer);
});

it('the bot keeps a notice of a newer version as it is, and mentions nobody for it', async () => {
  const { core, bot } = await ready();
  const ask = { id: 'n1', kind: 'handover', subject: 'x', ringAt: core.clock.now() + 1_000 };
  await rewritten(core, () => ({ asks: [ask] }));
  await staged(core, bot);
  await core.clock.advance(400_000);
  expect((await core.record()).asks?.[0]).toEqual(ask);
});

it('text that is no code leaves the record alone', async () => {
  const { core, bot } = await ready();
  await staged(core, bot);
  await rewritten(core, ({ releases: [first] }) => ({ releases: [{ ...first, code: '<!channel> look' }] }));
  await expect(core.record()).rejects.toThrow(/releases\.0\.code/);
});
