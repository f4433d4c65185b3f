/** The contract suite, for each kind. */
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { dataOptions, makeData } from '../../src/data/index.ts';
import { otherColor } from '../../src/release/color.ts';
import type { Color } from '../../src/release/color.ts';
import type { TurnStep } from '../../src/release/data.ts';
import { closeServer, listen } from '../support/listen.ts';
import { freePort } from '../support/ports.ts';
import { password, startPostgresPair } from '../support/postgres.ts';
import { textOf } from '../support/router-server.ts';
import { dataContract } from './contract.ts';
import { openShop } from './postgres-world.ts';

dataContract('postgres-logical', async () => {
  const pair = await startPostgresPair();
  const shop = await openShop(pair, 'contract');
  return {
    data: shop.data,
    secret: password,
    writable: () => shop.writable(),
    ready: (to) => shop.ready(to),
    breakDown: () => pair.blue.kill(),
    stop: () => pair.stop(),
  };
});

const token = 'hook-token-5d1';

/** A program that turns databases, as its team would write it. */
async function startTurner(answer: Record<string, unknown> = {}) {
  const port = await freePort();
  const world = { live: 'blue' as Color, status: 200, calls: [] as { key: unknown; body: unknown }[] };
  const server = createServer((request, response) => {
    void textOf(request).then((text) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
      response.statusCode = request.headers.authorization === `Bearer ${token}` ? world.status : 401;
      if (pathname === '/turn' && response.statusCode === 200) {
        const body = JSON.parse(text) as { to: Color };
        world.calls.push({ key: request.headers['idempotency-key'], body });
        world.live = body.to;
      }
      const given = answer[pathname] ?? (pathname === '/lag' ? { lag: '40ms' } : { tables: [] });
      response.end(
        JSON.stringify(
          typeof given === 'function'
            ? (given as (of: string | null) => unknown)(searchParams.get('color'))
            : given,
        ),
      );
    });
  });
  await listen(server, port);
  const url = `http://127.0.0.1:${port}`;
  const options = dataOptions.parse({
    kind: 'hook',
    lag: `${url}/lag`,
    turn: `${url}/turn`,
    missed: `${url}/missed`,
    token,
    deadline: '1s',
  });
  return { ...world, world, data: makeData('checkout', options), stop: () => closeServer(server) };
}

dataContract('hook', async () => {
  const turner = await startTurner();
  return {
    data: turner.data,
    secret: token,
    writable: async () => [turner.world.live],
    ready: async () => {},
    async breakDown() {
      turner.world.status = 503;
    },
    stop: () => turner.stop(),
  };
});

const never = new AbortController().signal;

it('a hook gets what it needs, with one key for each turn of the way', async () => {
  const turner = await startTurner();
  const begun: TurnStep[] = [];
  const turn = (to: Color, force = false) =>
    turner.data.turn(to, {
      id: 'turn-7',
      begun: [...begun],
      before: async (step) => {
        if (!begun.some((each) => each.step === step)) begun.push({ to, step });
        return true;
      },
      mayWrite: () => true,
      signal: never,
      force,
    });
  await turn('green');
  await turn('green');
  await turn('blue');
  await turn('green', true);
  expect(turner.world.calls.map(({ key }) => key)).toEqual([
    'turn-7-1-green',
    'turn-7-1-green',
    'turn-7-2-blue',
    'turn-7-3-green',
  ]);
  expect(turner.world.calls.map(({ body }) => body)).toEqual(
    (['green', 'green', 'blue', 'green'] as const).map((to, i) => ({
      service: 'checkout',
      to,
      from: otherColor(to),
      id: 'turn-7',
      force: i === 3,
    })),
  );
  await turner.stop();
});

it.each([
  [{ lag: 0.2 }, { ok: true, lagMs: 200 }],
  [0.25, { ok: true, lagMs: 250 }],
  [{ lag: '4s' }, { ok: false, why: 'the database of green is 4 s behind, more than 1 s' }],
  [{ lag: 'much' }, { ok: false, why: expect.stringContaining('/lag does not answer with a lag') }],
  ['none', { ok: false, why: expect.stringContaining('nobody can say how far green is behind') }],
])('a hook that says %j of the lag', async (said, gate) => {
  const turner = await startTurner({ '/lag': said });
  expect(await turner.data.gate('green', never)).toMatchObject(gate);
  await turner.stop();
});

it('a hook says what one side has that the other has not', async () => {
  const turner = await startTurner({
    '/missed': (color: string) => ({
      tables: [{ table: 'orders', rows: color === 'green' ? 214 : 0 }],
      since: '2026-11-03T14:02:00Z',
      until: null,
    }),
  });
  expect(await turner.data.missed('green', never)).toEqual({
    tables: [{ table: 'orders', rows: 214 }],
    since: Date.UTC(2026, 10, 3, 14, 2),
  });
  expect(await turner.data.missed('blue', never)).toMatchObject({ tables: [] });
  await turner.stop();
});
