import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/shared-folder.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Real servers on a small machine: more workers than cores only makes each wait for the others.
    maxWorkers: 2,
  },
});
