import { expect } from 'vitest';
import type { Color } from '../../src/release/color.ts';
import { dice } from '../support/dice.ts';
import { startShop } from '../support/kube/shop.ts';
import { startRollouts } from '../support/kube/rollouts.ts';
import type { KubeServer } from '../support/kube/server.ts';
import type { Shop } from '../support/kube/shop.ts';
import { openVillage } from '../support/replicas.ts';
import type { Village } from '../support/replicas.ts';

/** What is done: `rounds` commands to all `services` together, with a kill in each round. */
export interface Kills {
  services: number;
  rounds: number;
  /** The kill comes this long after the command at most, ms. */
  killWithinMs: number;
  seed: number;
}

const namesOf = ({ services }: Kills): string[] => Array.from({ length: services }, (_, i) => `s${i + 1}`);
const every = (names: readonly string[], work: (name: string) => Promise<unknown>) =>
  Promise.all(names.map(work));

/** Opens a village whose replicas all reach this cluster, as a context of this name. */
async function villageAt(
  kube: KubeServer,
  context: string,
  services: readonly string[],
  settings: (name: string) => Record<string, unknown>,
): Promise<Village> {
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = await kube.kubeconfig(undefined, context);
  const village = await openVillage({ services, settings });
  return {
    ...village,
    async close() {
      if (before === undefined) delete process.env['KUBECONFIG'];
      else process.env['KUBECONFIG'] = before;
      await village.close();
    },
  };
}

/** The route or the Service of a name, as the API server has them, and what its controllers made of them. */
interface Place {
  router: Record<string, unknown>;
  says(): string;
  followed(color: Color): boolean;
}

const at = { kind: 'kubernetes', namespace: 'shop', context: 'switches' };

/** By turns an HTTPRoute and a Service. */
function placeOf(shop: Shop, name: string, i: number): Place {
  if (i % 2 === 0) {
    const backends = { blue: `${name}-blue`, green: `${name}-green` };
    return {
      router: { ...at, httpRoute: { name, backends } },
      says: () =>
        Object.entries(shop.weights(name))
          .flatMap(([backend, weight]) => (weight > 0 ? [backend.replace(`${name}-`, '')] : []))
          .join(' and '),
      followed: () => shop.seen(name),
    };
  }
  const values = { blue: 'blue', green: 'green' };
  return {
    router: { ...at, service: { name, label: 'color', values } },
    says: () => shop.selector(name),
    followed: (color) => shop.leadsTo(name).every((pod) => pod.startsWith(`${name}-${color}-`)),
  };
}

/**
 * Switches HTTPRoutes and Services, which their controllers follow up to `followMs` later, each with the process killed that
 * carries it out; an answer to a write is lost in each round. Checks that each switch changed the object once, and that no
 * color was live before the cluster followed. Answers with how many switches were seen to end.
 */
