/** A Redis that answers and does not let this machine in: every verb names the cause, and nobody goes around it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const { town } = sharedTown({ bots: 0, file: { roles: { operator: [me] } } });
let stranger: Cli;
beforeAll(async () => {
  const { host } = new URL(town().redis.url);
  stranger = await openCli(town(), { REDIS_URL: `redis://:hunter2@${host}` });
  await town().redis.cli('config', 'set', 'requirepass', 'secret');
});
afterAll(() => stranger.close());

describe('a wrong password', () => {
  it('is named by every verb, with what to do', async () => {
    const verbs = ['status', 'history checkout', 'why checkout', 'promote checkout', 'revert checkout'];
    const ended = await Promise.all(verbs.map((words) => stranger.run(...words.split(' '))));
    for (const { code, out, err } of ended) {
      expect([code, out]).toEqual([3, '']);
      expect(err).toMatch(
        /^storage-unavailable: Redis refuses the user or the password; correct both in REDIS_URL/,
      );
      expect(err).not.toMatch(/hunter2|break-glass/);
    }
  });
});
