import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { exit } from './exit.ts';
import { NoRedis } from './no-redis.ts';
import { write } from './output.ts';
import { tell } from './say.ts';

/**
 * Runs a verb to its exit code; what it throws is said on standard error, and has one too. `whenAway`: what is left to
 * do when the storage does not answer.
 */
export async function runVerb(verb: () => Promise<number>, whenAway?: Line): Promise<void> {
  try {
    process.exitCode = await verb();
  } catch (cause) {
    process.exitCode = await told(cause, whenAway);
  }
}

async function told(cause: unknown, whenAway: Line | undefined): Promise<number> {
  const { ConfigFault } = await import('../config.ts');
  if (cause instanceof ConfigFault) {
    write(process.stderr, `${cause.message}\n`);
    return exit.mistake;
  }
  if (!(cause instanceof Fault)) throw cause;
  switch (cause.code) {
    case 'storage-unavailable':
    case 'slack-unavailable':
    case 'bad-record':
      tell(
        cause instanceof NoRedis
          ? line`${cause.code}: ${cause.message}; ${cause.next}.`
          : line`${cause.code}: ${cause.message}${cause.unclear ? ' This is not confirmed; look at status.' : ''}`,
      );
      // Where Redis answers, others may be at work: there is no way around it.
      if (isAway(cause) && whenAway) tell(whenAway);
      return exit.storage;
    case 'bad-settings':
      tell(line`${cause.code}: ${cause.message}`);
      return exit.mistake;
    default:
      return cause.code satisfies never;
  }
}

function isAway(cause: Fault): boolean {
  return cause.code === 'storage-unavailable' && !(cause instanceof NoRedis && cause.turnedAway);
}
