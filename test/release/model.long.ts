import { describe, expect, it } from 'vitest';
import { playRandom } from './model/random.ts';

describe('many services to which anything may happen', () => {
  it.each([1, 2, 3, 4, 5])('keep every guarantee (%i)', { timeout: 3_600_000 }, async () => {
    expect(await playRandom({ numRuns: 8_000 })).toBe('');
    expect(await playRandom({ numRuns: 2_000, line: true })).toBe('');
    expect(await playRandom({ numRuns: 2_000, late: true })).toBe('');
    expect(await playRandom({ numRuns: 4_000, countdown: true })).toBe('');
    expect(await playRandom({ numRuns: 2_000, windows: true })).toBe('');
    expect(await playRandom({ numRuns: 4_000, stops: true })).toBe('');
    expect(await playRandom({ numRuns: 4_000, data: true })).toBe('');
  });
});
