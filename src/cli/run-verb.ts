import { Fault } from '../release/fault.ts';
import { line } from '../release/line.ts';
import { exit } from './exit.ts';
import { tell } from './say.ts';

/** Runs a verb to its exit code; what it throws is said on standard error, and has one too. */
export async function runVerb(verb: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await verb();
  } catch (cause) {
    process.exitCode = await told(cause);
  }
}

async function told(cause: unknown): Promise<number> {
  const { ConfigFault } = await import('../config.ts');
  if (cause instanceof ConfigFault) {
    process.stderr.write(`${cause.message}\n`);
    return exit.mistake;
  }
  if (!(cause instanceof Fault)) throw cause;
  switch (cause.code) {
    case 'storage-unavailable':
    case 'slack-unavailable':
    case 'bad-record':
      tell(
        line`${cause.code}: ${cause.message}${cause.unclear ? ' This is not confirmed; look at status.' : ''}`,
      );
      return exit.storage;
    case 'bad-settings':
      tell(line`${cause.code}: ${cause.message}`);
      return exit.mistake;
    default:
      return cause.code satisfies never;
  }
}
