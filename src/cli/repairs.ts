/** The verbs that answer a request, end an operation, or continue a stuck one. */
import type { Command } from 'commander';
import { readReason } from './arguments.ts';
import { reasonOf, run, verb } from './verb.ts';

/** Adds `approve`, `reject`, `cancel` and `settle`, then `retry` and `adopt`. */
export function addRepairs(program: Command): void {
  verb(
    program,
    'approve',
    'approve the open request to promote; the last approval needed starts the promote',
    ['approve checkout'],
    'It needs to be known who you are in Slack (people: in the file); who asked for the promote cannot approve it.',
  ).action((service: string) => run({ verb: 'approve', service }));

  const reject = verb(program, 'reject', 'close the open request to promote; the release stays staged', [
    'reject checkout',
    'reject checkout not before the migration',
  ])
    .argument('[reason...]', 'why')
    .action((service: string, words: string[]) => {
      const reason = reasonOf(reject, words);
      return run({ verb: 'reject', service, ...(reason !== undefined && { reason }) });
    });

  verb(
    program,
    'cancel',
    'drop the first that there is: a stage or promote that has not switched, the open request, the staged release',
    ['cancel checkout'],
  ).action((service: string) => run({ verb: 'cancel', service }));

  verb(program, 'settle', 'end the bake early: a healthy one (approvers), or any with --force (admins)', [
    'settle checkout',
    'settle checkout --force "the check itself is broken"',
  ])
    .option('--force <reason>', 'although the bake is unhealthy (admins)', readReason)
    .action((service: string, { force }: { force?: string }) =>
      run({ verb: 'settle', service, ...(force !== undefined && { force }) }),
    );

  verb(
    program,
    'retry',
    'left by its process: carry it on; stuck: try the same again; drift: point the router at the recorded color',
    ['retry checkout'],
  ).action((service: string) => run({ verb: 'retry', service }));

  verb(program, 'adopt', 'take over into the record what the router says (admins)', [
    'adopt checkout',
  ]).action((service: string) => run({ verb: 'adopt', service }));
}
