/** The common parts of all changing verbs on the command line. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { readReason, readService } from './arguments.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Asked } from './change.ts';
import { exitCodes, exitHelp } from './exit-codes.ts';
import { runVerb } from './run-verb.ts';

/** Submits the command and exits with its code. `waitMs`: the longest wait of a stage or promote in line. */
export function run(asked: Asked, waitMs?: number): Promise<void> {
  return runVerb(async () => (await import('./change.ts')).change(asked, waitMs), whenAway(asked));
}

/** Advice for when the storage does not answer. */
export function whenAway({ verb, service }: Pick<Asked, 'verb' | 'service'>): Line | undefined {
  if (verb !== 'revert') return undefined;
  return line`If it stays unavailable and traffic must go back: switchback revert ${service} --break-glass <reason> moves the router without it.`;
}

/** Help text of verbs that this process carries out. */
export const carriedOutHere =
  'This command carries it out, so the bot’s metrics do not count it; the history has it.';

/** Adds a verb that takes a service. `more`: help text next to the exit codes. */
export function verb(
  program: Command,
  name: string,
  does: string,
  examples: readonly string[],
  more?: string,
): Command {
  const shown = examples.map((example) => `\n  $ switchback ${example}`).join('');
  const first = more === undefined ? '' : `\n${more}\n`;
  return program
    .command(name)
    .description(does)
    .argument('<service>', 'a service', readService)
    .option('--json', 'what became of it as JSON')
    .addHelpText('after', `${first}\n${exitHelp}\n\nExample${examples.length > 1 ? 's' : ''}:${shown}`);
}

/** Joins the words of a reason that the shell has split; undefined when there are none. */
export function reasonOf(
  command: Command,
  words: readonly string[],
  read: (text: string) => string = readReason,
): string | undefined {
  if (words.length === 0) return undefined;
  try {
    return read(words.join(' '));
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause;
    return command.error(`error: the reason is invalid. ${cause.message}`, { exitCode: exitCodes.mistake });
  }
}
