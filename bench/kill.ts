/**
 * SIGKILL in the middle of a switch, until another process has finished it. The write to HAProxy is held up on its way; the
 * process that sent it is killed then. In turns the write arrives all the same, and never arrives. Finished means: the record
 * says the new color, and HAProxy does.
 */
import { makeLog } from '../src/log.ts';
import { limits } from '../src/release/limits.ts';
import { openRedis } from '../src/redis/open.ts';
import { startFlakyProxy } from '../test/support/flaky-proxy.ts';
import { startHaproxy } from '../test/support/haproxy.ts';
import { until } from '../test/support/until.ts';
import type { Row } from './figure.ts';
import { load } from './load.ts';
import { startBot } from './process.ts';
import { adopted, colors, configuration, prefix, withSetup } from './setup.ts';

const kills = 6;

/** The row of this figure. */
export function kill(): Promise<Row[]> {
  return withSetup(async (around) => {
    const names = Array.from({ length: kills }, (_, i) => `service-${i}`);
    const { blue, green, redis } = around;
    const haproxy = await startHaproxy(
      Object.fromEntries(names.map((name) => [name, { blue: blue.port, green: green.port }])),
    );
    around.after(() => haproxy.stop());
    const proxy = await startFlakyProxy(haproxy.tcp);
    around.after(() => proxy.stop());
    const settings = (name: string): object => ({
      ...colors(around),
      router: { ...haproxy.options(name), address: [proxy.address], mapFile: undefined },
    });
    const config = configuration(Object.fromEntries(names.map((name) => [name, settings(name)])));
    const opened = openRedis(redis.url, {
      prefix,
      log: makeLog({ level: 'silent' }),
      replicaName: 'bench',
    });
    around.after(async () => opened.close());
    const start = async (): ReturnType<typeof startBot> => {
      const bot = await startBot(config, around.env);
      around.after(() => bot.stop('SIGKILL'));
      return bot;
    };
    let [victim, heir] = await Promise.all([start(), start()]);
    await adopted(around, kills);
    const stateOf = async (name: string): Promise<string | undefined> =>
      (await opened.store.load(name)).record?.state;

    const took: number[] = [];
    for (const [i, name] of names.entries()) {
      const say = (text: string) => load(victim.events, [() => ({ user: 'U0ANN', text })], { amount: 1 }, 1);
      await say(`stage ${name} v2`);
      await until(`${name} is staged`, async () => (await stateOf(name)) === 'staged');
      proxy.fault(/^set map /, i % 2 === 0 ? { kind: 'delay-delivery', ms: 100 } : { kind: 'hold' });
      const before = proxy.writes().length;
      await say(`promote ${name}`);
      await until(`${name} is being switched`, () => proxy.writes().length > before);
      const began = performance.now();
      await victim.stop('SIGKILL');
      await until(`${name} is switched`, async () => (await stateOf(name)) === 'baking', 20_000);
      const said = await haproxy.command(`get map ${haproxy.map} ${name}`);
      if (!said.includes(`${name}_green`)) throw new Error(`HAProxy says ${said}`);
      took.push(performance.now() - began);
      [victim, heir] = [heir, await start()];
    }
    const worst = Math.max(...took);
    const sum = took.reduce((all, one) => all + one, 0);
    return [
      {
        figure: 'SIGKILL in a switch until another process has finished it',
        measured: `worst of ${kills}: ${(worst / 1000).toFixed(1)} s, mean ${(sum / kills / 1000).toFixed(1)} s`,
        baseline: `the lease of the killed process: ${(limits.leaseMs / 1000).toFixed(1)} s`,
        target: 'below 3 s',
        reached: worst < 3_000,
      },
    ];
  });
}
