import { systemClock } from '../release/clock.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { longestWriteMs } from '../release/keeping.ts';
import type { Adapters, RouterAnswer } from '../release/ports.ts';
import { question } from '../release/question.ts';
import { steer } from '../release/steer.ts';
import type { Helm, Steering } from '../release/steer.ts';
import { askOnce } from '../release/steps/check.ts';
import { newWheel } from '../release/wheel.ts';
import { within } from '../release/within.ts';
import type { Away } from './away.ts';

/** How long the router is tried, ms. Shorter than the bot waits for a file that was only begun. */
const patienceMs = 30_000;

/** Where to, and what is known. `version`: of the target; `saw`: the router before. */
export interface Move {
  service: string;
  target: Color;
  version: string | undefined;
  saw: readonly RouterAnswer[];
  force: boolean;
}

/** Points and verifies as a revert does, for as long as Redis stays away and nobody interrupts it. */
export async function moveWithout(
  adapters: Adapters,
  away: Away,
  { service, target, version, saw, force }: Move,
  interrupted: AbortSignal,
): Promise<Steering> {
  const since = { role: 'unknown' as const, since: 0 };
  const other = adapters.probe
    ? await within(systemClock, 2_500, (signal) =>
        askOnce(adapters.health, otherColor(target), undefined, signal),
      )
    : undefined;
  const versionOf = (color: Color): string | null => (color === target ? version : other?.version) ?? null;
  const helm: Helm = {
    soft: interrupted,
    alive: () => away.back() === undefined,
    leave: () => ({
      signal: AbortSignal.timeout(longestWriteMs + 500),
      mayWrite: () => away.back() === undefined,
    }),
    loaded: () => ({
      record: {
        service,
        colors: {
          blue: { ...since, version: versionOf('blue') },
          green: { ...since, version: versionOf('green') },
        },
      },
    }),
  };
  const nowhere = { clock: systemClock, store: { saveAsked: () => Promise.resolve() } };
  const steered = await steer(nowhere, helm, adapters, newWheel(true), {
    color: target,
    epoch: 1 + Math.max(0, ...saw.map(({ epoch = 0 }) => epoch)),
    need: 'some',
    // A bot that reached Redis until a moment ago may have written the other color.
    owed: true,
    deadline: systemClock.mono() + patienceMs,
    pauseMs: 1_000,
    probe: !force,
    stoppable: true,
    insists: true,
  });
  if (steered.end !== 'stopped') return steered;
  const answers = await question({ clock: systemClock }, adapters.router, { ms: 2_500 });
  const cause = away.back() ?? 'it was interrupted';
  return { ...steered, answers, cause: `${cause}; ${steered.cause}` };
}
