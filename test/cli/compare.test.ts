/** `switchback compare`: the command waits for what a running bot asks both colors. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';

const every = { promotion: { bake: '60s' }, compare: { every: '100ms', block: '1s' } };
const { town, at } = sharedTown({
  services: { sick: every, alone: every, quiet: { ...every, compare: { requests: [] } } },
  file: { roles: { operator: [me, 'U0ANN', 'U0BOB'], approver: ['U0BOB'] } },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

it('says whether a revert would help, in words and as JSON', async () => {
  const sick = at('sick');
  await sick.baking('v2');
  sick.green.levers.fail = true;
  await sick.until('a revert would help', ({ evidence }) => evidence?.now === 'helps');
  const [words, json, status, why] = await Promise.all([
    cli.run('compare', 'sick'),
    cli.run('compare', 'sick', '--json'),
    cli.run('status', 'sick', '--json'),
    cli.run('why', 'sick', '--json'),
  ]);
  expect(JSON.parse(why.out)).toMatchObject({
    verdict: expect.stringMatching(/^Green fails where blue answers: .* Reverting will very likely help\.$/),
  });
  expect(words.out).toMatch(
    /^compare sick: helps\. Green fails where blue answers: \d+ of \d+ against 0 of \d+\. Reverting will very likely help\.\n$/,
  );
  expect(JSON.parse(json.out)).toMatchObject({
    service: 'sick',
    live: 'green',
    now: 'helps',
    backFailed: 0,
    bothFailed: 0,
    text: expect.stringContaining('compare sick: helps. Green fails'),
  });
  expect(JSON.parse(status.out)).toMatchObject({ evidence: { now: 'helps', backFailed: 0 } });
  const { out } = await cli.run('history', 'sick', '--json');
  expect(JSON.parse(out)).toMatchObject({
    entries: expect.arrayContaining([
      expect.objectContaining({ what: 'evidence', text: expect.stringMatching(/^helps: Green fails/) }),
    ]),
  });
});

it('says why the colors are not compared', async () => {
  const quiet = at('quiet');
  await quiet.baking('v2');
  const [none, nothing] = await Promise.all([cli.run('compare', 'alone'), cli.run('compare', 'quiet')]);
  expect(none.out).toBe('compare alone: unknown. There is no way back to compare with.\n');
  expect(nothing.out).toBe(
    'compare quiet: unknown. There is no request to compare the colors with: compare.requests names some.\n',
  );
});

it('says so when no bot asks the colors', async () => {
  const alone = at('alone');
  await alone.released('v2');
  await Promise.all(town().bots.map((bot) => bot.stop()));
  const { code, out } = await cli.run('compare', 'alone', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual({
    service: 'alone',
    live: 'green',
    now: 'unknown',
    steady: 'unknown',
    text: 'compare alone: unknown. No bot asks the colors now. Is one running?',
  });
});
