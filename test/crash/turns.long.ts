/** Promotes and reverts that turn databases, with everything killed that takes part. */
import { expect, it } from 'vitest';
import { dice } from '../support/dice.ts';
import { openShop } from './turns.ts';
import type { Shop, Trouble } from './turns.ts';

const cycles = Number(process.env['TURNS'] ?? 100);
const seed = Number(process.env['TURNS_SEED'] ?? Date.now() % 1_000_000);

const kills = (verb: string, from: string, to: string): string[] => [
  `${verb}:switch`,
  `${verb}:switch:close ${from}`,
  `${verb}:switch:sequences ${to}`,
  `${verb}:switch:cut ${to}`,
  `${verb}:switch:follow ${from}`,
  `${verb}:switch:open ${to}`,
];

/** What else is killed, after the switch was asked for. */
const others: readonly ((shop: Shop) => Promise<unknown>)[] = [
  async ({ databases: { blue, green } }) => {
    for (const server of [blue, green])
      await server.sql(
        'shop',
        `select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'logical replication worker'`,
      );
  },
  async ({ village: { haproxy } }) => {
    await haproxy.kill();
    await haproxy.start();
  },
  async ({ databases: { blue } }) => {
    await blue.kill();
    await blue.start();
  },
  async ({ databases: { green } }) => {
    await green.kill();
    await green.start();
  },
  async ({ village: { redis } }) => {
    await redis.kill();
    await redis.restart();
  },
];

it(`no acknowledged write is lost or doubled over ${cycles} promotes and reverts (seed ${seed})`, {
  timeout: 7_200_000,
}, async () => {
  const next = dice(seed, 'turns');
  const random = (below: number): number => Math.floor(next() * below);
  const shop = await openShop();
  const trouble = (verb: string, from: string, to: string): Trouble => {
    const all = kills(verb, from, to);
    const kill = all[random(all.length)];
    const also = others[random(others.length)];
    const kind = random(3);
    return { ...(kind !== 1 && kill !== undefined && { kill }), ...(kind !== 0 && also && { also }) };
  };
  try {
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await shop.switch('green', trouble('promote', 'blue', 'green'));
      await shop.switch('blue', trouble('revert', 'green', 'blue'));
    }
    const { acknowledged } = await shop.judge();
    expect(acknowledged).toBeGreaterThan(10 * cycles);
  } finally {
    await shop.close();
  }
});
