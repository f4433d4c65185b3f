import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { script, setup } from './model/actions.ts';
import { play } from './model/play.ts';

describe('many services to which anything may happen', () => {
  it.each([1, 2, 3])('keep every guarantee (%i)', { timeout: 1_800_000 }, async () => {
    const told = await fc.check(fc.asyncProperty(setup, script, play), { numRuns: 10_000 });
    const story = `seed ${told.seed}, path ${told.counterexamplePath ?? ''}\n${String(told.errorInstance)}`;
    expect(told.failed ? story : '').toBe('');
  });
});
