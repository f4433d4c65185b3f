#!/usr/bin/env node
/** The command `switchback`. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addChanges } from './cli/changes.ts';
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
  $ switchback check                       is the configuration valid?
  $ REDIS_URL=redis://… switchback start   run the bot; docs/setup.md lists the environment
  $ switchback status                      what is live, and what needs attention`,
  );

explainMistakes(program);

program
  .command('start')
  .description('run the bot, configured by the environment and ./switchback.yml')
  .addHelpText(
    'after',
    `
Example:
  $ SLACK_BOT_TOKEN=xoxb-… SLACK_APP_TOKEN=xapp-… REDIS_URL=redis://localhost:6379 switchback start`,
  )
  .action(async () => (await import('./start.ts')).start());

program
  .command('check')
  .description('check the environment and the configuration file, and connect to nothing')
  .argument('[file]', 'the configuration file (default: SWITCHBACK_CONFIG, else ./switchback.yml)')
  .option('--file-only', 'check only the file, as in CI: variables that are not set are only noted')
  .addHelpText(
    'after',
    `
Exit code 0: no errors. 1: standard error lists every error, with its place and without values.

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
  .option('--policy', 'only print the smallest IAM policy for the routers of kind aws-alb in the file')
  .addHelpText(
    'after',
    `
It changes nothing. It needs the same environment as start. Exit code 0: all is well. 1: something needs to be fixed.
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
  .description('how to try Switchback: the playground comes with the source')
  .allowUnknownOption()
  .allowExcessArguments()
  .action(() =>
    program.error('The playground is not part of the build. In a clone: npm ci && npm run play', {
      exitCode: 1,
    }),
  );

addReads(program);
addChanges(program);

await program.parseAsync();
