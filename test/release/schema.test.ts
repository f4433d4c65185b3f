import { describe, expect, it, test } from 'vitest';
import { explainGates } from '../../src/release/explain-gates.ts';
import { plain } from '../../src/release/line.ts';
import { fitOf, keptOf, schemaSentence } from '../../src/release/schema.ts';
import type { SchemaAnswer } from '../../src/release/schema.ts';
import { ann, inState, ready, staged } from '../support/memory-core.ts';
import type { Core, Replica } from '../support/memory-core.ts';

const said = (needs: number, min = needs, max = needs, at?: number): SchemaAnswer => ({
  ok: true,
  said: { needs, min, max, ...(at !== undefined && { at }) },
});
const unknown: SchemaAnswer = { ok: false, why: 'blue: GET /version answered without "needs"' };

test('the database has the version that is reported of it, else the highest that a running color needs', () => {
  expect(keptOf({ blue: said(41), green: said(42, 41) }, undefined).at).toBe(42);
  // A dropped release has run its migrations, too.
  expect(keptOf({ blue: said(41), green: said(41) }, { at: 43 }).at).toBe(43);
  expect(keptOf({ blue: said(41), green: said(42, 41, 42, 41) }, { at: 43 }).at).toBe(41);
  expect(keptOf({ blue: unknown, green: unknown }, { at: 43 }).at).toBe(43);
  expect(fitOf(keptOf({ blue: unknown, green: said(42) }, undefined), 'blue')).toMatchObject({
    fits: 'unknown',
  });
  expect(schemaSentence(undefined, 'blue')).toBe('');
});

async function withSchema(blue: SchemaAnswer, green: SchemaAnswer): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  core.world.schema = { blue, green };
  return { core, bot };
}
const gates = async (core: Core, bot: Replica, of: 'promote' | 'revert'): Promise<string> => {
  const why = explainGates(bot.parts, 'checkout', ann);
  await core.clock.advance(2_000);
  return (await why)[of]
    .map(({ gate, refusal, note }) => `${gate}: ${refusal ? plain(refusal.why) : plain(note ?? ['ok'])}`)
    .join('\n');
};
const live = async (core: Core, bot: Replica): Promise<void> => {
  expect((await bot.submit({ verb: 'promote' })).ok).toBe(true);
  await inState(core, 'baking');
};

describe('a service whose colors report the schema', () => {
  it('says that all is compatible, and goes back', async () => {
    const { core, bot } = await withSchema(said(41, 40, 42), said(42, 41, 42));
    await staged(core, bot);
    expect((await core.record()).releases[0]).toMatchObject({ schema: { at: 42 } });
    expect(await gates(core, bot, 'promote')).toContain('schema of green: the database is at 42');
    await live(core, bot);
    expect(await gates(core, bot, 'revert')).toContain('schema of blue: the database is at 42');
    expect((await bot.submit({ verb: 'revert' })).ok).toBe(true);
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });

  it('has no way back where the old version does not read what the new one made', async () => {
    const { core, bot } = await withSchema(said(41, 40, 41), said(42));
    await staged(core, bot);
    expect((await core.record()).releases[0]?.noWayBack).toMatchObject({
      reason: 'blue reads 40 to 41, the database is at 42',
      by: { kind: 'system', rule: 'schema' },
    });
    expect(await core.said()).toContain(
      'no way back: blue reads 40 to 41, the database is at 42. A revert must be forced',
    );
    await live(core, bot);
    const refused = await bot.submit({ verb: 'revert' });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'no-way-back' } });
    expect((await bot.submit({ verb: 'revert', force: 'it was migrated back' })).ok).toBe(true);
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });

  it('refuses a promote of a version that was built for an older one', async () => {
    const { core, bot } = await withSchema(said(41, 40, 43), said(43));
    await staged(core, bot, 'v3');
    expect((await core.record()).releases[0]?.schema?.at).toBe(43);
    core.world.schema = { blue: said(41, 40, 43), green: said(42, 41, 42) };
    await staged(core, bot, 'v2');
    expect(await gates(core, bot, 'promote')).toContain(
      'schema of green: green was built for 42, the database is at 43: it will not start',
    );
    expect((await bot.submit({ verb: 'promote' })).ok).toBe(true);
    await core.clock.until(async () => (await core.record()).releases[0]?.code === 'schema-incompatible');
    expect(await core.record()).toMatchObject({ state: 'staged', live: 'blue' });
    expect(core.world.writes).toEqual([]);
  });

  it('refuses a revert to a color that no longer fits, unless it is forced', async () => {
    const { core, bot } = await withSchema(said(41, 40, 42), said(42, 41, 42));
    await staged(core, bot);
    await live(core, bot);
    // Somebody migrated further by hand.
    core.world.schema = { blue: said(41, 40, 42), green: said(42, 41, 44, 44) };
    expect((await bot.submit({ verb: 'revert' })).ok).toBe(true);
    await core.clock.until(async () => (await core.said()).includes('schema-incompatible'));
    expect(await core.said()).toContain('blue was built for 41, the database is at 44: it will not start');
    await inState(core, 'baking');
    expect((await bot.submit({ verb: 'revert', force: 'blue was patched' })).ok).toBe(true);
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });

  it('stops nothing for what nobody knows, and says so', async () => {
    const { core, bot } = await withSchema(unknown, { ok: false, why: 'green: GET /version got no answer' });
    await staged(core, bot);
    expect((await core.record()).releases[0]?.noWayBack).toBeUndefined();
    expect(await core.said()).toContain(
      'whether a way back fits the schema is not known: blue: GET /version answered',
    );
    await live(core, bot);
    expect(await gates(core, bot, 'revert')).toContain('schema of blue: not known: blue: GET /version');
    expect((await bot.submit({ verb: 'revert' })).ok).toBe(true);
    await core.clock.until(async () => (await core.record()).live === 'blue');
  });
});
