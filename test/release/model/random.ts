import fc from 'fast-check';
import {
  autoRevertSetup,
  countdownScript,
  countdownSetup,
  dataScript,
  lateness,
  lineScript,
  script,
  setup,
  stopScript,
  windowScript,
  windowSetup,
} from './actions.ts';
import { play } from './play.ts';

/**
 * `late`: the router carries writes out late. `line`: several wait. `countdown`: releases are reverted by themselves.
 * `windows`: nobody can write around a switch. `stops`: hooks stop writes then. `data`: each color has databases of its own. `oneWay`: from most there is no
 * way back.
 */
export interface RandomLives {
  seed?: number;
  numRuns: number;
  path?: string;
  late?: boolean;
  line?: boolean;
  countdown?: boolean;
  windows?: boolean;
  stops?: boolean;
  data?: boolean;
  oneWay?: boolean;
}

/**
 * Plays random lives: those of `seed`, or of a new one. Answers with the story of the shortest life that breaks a
 * guarantee, and where it was found; empty: none does.
 */
export async function playRandom({
  late,
  line,
  countdown,
  windows,
  stops = false,
  data = false,
  oneWay = false,
  ...params
}: RandomLives): Promise<string> {
  const told = await (late
    ? fc.check(
        fc.asyncProperty(setup, script, lateness, (of, what, lateness) => play(of, what, { lateness })),
        params,
      )
    : countdown
      ? fc.check(
          fc.asyncProperty(countdownSetup, countdownScript, autoRevertSetup, (of, what, autoRevert) =>
            play(of, what, { autoRevert, oneWay }),
          ),
          params,
        )
      : windows
        ? fc.check(
            fc.asyncProperty(setup, windowScript, windowSetup, (of, what, windows) =>
              play(of, what, { windows }),
            ),
            params,
          )
        : fc.check(
            fc.asyncProperty(
              setup,
              line ? lineScript : data ? dataScript : stops ? stopScript : script,
              (of, what) => play(of, what, { data, stops }),
            ),
            params,
          ));
  return told.failed
    ? `seed ${told.seed}, path ${told.counterexamplePath}\n${String(told.errorInstance)}`
    : '';
}
