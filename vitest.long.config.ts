import { defineConfig } from 'vitest/config';

/** Tests that take minutes (`*.long.ts`): `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.ts'],
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
