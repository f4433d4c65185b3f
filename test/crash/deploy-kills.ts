/** Stages whose deploy is carried out by another system, with the process that follows it killed somewhere in it. */
import { expect } from 'vitest';
import type { DeployJob } from '../../src/release/ports.ts';
import type { CiServer } from '../support/ci-server.ts';
import { dice } from '../support/dice.ts';
import { openVillage } from '../support/replicas.ts';

/** The system that carries deploys out, as this test needs it. */
export interface DeployPlace {
  /** `deploy` of a service, as it is written in the configuration. */
  settings(service: string): Record<string, unknown>;
  /** The bot's environment: the token that `settings` names. */
  env?: Record<string, string>;
  /** What was begun for a service, oldest first. One that was begun twice stands here twice. */
  begun(service: string): Pick<DeployJob, 'color' | 'version' | 'release'>[];
  /** How the newest deploy of a service ends. */
  end(service: string, how: 'succeeded' | 'failed'): void | Promise<void>;
  /** Called before each round: what may go wrong in it, such as an answer that is lost. */
  disturb?(random: () => number): void;
  /** What the card must link to while the newest deploy of a service stands on it. */
  link?(service: string): string;
  /** How often one release may be begun where each process begins it; 1 unless said otherwise. */
  mostBegins?: number;
  stop(): Promise<void>;
}

/** What is done: `rounds` stages of all `services` together, with a kill in each. */
export interface DeployKills {
  services: number;
  rounds: number;
  /** The kill comes this long after the commands at most, ms. */
  killWithinMs: number;
  seed: number;
}

/** A double of a system as that place: it takes up to 500 ms to begin, and as long to say so. */
export function ciPlace(
  server: CiServer,
  place: Pick<DeployPlace, 'settings' | 'env'> & { page?: (id: number) => string },
): DeployPlace {
  const of = (service: string) => server.runs.filter(({ job }) => job.service === service);
  const { page } = place;
  return {
    ...place,
    begun: (service) => of(service).map(({ job }) => job),
    end(service, how) {
      const newest = of(service).at(-1);
      if (newest) newest.ending = how;
    },
    disturb(random) {
      server.levers.pauseMs = () => random() * 500;
      server.levers.loseAnswer = true;
    },
    ...(page && { link: (service) => page(of(service).at(-1)?.id ?? 0) }),
    stop: () => server.stop(),
  };
}

/**
 * Stages a version again and again while the process that carries it out is killed. Checks that each release was begun
 * once, that one that failed is said to have failed, and that record, card and history say so once. Answers with how many
 * stages were seen to end.
 */
export async function killedDeploys(
  place: DeployPlace,
  { services, rounds, killWithinMs, seed }: DeployKills,
): Promise<number> {
  const random = dice(seed, 'deploy kills');
  const names = Array.from({ length: services }, (_, i) => `s${i + 1}`);
  const each = (work: (name: string) => Promise<unknown>) => Promise.all(names.map(work));
  const village = await openVillage({
    services: names,
    settings: (name) => ({ deploy: place.settings(name) }),
    ...(place.env && { env: place.env }),
  });
  const begins = (name: string, release: string) =>
    place.begun(name).filter((one) => one.release === release).length;
  let seen = 0;
  try {
    const survivor = await village.startReplica();
    village.delivers(survivor);
    await each((name) => village.until(name, 'adopted', ({ state }) => state === 'idle'));
    const releases = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
    for (let round = 0; round < rounds; round += 1) {
      const victim = await village.startProcess();
      village.slack.passes(60_000);
      village.delivers(victim);
      place.disturb?.(random);
      await each((name) => village.orders(name, `stage ${name} v2`));
      await new Promise((resolve) => setTimeout(resolve, random() * killWithinMs));
      await victim.stop('SIGKILL');
      village.delivers(survivor);
      await each(async (name) => {
        const fails = random() < 0.2;
        const { op } = await village.until(name, 'its deploy is followed', (record) => {
          const { deployId } = record.op ?? {};
          return deployId !== undefined || record.op === null;
        });
        expect(op?.target, `${name}: ${await village.card(name)}`).toBe('green');
        const release = op?.release ?? '';
        releases.get(name)?.add(release);
        await place.end(name, fails ? 'failed' : 'succeeded');
        const [state, status] = fails ? (['idle', 'failed'] as const) : (['staged', 'staged'] as const);
        const record = await village.until(name, `it is ${status}`, (now) => now.op === null);
        expect(record).toMatchObject({ state, live: 'blue' });
        const [ended] = record.releases;
        expect(ended).toMatchObject({ id: release, status });
        expect(ended?.code).toBe(fails ? 'deploy-failed' : undefined);
        const shown = ended?.steps.find(({ name: step }) => step === 'deploy');
        if (place.link) expect(shown?.url).toBe(place.link(name));
        expect(place.begun(name).at(-1)).toMatchObject({ color: 'green', version: 'v2', release });
        expect(begins(name, release)).toBeLessThanOrEqual(place.mostBegins ?? 1);
        // What was begun is what was ordered: nothing more, and none of it lost.
        expect(new Set(place.begun(name).map((one) => one.release))).toEqual(releases.get(name));
        const ends = (await village.history(name)).filter(({ what }) =>
          /^(?:staged|stage-ended)$/.test(what),
        );
        expect(ends.map(({ what }) => what).at(-1)).toBe(fails ? 'stage-ended' : 'staged');
        expect(ends).toHaveLength(round + 1);
        seen += 1;
      });
      await village.untilAllTold();
      for (const name of names) {
        const { releases: known } = await village.record(name);
        const card = await village.card(name);
        expect(card).toContain(known[0]?.status === 'failed' ? 'deploy-failed' : 'staged');
      }
      village.slack.passes(60_000);
      await each(async (name) => {
        if ((await village.record(name)).state === 'staged') await village.orders(name, `cancel ${name}`);
        await village.until(name, 'idle', ({ state }) => state === 'idle');
      });
    }
    return seen;
  } finally {
    await village.close();
    await place.stop();
  }
}
