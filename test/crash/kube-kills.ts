import { expect } from 'vitest';
import { dice } from '../support/dice.ts';
import { startRollouts } from '../support/kube/rollouts.ts';
import { openVillage } from '../support/village.ts';

/** What is done: `rounds` stages of all `services` together, with a kill in each. */
export interface DeployKills {
  services: number;
  rounds: number;
  /** The kill comes this long after the command at most, ms. */
  killWithinMs: number;
  seed: number;
}

/**
 * Stages versions by Deployments while the process that carries it out is killed. Checks that each release was rolled out
 * once, with its image. Answers with how many were staged.
 */
export async function killedDeploys({ services, rounds, killWithinMs, seed }: DeployKills): Promise<number> {
  const random = dice(seed, 'kube kills');
  const names = Array.from({ length: services }, (_, i) => `s${i + 1}`);
  const each = (work: (name: string) => Promise<unknown>) => Promise.all(names.map(work));
  const cluster = await startRollouts(names);
  const config = await cluster.kube.kubeconfig();
  const before = process.env['KUBECONFIG'];
  process.env['KUBECONFIG'] = config;
  const village = await openVillage({
    services: names,
    settings: (name) => ({
      deploy: {
        kind: 'kubernetes',
        namespace: 'shop',
        deployments: { blue: `${name}-blue`, green: `${name}-green` },
        container: 'app',
        image: 'registry.example/checkout:{version}',
      },
    }),
  });
  let seen = 0;
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await each((name) => village.until(name, 'adopted', ({ state }) => state === 'idle'));
    for (let round = 0; round < rounds; round += 1) {
      const victim = await village.startProcess();
      village.slack.passes(60_000);
      village.delivers(victim);
      cluster.levers.fate = {};
      cluster.kube.levers.loseAnswers = 1;
      await each((name) => village.orders(name, `stage ${name} v2`));
      await new Promise((resolve) => setTimeout(resolve, random() * killWithinMs));
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
    if (before === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = before;
    await village.close();
    await cluster.stop();
  }
}
