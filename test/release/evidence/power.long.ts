import { expect, test } from 'vitest';
import { cells, seenAround } from './simulated-power.ts';

test.each(cells)('the table of power is right within a tenth: %i pairs with a noise of %f', (...cell) => {
  const { more, less } = seenAround(cell, 2_000);
  // Three standard deviations of 2,000 runs.
  expect(more).toBeGreaterThan(0.88);
  expect(less).toBeLessThan(0.92);
});
