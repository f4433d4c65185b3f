/** `switchback diff`: what a running bot found by comparing the answers of both colors. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { sharedTown } from '../support/shared-town.ts';
import { until } from '../support/until.ts';

const mirror = { paths: ['/cart?owner=ann', '/list'], every: '1s' };
const { town, at } = sharedTown({
  services: { other: { mirror, promotion: { maxDiff: '1%' } }, none: {} },
  file: { roles: { operator: [me, 'U0ANN', 'U0BOB'], approver: ['U0BOB'] } },
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town());
});
afterAll(() => cli.close());

it('says how many answers differ and where, in words and as JSON, and so do status, why and promote', async () => {
  const other = at('other');
  other.green.levers.answers = (path) => (path.startsWith('/cart') ? { body: '{"total":2}' } : undefined);
  other.blue.levers.answers = (path) => (path.startsWith('/cart') ? { body: '{"total":1}' } : undefined);
  await other.staged('v2');
  await until('two are compared', async () => ((await other.record()).diff?.alike ?? 0) > 1);
  const [words, json, status, why, promote] = await Promise.all([
    cli.run('diff', 'other'),
    cli.run('diff', 'other', '--json'),
    cli.run('status', 'other', '--json'),
    cli.run('why', 'other', '--json'),
    cli.run('promote', 'other', '--json'),
  ]);
  expect(words.out).toMatch(
    /^diff other: \d+ of \d+ alike; \d+ differ: \/cart\?… \(field total\)\.\n\/cart\?…: 0 of \d+ alike; \d+ differ: field total\n\/list: (\d+) of \1 alike\n$/,
  );
  expect(words.code).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({
    service: 'other',
    unsure: 0,
    failed: 0,
    paths: [
      { path: '/cart?…', alike: 0, fields: ['total'], why: null },
      { path: '/list', differ: 0, fields: [], why: null },
    ],
    text: expect.stringContaining('diff other: '),
  });
  expect(JSON.parse(status.out)).toMatchObject({
    diff: { alike: expect.any(Number), differ: expect.any(Number), unsure: 0, failed: 0 },
  });
  expect(JSON.parse(why.out)).toMatchObject({
    promote: expect.arrayContaining([
      expect.objectContaining({ gate: 'answers', pass: false, code: 'differs' }),
    ]),
  });
  expect(promote.code).toBe(2);
  expect(JSON.parse(promote.out)).toMatchObject({ error: { code: 'differs' } });
  expect((await cli.run('promote', 'other', '--despite-diff', 'it is meant')).code).toBe(0);
});

it('says why there is nothing to compare', async () => {
  const { out } = await cli.run('diff', 'none', '--json');
  expect(JSON.parse(out)).toEqual({
    service: 'none',
    compared: null,
    text: 'diff none: There is nothing to compare: mirror.paths names no GET.',
  });
});
