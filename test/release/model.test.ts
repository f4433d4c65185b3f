import { describe, expect, it } from 'vitest';
import { found, seed, shortened } from './model/lives.ts';
import { play } from './model/play.ts';
import { playRandom } from './model/random.ts';

describe('a service to which anything may happen', () => {
  it.each(shortened)(
    'keeps every guarantee when $name',
    async ({ setup, script, autoRevert, stops = false }) => {
      await expect(
        play(setup, script, { stops, ...(autoRevert && { autoRevert }) }),
      ).resolves.toBeUndefined();
    },
  );

  it.each(found)('keeps every guarantee in seed %i, life %i', async (of, life) => {
    expect(await playRandom({ seed: of, numRuns: 1, path: String(life) })).toBe('');
  });

  it('keeps every guarantee in a hundred and fifty lives with a router that is late', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 150);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, late: true })).toBe('');
  });

  it('keeps every guarantee in a hundred lives in which some wait in line', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 100);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, line: true })).toBe('');
  });

  it('keeps every guarantee in a hundred and fifty lives in which releases are reverted by themselves', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 150);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, countdown: true })).toBe('');
  });

  it('keeps every guarantee in a hundred and fifty lives in which nobody can write around a switch', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 150);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, windows: true })).toBe('');
  });

  it('keeps every guarantee in a hundred and fifty lives in which hooks stop writes around a switch', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 150);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, stops: true })).toBe('');
  });

  it('keeps every guarantee in a hundred and fifty lives whose colors have databases of their own', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 150);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns, data: true })).toBe('');
  });

  it('keeps every guarantee in a hundred lives in which there is no way back from most releases', {
    timeout: 600_000,
  }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 100);
    const of = Number(MODEL_SEED ?? seed);
    expect(await playRandom({ seed: of, numRuns, countdown: true, oneWay: true })).toBe('');
  });

  it('keeps every guarantee in four hundred lives', { timeout: 600_000 }, async () => {
    const { MODEL_SEED, MODEL_RUNS } = process.env;
    const numRuns = Number(MODEL_RUNS ?? 400);
    expect(await playRandom({ seed: Number(MODEL_SEED ?? seed), numRuns })).toBe('');
  });
});
