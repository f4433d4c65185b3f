import { expect } from 'vitest';
import { dice } from '../support/dice.ts';
import { albService } from '../support/alb-world.ts';
import { startElb } from '../support/elb.ts';
import { openVillage } from '../support/replicas.ts';

/** What is done: `rounds` promotes and reverts by turns, of all `services` together, with a kill in each. */
export interface Kills {
  services: number;
  rounds: number;
  /** The kill comes this long after the command at most, ms. */
  killWithinMs: number;
  /** Traffic follows a change so much later at most, ms. */
  delayMs: number;
  seed: number;
}

/**
 * Switches rules of a load balancer that a real HAProxy follows later, each with the process killed that carries it out.
 * Checks that nothing was live before its traffic moved, and that traffic goes where the records say in the end. Answers with
 * how many switches were seen to end.
 */
export async function killedSwitches({
  services,
  rounds,
  killWithinMs,
  delayMs,
  seed,
}: Kills): Promise<number> {
  let seen = 0;
  const random = dice(seed, 'alb kills');
  const names = Array.from({ length: services }, (_, i) => `s${i + 1}`);
  const elb = await startElb();
  const places = new Map(names.map((name) => [name, albService(elb, name)]));
  const village = await openVillage({
    services: names,
    env: { ...elb.env },
    settings: (name, _desk, haproxy) => ({
      router: places.get(name)?.settings(),
      probe: { url: haproxy.frontend(name), colorHeader: 'x-color' },
      promotion: { bake: '30m' },
      revert: { lockAfterRevert: false },
    }),
  });
  const following = new Map<string, Promise<void>>();
  elb.changed = (arn, actions) => {
    const [name, place] = [...places].find(([, { rule }]) => rule === arn) ?? [];
    if (name === undefined || place === undefined) return;
    const green = JSON.stringify(actions) === JSON.stringify([place.all('green')]);
    const waits = new Promise((resolve) => setTimeout(resolve, random() * delayMs));
    // In the order of the changes.
    const before = following.get(name);
    following.set(
      name,
      Promise.all([waits, before]).then(() => village.stray(name, green ? 'green' : 'blue')),
    );
  };
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await each(names, (name) => village.until(name, 'adopted', ({ state }) => state === 'idle'));
    for (let round = 0; round < rounds; round += 1) {
      const back = round % 2 === 1;
      const victim = await village.startProcess();
      village.slack.passes(60_000);
      if (!back) {
        await each(names, (name) => village.orders(name, `stage ${name} v2`));
        await each(names, (name) => village.until(name, 'staged', ({ state }) => state === 'staged'));
      }
      village.slack.passes(60_000);
      village.delivers(victim);
      await each(names, (name) => village.orders(name, `${back ? 'revert' : 'promote'} ${name}`));
      await new Promise((resolve) => setTimeout(resolve, random() * killWithinMs));
      await victim.stop('SIGKILL');
      village.delivers(survivor);
      const [live, state] = back ? (['blue', 'idle'] as const) : (['green', 'baking'] as const);
      await each(names, async (name) => {
        await village.until(name, `${live} is live`, (record) => record.live === live);
        expect(await village.heading(name), `${name}: live before traffic moved`).toBe(live);
        seen += 1;
        await village.until(name, state, (record) => record.state === state);
      });
    }
    await Promise.all(following.values());
    await each(names, async (name) => {
      const place = places.get(name);
      const { live } = await village.record(name);
      expect(await village.heading(name)).toBe(live);
      expect(elb.actions(place?.rule ?? '')).toEqual([place?.all(live)]);
    });
    return seen;
  } finally {
    await village.close();
    await elb.stop();
  }
}

function each(names: readonly string[], work: (name: string) => Promise<unknown>): Promise<unknown> {
  return Promise.all(names.map(work));
}
