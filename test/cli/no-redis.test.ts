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
        /^storage-unavailable: Redis refuses the user or the password\. Correct both in REDIS_URL/,
      );
      expect(err).not.toMatch(/hunter2|break-glass/);
    }
  });
});

describe('revert --break-glass', () => {
  it('is refused where Redis answers this machine alone with a no, and goes past it with --force', async () => {
    const { host } = new URL(town().redis.url);
    const asked = {
      [`redis://:hunter2@${host}`]: 'refuses the user or the password',
      [`redis://${host}`]: 'needs a password',
      [`rediss://:secret@${host}`]: 'does not speak TLS on that port',
    };
    const glass = ['revert', 'checkout', '--break-glass', 'fire'];
    const ended = await Promise.all(
      Object.entries(asked).map(async ([url, found]) => {
        const one = await openCli(town(), { REDIS_URL: url });
        return { found, ...(await one.run(...glass)) };
      }),
    );
    for (const { found, code, out, err } of ended) {
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(
        new RegExp(`^storage-unavailable: Redis ${found}\\. But it answers, so a bot`, 'm'),
      );
      expect(err).toMatch(/nothing was done.*REDIS_URL.*add --force, at your own risk/);
    }
    expect(await town().live()).toBe('blue');
    const forced = await stranger.run(...glass, '--force');
    expect([forced.code, forced.out]).toEqual([
      0,
      expect.stringContaining('traffic of checkout goes to green'),
    ]);
    expect(await town().live()).toBe('green');
  });
});
