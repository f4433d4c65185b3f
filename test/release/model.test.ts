import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { script, setup } from './model/actions.ts';
import { play } from './model/play.ts';

const numRuns = Number(process.env['MODEL_RUNS'] ?? 1_000);

describe('a service to which anything may happen', () => {
  it('keeps every guarantee', { timeout: 600_000 }, async () => {
    const seed = process.env['MODEL_SEED'];
    const told = await fc.check(fc.asyncProperty(setup, script, play), {
      numRuns,
      ...(seed !== undefined && { seed: Number(seed) }),
    });
    const story = told.failed
      ? `seed ${told.seed}, path ${told.counterexamplePath}\n${String(told.errorInstance)}`
      : '';
    expect(story).toBe('');
  });
});
