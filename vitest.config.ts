import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/shared-folder.ts'],
    // Longer than anything that a test waits for (`longMs`), so that it can say what did not come.
    testTimeout: 150_000,
    hookTimeout: 150_000,
    // Real servers on a small machine: more workers than cores only makes each wait for the others.
    maxWorkers: 2,
  },
});
