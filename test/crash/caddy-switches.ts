import { expect } from 'vitest';
import { type CaddyServer, startCaddy, untilServed } from '../support/caddy.ts';
import { dice } from '../support/dice.ts';
import { startColor } from '../support/sample-color.ts';
import { type Seen, startLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';
import { openVillage, type Village } from '../support/replicas.ts';

/** What happens while traffic is switched. Numbers are those of switches, from 1. */
export interface CaddySwitches {
  switches: number;
  /** A bot of its own carries these out, and is killed in the middle; another goes on. */
  kills(number: number): boolean;
  /** Caddy is killed after these, and starts again with --resume. */
  restarts(number: number): boolean;
  /** Caddy loads its file again after these: that says blue. */
  reloads(number: number): boolean;
}

const service = 's1';

/** Promotes and reverts by turns, under load, and looks after each where traffic goes. Answers with what clients saw. */
export async function switchCaddy(plan: CaddySwitches): Promise<Seen & { killed: number }> {
  const roll = dice(12, 'caddy');
  const [blue, green] = await Promise.all([startColor('blue', 'v1'), startColor('green', 'v2')]);
  const caddy = await startCaddy({ blue: blue.port, green: green.port }, { args: ['--resume'] });
  const village = await openVillage({
    services: [service],
    settings: () => ({
      colors: { blue: { url: blue.url }, green: { url: green.url } },
      router: caddy.options(),
      probe: { url: caddy.url, versionPath: 'version' },
      revert: { lockAfterRevert: false },
    }),
  });
  const total: Seen = { answered: 0, again: 0, failed: [] };
  let killed = 0;
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await village.until(service, 'adopted', ({ state }) => state === 'idle');
    let load = startLoad(caddy.url, { connections: 16, tries: 5 });
    const pauseLoad = async (): Promise<void> => {
      const seen = await load.stop();
      total.answered += seen.answered;
      total.again += seen.again;
      total.failed.push(...seen.failed);
    };
    for (let number = 1; number <= plan.switches; number += 1) {
      const color = number % 2 === 1 ? 'green' : 'blue';
      if (color === 'green') {
        await village.orders(service, `stage ${service} v2`);
        await village.until(service, 'staged', ({ state }) => state === 'staged');
      }
      const words = color === 'green' ? `promote ${service}` : `revert ${service}`;
      if (plan.kills(number)) {
        const victim = await village.startProcess();
        village.delivers(victim);
        void village.types(service, words).catch(() => undefined);
        await new Promise((go) => setTimeout(go, roll() * 700));
        await victim.stop('SIGKILL');
        killed += 1;
        village.delivers(survivor);
      } else await village.orders(service, words);
      await arrives(village, words, color);
      expect(await caddy.dials()).toBe(caddy.upstreams[color]);
      await untilServed(caddy, color);
      if (!plan.restarts(number) && !plan.reloads(number)) continue;
      await pauseLoad();
      if (plan.restarts(number)) {
        await caddy.kill();
        await caddy.start();
        await untilServed(caddy, color);
      }
      if (plan.reloads(number)) await reload(village, caddy, color);
      load = startLoad(caddy.url, { connections: 16, tries: 5 });
    }
    await pauseLoad();
    const switched = (await village.record(service)).epoch;
    expect(switched).toBe(1 + plan.switches);
    return { ...total, killed };
  } finally {
    await village.close();
    await caddy.stop();
    await Promise.all([blue.stop(), green.stop()]);
  }
}

/** Waits for the end of an order; gives it once more when the bot was killed before it had taken it. */
async function arrives(village: Village, words: string, color: 'blue' | 'green'): Promise<void> {
  let before = '';
  await until(`${words} is over`, async () => {
    const { state, live, op } = await village.record(service);
    if (op === null && live === color && state === (color === 'green' ? 'baking' : 'idle')) return true;
    const untouched = op === null && live !== color ? state : '';
    // Twice in a row, so that nothing is on its way.
    if (untouched !== '' && untouched === before) await village.types(service, words).catch(() => undefined);
    before = untouched;
    await new Promise((go) => setTimeout(go, 500));
    return false;
  });
}

/** The file says blue: where green was just switched to, the bot puts that back by itself. */
async function reload(village: Village, caddy: CaddyServer, color: 'blue' | 'green'): Promise<void> {
  await caddy.reload();
  await untilServed(caddy, 'blue');
  if (color === 'blue') return;
  await untilServed(caddy, color);
  await village.until(service, 'nothing is amiss', ({ drift, op }) => drift === null && op === null);
  await until('that is told', () =>
    village.transcript(service).includes(`pointed the router of ${service} to blue again`),
  );
}
