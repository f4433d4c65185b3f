/** A record that a newer version wrote, or that is damaged: what people are told, and the ways out. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRedis } from '../../src/redis/open.ts';
import { quiet } from '../store/quiet.ts';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { temporaryFolder } from '../support/processes.ts';
import { openTown } from '../support/one-bot.ts';
import type { Town } from '../support/one-bot.ts';
import { until } from '../support/until.ts';
import { visit } from '../support/conversation.ts';

let town: Town;
let cli: Cli;
const newer = 'The record of checkout has schema 2, of a newer version; this version reads schema 1.';

beforeAll(async () => {
  const stateDir = await temporaryFolder();
  town = await openTown({
    env: { SWITCHBACK_STATE_DIR: stateDir },
    services: { billing: {}, search: {}, shop: {} },
    file: { roles: { operator: ['U0ANN', me], admin: ['U0CLEO'] } },
  });
  cli = await openCli(town, { SWITCHBACK_STATE_DIR: stateDir });
});
afterAll(async () => {
  await cli.close();
  await town.close();
});

const key = (name: string): string => `${town.prefix}:{${town.prefix}}:${name}`;
async function plant(service: string, record: string, schema = '1'): Promise<void> {
  await town.redis.cli('hset', key(`s:${service}`), 'record', record, 'schema', schema);
}
const typed = (words: string): Promise<string> =>
  town.slack
    .person('ann')
    .types('#releases', `/release ${words}`)
    .then(({ text }) => text);

describe('a record that cannot be read', () => {
  it.each([
    [
      'of a newer version',
      '{"schema":2}',
      '2',
      /has schema 2, of a newer version; this version reads schema 1\./,
    ],
    ['of no known schema', '{"schema":0}', '1', /has schema 0; this version reads schema 1\./],
    ['that is broken', '{"schema":1,', '1', /is not JSON\./],
    ['of an unknown shape', '{"schema":1,"service":"search"}', '1', /has an unknown shape at "revision"/],
  ])('(%s) is said to be so by every answer, and nothing was done', async (_, record, schema, words) => {
    await plant('search', record, schema);
    for (const said of [
      await typed('status search'),
      await typed('why search'),
      await typed('revert search'),
    ]) {
      expect(said).toMatch(words);
      expect(said).toContain('switchback revert search --break-glass');
      expect(said).not.toMatch(/not confirmed|Internal error|[Ll]ook at (the card or at )?status/);
    }
    expect(await typed('revert search')).toMatch(/^storage-unavailable: .*nothing was done/);
    expect(await typed('status')).toMatch(/search.*its record cannot be read/);
    expect(await typed('history search')).toContain('adopted');
  });

  it('is logged once, for any number of commands and due jobs', async () => {
    const [bot] = town.bots;
    const lines = (): string[] => (bot?.logs ?? []).filter((each) => each.includes('record of billing'));
    // Under way, so that it is due at once and stays so.
    await plant('billing', '{"schema":2}', '2');
    await town.redis.cli('hset', key('s:billing'), 'op', 'x');
    await town.redis.cli('zadd', key('due'), '0', 'service:billing');
    await until('it is seen', () => lines().length > 0);
    for (let i = 0; i < 5; i += 1) await typed('revert billing');
    const due = async (): Promise<number> =>
      Number(await town.redis.cli('zscore', key('due'), 'service:billing'));
    const first = await due();
    await until('it was due again', async () => (await due()) > first + 4_000);
    expect(lines()).toHaveLength(1);
  });

  it('lets break-glass move the router, but not while somebody holds its lease', async () => {
    const live = () => visit(town, 'checkout').live();
    await plant('checkout', '{"schema":2}', '2');
    const newerBot = openRedis(town.redis.url, { prefix: town.prefix, log: quiet, replicaName: 'newer' });
    expect(await newerBot.store.seize('checkout', 'newer')).toBe(true);
    const renewing = setInterval(() => void newerBot.store.renew('checkout', 'newer'), 500);
    const busy = await cli.run('revert', 'checkout', '--break-glass', 'fire');
    expect([busy.code, busy.err]).toEqual([
      2,
      expect.stringMatching(/^operation-in-progress: .*nothing was done/m),
    ]);
    expect(await live()).toBe('blue');
    clearInterval(renewing);
    await newerBot.store.release('checkout', 'newer');

    const plain = await cli.run('revert', 'checkout', 'fire');
    expect([plain.code, plain.err]).toEqual([3, expect.stringContaining(newer)]);
    const moved = await cli.run('revert', 'checkout', '--break-glass', 'fire');
    expect([moved.code, moved.out]).toEqual([
      0,
      expect.stringContaining('traffic of checkout goes to green'),
    ]);
    expect(moved.err).toContain(
      'has schema 2, of a newer version; this version reads schema 1. The router says',
    );
    expect(await live()).toBe('green');
    expect(await newerBot.store.seize('checkout', 'newer')).toBe(true);
    await newerBot.store.release('checkout', 'newer');
    newerBot.close();
  });

  it('gives way to a new one as docs/recovery.md says, locked, with what break-glass did', async () => {
    const command =
      /^redis-cli -u "\$REDIS_URL" DEL "(.*)"$/m.exec(readFileSync('docs/recovery.md', 'utf8'))?.[0] ?? '';
    const own = command.replaceAll('switchback', town.prefix).replace('$REDIS_URL', town.redis.url);
    const { stdout } = await promisify(execFile)('sh', ['-c', own]);
    expect(stdout.trim()).toBe('1');
    // The sweep of every minute is due now.
    await town.redis.cli('zadd', key('due'), '0', 'sweep');
    const record = await town.until('it is adopted', ({ lock }) => lock !== null);
    expect(record).toMatchObject({
      state: 'idle',
      live: 'green',
      lock: { holder: { rule: 'record-missing' } },
    });
    await town.until('break-glass is taken in', ({ brokenGlass }) => brokenGlass?.length === 1);
    await until(
      'it is told',
      () =>
        town.slack.transcript('#releases').includes('used break-glass') &&
        town.slack.transcript('#releases').includes('while the record could not be read'),
    );
    expect(await typed('unlock checkout')).toMatch(/^unlock: /);
  });
});