export async function killedSwitches(kills: Kills & { followMs: number }): Promise<number> {
  const random = dice(kills.seed, 'kube switches');
  const names = namesOf(kills);
  const shop = await startShop(names);
  const places = new Map(names.map((name, i) => [name, placeOf(shop, name, i)]));
  const place = (name: string): Place => places.get(name) as Place;
  const said = new Map(names.map((name) => [name, ['blue']]));
  Object.assign(shop.levers, { endpointsFollow: false, gatewayFollows: false });
  let timer: NodeJS.Timeout | undefined;
  shop.kube.store.onChange(() => {
    for (const [name, all] of said) if (place(name).says() !== all.at(-1)) all.push(place(name).says());
    timer ??= setTimeout(() => {
      timer = undefined;
      shop.settle();
    }, random() * kills.followMs);
  });
  const village = await villageAt(shop.kube, 'switches', names, (name) => ({
    router: { ...place(name).router, settles: '2s' },
    promotion: { bake: '30m' },
    revert: { lockAfterRevert: false },
  }));
  let seen = 0;
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await every(names, (name) => village.until(name, 'adopted', ({ state }) => state === 'idle'));
    for (let round = 0; round < kills.rounds; round += 1) {
      const back = round % 2 === 1;
      const [live, state] = back ? (['blue', 'idle'] as const) : (['green', 'baking'] as const);
      const victim = await village.startProcess();
      village.slack.passes(60_000);
      if (!back) {
        await every(names, (name) => village.orders(name, `stage ${name} v2`));
        await every(names, (name) => village.until(name, 'staged', (record) => record.state === 'staged'));
      }
      village.slack.passes(60_000);
      village.delivers(victim);
      shop.kube.levers.loseAnswers = 1;
      await every(names, (name) => village.orders(name, `${back ? 'revert' : 'promote'} ${name}`));
      await new Promise((resolve) => setTimeout(resolve, random() * kills.killWithinMs));
      await victim.stop('SIGKILL');
      village.delivers(survivor);
      await every(names, async (name) => {
        await village.until(name, `${live} is live`, (record) => record.live === live);
        expect(place(name).says(), `${name}: what the cluster says`).toBe(live);
        expect(place(name).followed(live), `${name}: live before the cluster followed`).toBe(true);
        await village.until(name, state, (record) => record.state === state);
        seen += 1;
      });
    }
    const turns = Array.from({ length: kills.rounds + 1 }, (_, i) => (i % 2 === 0 ? 'blue' : 'green'));
    for (const [name, all] of said) expect(all, `${name}: what it said, one after another`).toEqual(turns);
    return seen;
  } finally {
    clearTimeout(timer);
    await village.close();
    await shop.stop();
  }
}

/**
 * Stages versions by Deployments while the process that carries it out is killed. Checks that each release was rolled out
 * once, with its image. Answers with how many were staged.
 */
export async function killedDeploys(kills: Kills): Promise<number> {
  const random = dice(kills.seed, 'kube kills');
  const names = namesOf(kills);
  const each = (work: (name: string) => Promise<unknown>) => every(names, work);
  const cluster = await startRollouts(names);
  const village = await villageAt(cluster.kube, 'deploys', names, (name) => ({
    deploy: {
      kind: 'kubernetes',
      namespace: 'shop',
      context: 'deploys',
      deployments: { blue: `${name}-blue`, green: `${name}-green` },
      container: 'app',
      image: 'registry.example/checkout:{version}',
    },
  }));
  let seen = 0;
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await each((name) => village.until(name, 'adopted', ({ state }) => state === 'idle'));
    for (let round = 0; round < kills.rounds; round += 1) {
      const victim = await village.startProcess();
      village.slack.passes(60_000);
      village.delivers(victim);
      cluster.levers.fate = {};
      cluster.kube.levers.loseAnswers = 1;
      await each((name) => village.orders(name, `stage ${name} v2`));
      await new Promise((resolve) => setTimeout(resolve, random() * kills.killWithinMs));
      await victim.stop('SIGKILL');
      village.delivers(survivor);
      await each((name) =>
        village.until(name, 'started', () => cluster.releases(`${name}-green`).length === round + 1),
      );
      for (const name of names) cluster.becomes(`${name}-green`, 'ready');
      await each(async (name) => {
        const { releases } = await village.until(name, 'staged', ({ state }) => state === 'staged');
        const [newest] = cluster.releases(`${name}-green`).slice(-1);
        expect(newest).toEqual({ release: releases[0]?.id, image: 'registry.example/checkout:v2' });
        expect(cluster.releases(`${name}-green`)).toHaveLength(round + 1);
        expect(cluster.releases(`${name}-blue`)).toEqual([]);
        seen += 1;
      });
      village.slack.passes(60_000);
      await each((name) => village.orders(name, `cancel ${name}`));
      await each((name) => village.until(name, 'idle', ({ state }) => state === 'idle'));
    }
    return seen;
  } finally {
    await village.close();
    await cluster.stop();
  }
}
