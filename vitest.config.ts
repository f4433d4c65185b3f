import { defineConfig } from 'vitest/config';
import { LongFirst } from './test/support/long-first.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    globalSetup: ['test/support/shared-folder.ts'],
    // Longer than anything that a test waits for (`longMs`), so that it can say what did not come.
    testTimeout: 150_000,
    hookTimeout: 150_000,
    // Most files load the whole bot, which takes 3 s of processor time: those that run one after another in the same
    // worker load it once. What a file sets in a module it must set back.
    isolate: false,
    sequence: { sequencer: LongFirst },
    // Most tests wait for real servers more than they compute: on two cores, two workers leave half of the time unused.
    maxWorkers: 3,
  },
});
