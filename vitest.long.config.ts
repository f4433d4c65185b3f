import { defineConfig } from 'vitest/config';

/** Tests of what must hold for any value. In `npm test` they get the same values each time, here new ones. */
const properties = [
  'test/log.test.ts',
  'test/release/freeze.test.ts',
  'test/release/evidence/e-process.test.ts',
  'test/store/clock-estimate.test.ts',
  'test/slack/{reply,command}.test.ts',
  'test/slack/cards/{release-card,line,hostile}.test.ts',
  'test/alerts/{laws,sources,hostile,hostile-thread}.test.ts',
  'test/playground/mrkdwn.test.ts',
];

/** Tests that take minutes (`*.long.ts`), or that differ from run to run: `npm run test:long`. */
export default defineConfig({
  test: {
    include: ['test/**/*.long.ts', ...properties],
    globalSetup: ['test/support/shared-folder.ts'],
    passWithNoTests: true,
    testTimeout: 600_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
