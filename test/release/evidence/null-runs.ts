import { type Colors, Watch, bursts, failing, failingTogether } from '../../support/pairs.ts';

interface Setting {
  name: string;
  colors: (random: () => number) => Colors;
}

/** Two colors that are equally good, each in its way. */
export const equals: Setting[] = [
  { name: 'each fails in 1 % of its requests', colors: (random) => failing(random, 0.01) },
  { name: 'each fails in 5 %', colors: (random) => failing(random, 0.05) },
  { name: 'each fails in 20 %', colors: (random) => failing(random, 0.2) },
  { name: 'each fails in 50 %', colors: (random) => failing(random, 0.5) },
  {
    name: 'both fail together in 5 %, each alone in 1 %',
    colors(random) {
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
  },
];

/** Each color has short outages of its own. */
export const outages: Setting[] = [
  { name: '3 s, each color one in 5 min', colors: (random) => bursts(random, 3_000, 300_000) },
  { name: '3.3 s, each color one in a minute', colors: (random) => bursts(random, 3_300, 60_000) },
];

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
