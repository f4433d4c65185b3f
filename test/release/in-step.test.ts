import { expect, test } from 'vitest';
import { inStep } from '../../src/release/in-step.ts';

test.each([
  [0, 1_000, 1_000],
  [350.5, 1_000, 1_050],
  // A timer that fired early, and work that took a while, do not change the rhythm.
  [999.4, 1_000, 1_001],
  [1_090, 1_000, 910],
  [350, 900, 900],
])('a wait that begins at %s ms for %s ms takes %s ms', (at, ms, takes) => {
  expect(inStep({ mono: () => at }, ms)).toBe(takes);
});
