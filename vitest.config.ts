import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    globalSetup: ['test/support/shared-folder.ts'],
    // Longer than anything that a test waits for (`longMs`), so that it can say what did not come.
    testTimeout: 150_000,
    hookTimeout: 150_000,
    // Most tests wait for real servers more than they compute: on two cores, two workers leave half of the time unused.
    maxWorkers: 3,
  },
});
