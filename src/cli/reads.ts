/** Adds the verbs that change nothing. */
import type { Command } from 'commander';
import { readCount, readDuration, readService } from './arguments.ts';
import { runVerb } from './run-verb.ts';

const read = () => import('./read.ts');

/** Adds `status`, `why`, `compare`, `diff`, `missed` and `history`. */
export function addReads(program: Command): void {
  program
    .command('status')
    .description('show what is live, what is under way and what comes next; without a service, of all')
    .argument('[service]', 'a service', readService)
    .option('--json', 'the facts as JSON')
    .addHelpText('after', '\nExamples:\n  $ switchback status\n  $ switchback status checkout --json')
    .action((service: string | undefined, { json = false }: { json?: boolean }) =>
      runVerb(async () => (await read()).status(service, json)),
    );
  program
    .command('why')
    .description('show what blocks a promote or a revert by you, and what would clear it')
    .argument('<service>', 'a service', readService)
    .option('--json', 'the gates as JSON')
    .addHelpText('after', '\nExample:\n  $ switchback why checkout')
    .action((service: string, { json = false }: { json?: boolean }) =>
      runVerb(async () => (await read()).why(service, json)),
    );
  program
    .command('compare')
    .description('ask both colors at the same moment for up to 10 s: would a revert help?')
    .argument('<service>', 'a service', readService)
    .option('--json', 'the verdict and the counts as JSON')
    .addHelpText('after', '\nExample:\n  $ switchback compare checkout')
    .action((service: string, { json = false }: { json?: boolean }) =>
      runVerb(async () => (await read()).compare(service, json)),
    );
  program
    .command('diff')
    .description('show whether the staged version answers like the live one')
    .argument('<service>', 'a service', readService)
    .option('--json', 'the counts and the fields that differ as JSON')
    .addHelpText('after', '\nExample:\n  $ switchback diff checkout')
    .action((service: string, { json = false }: { json?: boolean }) =>
      runVerb(async () => (await read()).diff(service, json)),
    );
  program
    .command('missed')
    .description('show what the databases of one color have that those of the other have not')
    .argument('<service>', 'a service', readService)
    .option('--since <duration>', 'only rows of so long ago at most: 30m', readDuration(365 * 86_400_000))
    .option('--json', 'each row as a line of JSON, in the order of the commits')
    .addHelpText('after', '\nExample:\n  $ switchback missed checkout --since 30m --json')
    .action((service: string, { since, json = false }: { since?: number; json?: boolean }) =>
      runVerb(async () => (await import('./missed.ts')).missed(service, since, json)),
    );
  program
    .command('history')
    .description('show who did what, newest first')
    .argument('<service>', 'a service', readService)
    .argument('[n]', 'how many entries', readCount, 10)
    .option('--json', 'the entries as JSON')
    .addHelpText('after', '\nExample:\n  $ switchback history checkout 20')
    .action((service: string, count: number, { json = false }: { json?: boolean }) =>
      runVerb(async () => (await read()).history(service, count, json)),
    );
}
