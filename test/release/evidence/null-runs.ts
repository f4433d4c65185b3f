import { type Colors, Watch, bursts, failing, failingTogether } from '../../support/pairs.ts';

/** Two colors that are equally good, each in its way. */
export const equals = {
  'each fails in 1 % of its requests': (random) => failing(random, 0.01),
  'each fails in 5 %': (random) => failing(random, 0.05),
  'each fails in 20 %': (random) => failing(random, 0.2),
  'each fails in 50 %': (random) => failing(random, 0.5),
  'both fail together in 5 %, each alone in 1 %': (random) => {
    const together = failingTogether(random, 0.05);
    const alone = failing(random, 0.01);
    return (at) => {
      const [one, other] = [together(at), alone(at)];
      return {
        liveOk: one.liveOk === true && other.liveOk === true,
        backOk: one.backOk === true && other.backOk === true,
      };
    };
  },
} satisfies Record<string, (random: () => number) => Colors>;

/** Each color has short outages of its own. */
export const outages = {
  'outages of 3 s, each color one in 5 min': (random) => bursts(random, 3_000, 300_000),
  'outages of 3.3 s, each color one in a minute': (random) => bursts(random, 3_300, 60_000),
} satisfies Record<string, (random: () => number) => Colors>;

/** What was said, wrongly, at any look of a run. */
export interface Wrong {
  now: boolean;
  steadyHelps: boolean;
  steadyHurts: boolean;
}

/** One run of pairs every 500 ms, with a look at each. */
export function lookAt(colors: Colors, looks: number): Wrong {
  const watch = new Watch();
  const wrong: Wrong = { now: false, steadyHelps: false, steadyHurts: false };
  for (let look = 0; look < looks; look++) {
    watch.pair(colors);
    const { now, blocks } = watch.state;
    if (now.alarm.color !== undefined) wrong.now = true;
    if (blocks.alarm.color === 'live') wrong.steadyHelps = true;
    if (blocks.alarm.color === 'back') wrong.steadyHurts = true;
  }
  return wrong;
}
