/** `switchback missed`: what the databases of one color have that those of the other have not. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openShop } from '../data/postgres-world.ts';
import type { Shop } from '../data/postgres-world.ts';
import { me, openCli } from '../support/cli.ts';
import type { Cli } from '../support/cli.ts';
import { startPostgresPair } from '../support/postgres.ts';
import type { PostgresPair } from '../support/postgres.ts';
import { sharedTown } from '../support/shared-town.ts';

let pair: PostgresPair;
let shop: Shop;
let env: Record<string, string>;
const { town } = sharedTown(async () => {
  pair = await startPostgresPair();
  shop = await openShop(pair, 'shop');
  env = { BLUE_DSN: pair.blue.dsn('shop'), GREEN_DSN: pair.green.dsn('shop') };
  const console = 'postgres://127.0.0.1:1/pgbouncer';
  const data = {
    kind: 'postgres-logical',
    blue: '${BLUE_DSN}',
    green: '${GREEN_DSN}',
    publication: 'checkout',
    role: shop.options.role,
    pgbouncer: { blue: console, green: console },
  };
  return {
    services: { shop: { cutover: { data } }, plain: {} },
    env,
    file: { roles: { operator: [me] } },
  };
});
let cli: Cli;
beforeAll(async () => {
  cli = await openCli(town(), env);
});
afterAll(async () => {
  await cli.close();
  await pair.stop();
});

it('says what is missing by table, and gives the rows as lines of JSON', async () => {
  const same = await cli.run('missed', 'shop');
  expect(same).toMatchObject({
    code: 0,
    out: 'blue: no published row is missing on green.\ngreen: no published row is missing on blue.\n',
  });
  await shop.sql('green', `insert into orders (id, note) values (7, 'only on green')`);
  await shop.app('blue', `insert into orders (id, note) values (7, 'seven')`);
  const [words, json, none] = await Promise.all([
    cli.run('missed', 'shop'),
    cli.run('missed', 'shop', '--since', '30m', '--json'),
    cli.run('missed', 'plain'),
  ]);
  expect(words.out).toMatch(
    /^blue: 1 row since 20\S+Z is not on green \(orders 1\)\.\ngreen: no published row is missing on blue\.\n$/,
  );
  expect(
    json.out
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row) as unknown),
  ).toEqual([
    {
      color: 'blue',
      table: 'public.orders',
      change: 'insert',
      at: expect.stringMatching(/Z$/),
      row: { id: '7', note: 'seven' },
    },
  ]);
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('no databases of their own') });
});
