#!/usr/bin/env node
/** The command `switchback`. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addChanges, addRevert } from './cli/changes.ts';
import { addRepairs } from './cli/repairs.ts';
import { explainMistakes } from './cli/usage-errors.ts';
import { onlyReads, outliveReaders } from './cli/output.ts';
import { addReads } from './cli/reads.ts';
import { runVerb } from './cli/run-verb.ts';

outliveReaders();

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const program = new Command('switchback')
  .description('Blue/green releases from Slack: stage, promote, revert.')
  .version(version)
  .addHelpText(
    'after',
    `
Examples:
  $ switchback check                       is the configuration good?
  $ REDIS_URL=redis://… switchback start   run the bot; docs/setup.md lists the environment
  $ switchback status                      what is live, and what needs somebody`,
  );

explainMistakes(program);

program
  .command('start')
  .description('run the bot with what the environment and ./switchback.yml say')
  .addHelpText(
    'after',
    `
Example:
  $ SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… REDIS_URL=redis://localhost:6379 switchback start`,
  )
  .action(async () => (await import('./start.ts')).start());

program
  .command('check')
  .description('read environment and file as a start would, connect to nothing, and list what is wrong')
  .argument('[file]', 'the configuration file (default: SWITCHBACK_CONFIG, else ./switchback.yml)')
  .option('--file-only', 'look at the file alone: variables that are not set are noted, as in CI')
  .addHelpText(
    'after',
    `
Exit code 0: good. 1: every mistake stands on standard error, with its place and without values.

Examples:
  $ switchback check staging.yml
  $ switchback check --file-only staging.yml`,
  )
  .action(async (file: string | undefined, { fileOnly = false }: { fileOnly?: boolean }) => {
    process.exitCode = await (await import('./cli/check.ts')).check(file, { fileOnly });
  });

program
  .command('doctor')
  .description(
    'connect to Slack, Redis, routers, deploys and colors, and say what is wrong and how to fix it',
  )
  .argument('[file]', 'the configuration file (default: SWITCHBACK_CONFIG, else ./switchback.yml)')
  .option('--json', 'all findings as a JSON array of {name, state: ok | wrong | skipped, found, fix}')
  .option('--policy', 'only print the least IAM policy for the routers of kind aws-alb in the file')
  .addHelpText(
    'after',
    `
It changes nothing, and needs the environment of a start. Exit code 0: all is well. 1: something needs to be fixed.
With --policy it reads only the file, and connects to nothing.

Examples:
  $ switchback doctor
  $ switchback doctor --policy switchback.yml`,
  )
  .action(
    async (
      file: string | undefined,
      { json = false, policy = false }: { json?: boolean; policy?: boolean },
    ) => {
      const [{ loadConfig }, { doctor }, { printPolicy }] = await Promise.all([
        import('./config.ts'),
        import('./doctor/doctor.ts'),
        import('./doctor/policy.ts'),
      ]);
      onlyReads();
      await runVerb(async () => {
        if (policy) return printPolicy(file);
        return doctor(loadConfig(file === undefined ? {} : { file }), { json });
      });
    },
  );

program
  .command('play')
  .description('how to try it: the playground comes with the source')
  .allowUnknownOption()
  .allowExcessArguments()
  .action(() =>
    program.error('The playground is not in what is built. In a clone: npm ci && npm run play', {
      exitCode: 1,
    }),
  );

addReads(program);
addChanges(program);
addRevert(program);
addRepairs(program);

await program.parseAsync();
