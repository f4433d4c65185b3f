import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { openTown } from './one-bot.ts';
import type { Town, TownOptions } from './one-bot.ts';
import { visit } from './conversation.ts';
import type { Visit } from './conversation.ts';

/**
 * One town for all tests of a `describe` or file, each of which goes to a service of its own. After each test Slack must
 * not have refused anything, unless the test takes what it provoked by `violations()`.
 */
export function sharedTown(options: TownOptions | (() => TownOptions | Promise<TownOptions>)): {
  town: () => Town;
  at: (service: string) => Visit;
  /** What Slack refused since the last look. */
  violations: () => Town['slack']['violations'];
} {
  let opened: Town | undefined;
  const town = (): Town => {
    if (!opened) throw new Error('the town is not open yet');
    return opened;
  };
  beforeAll(async () => {
    opened = await openTown(typeof options === 'function' ? await options() : options);
  });
  afterEach(() => {
    expect(town().slack.violations.splice(0)).toEqual([]);
  });
  afterAll(() => opened?.close());
  return {
    town,
    at: (service) => visit(town(), service),
    violations: () => town().slack.violations.splice(0),
  };
}
