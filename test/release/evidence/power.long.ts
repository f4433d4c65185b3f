import { expect, test } from 'vitest';
import { cells, seenAround } from './simulated-power.ts';

test.each(cells)('the table of power is right within a tenth: %i pairs with a noise of %f', (...cell) => {
  const { more, less } = seenAround(cell, 1_000);
  // Three standard deviations of 1,000 runs.
  expect(more).toBeGreaterThan(0.87);
  expect(less).toBeLessThan(0.93);
});
