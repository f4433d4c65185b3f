import { systemClock } from '../release/clock.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { longestWriteMs } from '../release/limits.ts';
import type { Adapters, RouterAnswer } from '../release/ports.ts';
import { askRouter } from '../release/ask-router.ts';
import { switchTraffic } from '../release/switch-traffic.ts';
import type { WriteAccess, SwitchResult } from '../release/switch-traffic.ts';
import { askOnce } from '../release/steps/check.ts';
import { newWriteLog } from '../release/write-log.ts';
import { withTimeout } from '../release/with-timeout.ts';
import type { Away } from './confirm-redis-down.ts';

/** How long the router is tried, in ms. Shorter than the bot waits for the end of a break-glass that is under way. */
const timeoutMs = 30_000;

/** A move and what is known. `version`: of the target; `saw`: the router's answer before. */
export interface Move {
  service: string;
  target: Color;
  version: string | undefined;
  saw: readonly RouterAnswer[];
  force: boolean;
}

/** Switches and verifies as a revert does, as long as Redis is down and nobody interrupts. */
export async function moveWithout(
  adapters: Adapters,
  away: Away,
  { service, target, version, saw, force }: Move,
  interrupted: AbortSignal,
): Promise<SwitchResult> {
  const since = { role: 'unknown' as const, since: 0 };
  const other = adapters.probe
    ? await withTimeout(systemClock, 2_500, (signal) =>
        askOnce(adapters.health, otherColor(target), undefined, signal),
      )
    : undefined;
  const versionOf = (color: Color): string | null => (color === target ? version : other?.version) ?? null;
  const access: WriteAccess = {
    soft: interrupted,
    alive: () => away.back() === undefined,
    permit: () => ({
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
  const steered = await switchTraffic(nowhere, access, adapters, newWriteLog(true), {
    color: target,
    epoch: 1 + Math.max(0, ...saw.map(({ epoch = 0 }) => epoch)),
    need: 'some',
    // A bot that reached Redis until a moment ago may have written the other color.
    owed: true,
    deadline: systemClock.mono() + timeoutMs,
    pauseMs: 1_000,
    probe: !force,
    stoppable: true,
    insists: true,
    givesUp: () => true,
  });
  if (steered.end !== 'stopped') return steered;
  const answers = await askRouter({ clock: systemClock }, adapters.router, { ms: 2_500 });
  const cause = away.back() ?? 'it was interrupted';
  return { ...steered, answers, cause: `${cause}; ${steered.cause}` };
}
