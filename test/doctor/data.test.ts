import { expect, it } from 'vitest';
import { examineData } from '../../src/doctor/data.ts';
import type { Data, DataGate } from '../../src/release/data.ts';

const given = (gate: DataGate): { data: Data } => ({
  data: {
    gate: async () => gate,
    lag: async () => undefined,
    turn: async () => ({ turned: false, why: 'not in this test' }),
    missed: async () => undefined,
  },
});

it.each([
  [
    { ok: true, lagMs: 3 } as const,
    { name: 'checkout databases', state: 'ok', found: 'can be turned to blue and green' },
  ],
  [
    { ok: false, why: 'green follows nothing', fix: 'set it up' } as const,
    { name: 'checkout databases', state: 'wrong', found: 'green follows nothing', fix: 'set it up' },
  ],
])('says whether databases can be turned: %j', async (gate, finding) => {
  expect(await examineData('checkout', given(gate), null)).toEqual([finding]);
});

it('says nothing of colors that share their database', async () => {
  expect(await examineData('checkout', {}, null)).toEqual([]);
});
