import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Verb } from '../../src/release/verbs/index.ts';
import { states } from '../../src/release/release.ts';
import type { State } from '../../src/release/release.ts';
import type { RefusalCode } from '../../src/release/refusals.ts';
import { cleo, inState, ready, staged } from '../support/memory-core.ts';
import type { Asked, Core, Replica } from '../support/memory-core.ts';

/** The state right after the verb was accepted, or the code of its refusal. */
type Expected = `→ ${State}` | RefusalCode;

/** What each verb of an admin comes to. */
const table: Record<State, Record<Verb, Expected>> = {
  // v2 is live and settled, v1 the way back
  idle: row({ stage: '→ staging', promote: 'nothing-staged', revert: '→ reverting', lock: '→ idle' }),
  // the first stage: there is no way back
  staging: row({
    stage: 'operation-in-progress',
    promote: 'operation-in-progress',
    revert: 'nothing-to-revert-to',
    cancel: '→ staging',
    lock: '→ staging',
  }),
  staged: row({
    stage: '→ staging',
    promote: '→ promoting',
    revert: 'nothing-to-revert-to',
    cancel: '→ idle',
    lock: '→ staged',
  }),
  // the intent is saved
  promoting: row({
    stage: 'operation-in-progress',
    promote: 'operation-in-progress',
    revert: '→ promoting',
    cancel: 'operation-in-progress',
    lock: '→ promoting',
  }),
  baking: row({
    stage: 'operation-in-progress',
    promote: 'operation-in-progress',
    revert: '→ reverting',
    settle: '→ idle',
    lock: '→ baking',
  }),
  reverting: row({
    stage: 'operation-in-progress',
    promote: 'operation-in-progress',
    revert: '→ reverting',
    cancel: 'operation-in-progress',
    lock: '→ reverting',
  }),
  stuck: row({
    stage: 'stuck',
    promote: 'stuck',
    revert: '→ reverting',
    cancel: 'stuck',
    retry: '→ promoting',
    adopt: '→ idle',
    lock: '→ stuck',
  }),
};

function row(
  differs: Partial<Record<Verb, Expected>> & Record<'stage' | 'promote' | 'revert' | 'lock', Expected>,
) {
  const nothing = 'nothing-to-do' as const;
  return {
    approve: nothing,
    reject: nothing,
    cancel: nothing,
    settle: nothing,
    extend: nothing,
    unlock: nothing,
    retry: nothing,
    adopt: nothing,
    ...differs,
  };
}

function jam(core: Core): void {
  core.world.faults = Array.from({ length: 300 }, () => 'refused' as const);
}

/** Brings a service into this state by commands alone. */
async function reach(state: State): Promise<{ core: Core; bot: Replica }> {
  const { core, bot } = await ready();
  if (state === 'staging') {
    core.world.colors.green.version = 'v2';
    await bot.submit({ verb: 'stage', version: 'v2' });
    return { core, bot };
  }
  await staged(core, bot);
  if (state === 'staged') return { core, bot };
  if (state === 'promoting' || state === 'stuck') jam(core);
  await bot.submit({ verb: 'promote' });
  if (state === 'promoting') {
    await core.clock.until(() => core.world.writes.length > 0);
    return { core, bot };
  }
  if (state === 'stuck') {
    await core.clock.until(() => core.world.writes.length > 0);
    core.world.router['r1'] = 'unknown';
    await inState(core, 'stuck', 40_000);
    core.world.router['r1'] = 'green';
    return { core, bot };
  }
  await inState(core, 'baking');
  if (state === 'baking') return { core, bot };
  if (state === 'idle') {
    await inState(core, 'idle', 30_000);
    return { core, bot };
  }
  jam(core);
  await bot.submit({ verb: 'revert' });
  return { core, bot };
}

function commandOf(verb: Verb): Asked {
  if (verb === 'stage') return { verb, version: 'v3', actor: cleo };
  if (verb === 'lock') return { verb, reason: 'look', actor: cleo };
  return { verb, actor: cleo };
}

/** One verb in one state: the answer, and the record as this very command left it. */
async function tried(verb: Verb, state: State) {
  const { core, bot } = await reach(state);
  const before = await core.record();
  if (before.state !== state) throw new Error(`${state} was not reached: ${before.state}`);
  let after = before;
  core.watch.saved = (saved) => {
    if (saved.change.mark?.keys.includes('this')) after = saved.after;
  };
  const answer = await bot.submit({ ...commandOf(verb), marks: ['this'] } as Asked);
  // What runs next to it goes on, and writes history too.
  const newest = (await core.history()).find(({ actor }) => isDeepStrictEqual(actor, cleo));
  return { answer, before, after, newest };
}

const cells = states.flatMap((state) =>
  (Object.keys(table[state]) as Verb[]).map((verb) => [verb, state, table[state][verb]] as const),
);

describe('the result of each verb in each state', () => {
  it('is said for all seven states and twelve verbs', () => {
    expect(cells).toHaveLength(7 * 12);
  });

  it.each(cells.filter(([, , expected]) => expected.startsWith('→')))(
    '%s in %s: %s',
    async (verb, state, expected) => {
      const { answer, after } = await tried(verb, state);
      expect(answer).toMatchObject({ ok: true });
      expect(`→ ${after.state}`).toBe(expected);
    },
  );

  it.each(cells.filter(([, , expected]) => !expected.startsWith('→')))(
    '%s in %s: %s',
    async (verb, state, code) => {
      const { answer, before, after, newest } = await tried(verb, state);
      expect(answer).toMatchObject({ ok: false, refusal: { code } });
      expect(after.revision).toBe(before.revision);
      expect(newest).toMatchObject({ what: 'refused', code, actor: cleo });
    },
  );
});

describe('a press whose button is out of date', () => {
  it.each(['promote', 'cancel', 'approve', 'reject', 'revert', 'retry', 'adopt'] as const)(
    'does nothing and says so: %s of an older epoch',
    async (verb) => {
      const { core, bot } = await reach('baking');
      const { revision, releases, epoch } = await core.record();
      const press = { release: releases[0]?.id ?? null, epoch: epoch - 2, button: `release.${verb}` };
      const answer = await bot.submit({ verb, actor: cleo, press });
      expect(answer).toMatchObject({ ok: false, refusal: { code: 'stale-button' } });
      expect((await core.record()).revision).toBe(revision);
    },
  );
});
