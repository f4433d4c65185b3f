import { tripwire } from '../support/kill-points.ts';
import type { Village } from '../support/replicas.ts';
import type { Strike } from './kill-all.ts';
import type { Kill } from './scenarios.ts';

/** The replica stays; `lose` takes its storage away, and `back` resolves when there is one again. */
export function losing(
  lose: (village: Village) => Promise<void>,
  back: (village: Village) => Promise<void>,
  redisUrl?: string,
): Strike {
  return {
    kills: false,
    ...(redisUrl !== undefined && { redisUrl }),
    async victim(village, points) {
      const tripped = new Set<string>();
      let go = (): void => undefined;
      const gone = new Promise<void>((resolve) => {
        go = resolve;
      });
      const replica = await village.startReplica({
        wrap: (storage) =>
          tripwire(storage, points, async ({ service }) => {
            tripped.add(service);
            await gone;
          }),
      });
      return {
        events: replica.events,
        tripped: (service) => tripped.has(service),
        async strike() {
          await lose(village);
          go();
          await back(village);
        },
      };
    },
  };
}

type Cut = [Kill['way'], ...string[]];

/** Kills at these saves of these operations. */
export const saves = (when: 'before' | 'after', ...of: Cut[]): Kill[] =>
  of.flatMap(([way, ...labels]) => labels.map((label) => ({ way, label, when })));

/** Where a promote, a revert and a stage are cut off. */
export const promote: Cut = ['promote', 'promote:check', 'promote:switch', 'promote>baking'];
export const revert: Cut = ['revert of a bake', 'revert:check', 'revert:switch', 'revert>idle'];
export const stage: Cut = ['stage', 'stage:deploy:id', 'stage>staged'];
