/** What Prometheus measured of users' requests decides whether a bake is well, and holds it while it is away. */
import { expect, it } from 'vitest';
import { dice } from '../support/dice.ts';
import { failedShare, sharedShop } from '../support/shop.ts';

const { town, at, compared, prometheus, startPrometheus } = sharedShop((url) => {
  const measured = (service: string, bake: string): object => ({
    health: [
      { kind: 'http', path: '/healthz', versionPath: 'version', interval: '500ms', successes: 2 },
      {
        kind: 'prometheus',
        name: 'carts that fail',
        url,
        query: failedShare(service),
        above: 0.2,
        interval: '500ms',
        successes: 1,
        noData: { before: 'pass', after: 'hold' },
      },
    ],
    promotion: { bake },
  });
  return { watched: measured('watched', '10m'), held: measured('held', '5s') };
});

it('a release whose users get errors is unhealthy, though its own check is well, until they get none', async () => {
  const watched = await compared('watched');
  const lot = dice(1, 'watched');
  watched.green.levers.fails = () => lot() < 0.5;
  const { bake } = await watched.until('unhealthy', (one) => one.bake?.verdict === 'unhealthy');
  expect(bake?.cause).toMatch(/^carts that fail: 0\.\d+ is above 0\.2$/);
  const notice = await watched.notice('is unhealthy');
  expect(notice.text).toContain('carts that fail: 0.');
  watched.green.levers.fails = () => false;
  await watched.until('healthy', (one) => one.bake?.verdict === 'healthy');
  await watched.notice('is healthy again');
  expect(await watched.live()).toBe('green');
});

it('a release is not settled while Prometheus is away, and says so; it is when there are numbers again', async () => {
  const held = at('held');
  await held.baking('v2');
  await prometheus().stop();
  const why = 'carts that fail: Prometheus cannot be asked: connection refused';
  await held.notice(`held is not measured now: ${why}. Its other checks go on.`);
  const over = await held.notice(`The bake of held is over, and it is not settled: ${why}.`);
  expect(over.text).toContain('<@U0ANN>');
  const says = async (): Promise<boolean> =>
    held
      .look(await held.card())
      .text.includes('It is not measured now. Carts that fail: Prometheus cannot be asked');
  await town().slack.until(says, { channel: held.channel, what: 'the card says why' });
  expect(await held.record()).toMatchObject({ state: 'baking', live: 'green', bake: { verdict: 'healthy' } });
  await startPrometheus();
  await held.until('settled', ({ state, live }) => state === 'idle' && live === 'green');
  await held.notice('is settled');
});
