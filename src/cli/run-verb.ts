import type { ConfigMistake } from '../config.ts';
import { Fault } from '../release/fault.ts';
import { asSentence, line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import { exitCodes } from './exit-codes.ts';
import { NoRedis } from './no-redis.ts';
import { asJson, write } from './output.ts';
import { fail } from './print.ts';

/**
 * Runs a verb to its exit code; prints its errors, which have exit codes, too. `whenAway`: advice for when the storage
 * does not answer.
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
  if (cause instanceof ConfigFault) return mistaken(cause);
  if (!(cause instanceof Fault)) {
    if (asJson) fail(exitCodes.mistake, { code: 'internal', message: line`Internal error.` });
    throw cause;
  }
  const { code } = cause;
  switch (code) {
    case 'storage-unavailable':
    case 'slack-unavailable':
    case 'bad-record':
      return fail(exitCodes.storage, { code, message: messageOf(cause), next: nextOf(cause, whenAway) });
    case 'bad-settings':
      return fail(exitCodes.mistake, { code, message: line`${cause.message}` });
    default:
      return code satisfies never;
  }
}

/** Prints all errors of environment and file. */
function mistaken({ message, mistakes }: { message: string; mistakes: readonly ConfigMistake[] }): number {
  if (asJson)
    return fail(exitCodes.mistake, {
      code: 'bad-configuration',
      message: line`The configuration has ${mistakes.length === 1 ? 'one error' : `${mistakes.length} errors`}.`,
      next: line`Correct what mistakes lists; switchback check lists them without connecting to anything.`,
      mistakes,
    });
  write(process.stderr, `${message}\n`);
  return exitCodes.mistake;
}

function messageOf(cause: Fault): Line {
  return cause.unclear ? line`${cause.message} This is not confirmed.` : line`${asSentence(cause.message)}`;
}

function nextOf(cause: Fault, whenAway: Line | undefined): Line {
  if (cause.unclear) return line`Look at status.`;
  if (!(cause instanceof NoRedis)) return cause.code === 'storage-unavailable' ? (whenAway ?? []) : [];
  const next = `${cause.next.slice(0, 1).toUpperCase()}${cause.next.slice(1)}.`;
  // Where Redis answers, other processes may be using it: no break-glass.
  return [next, ...(cause.turnedAway || whenAway === undefined ? [] : [' ', ...whenAway])];
}
