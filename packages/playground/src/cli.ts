#!/usr/bin/env node
import { Command, InvalidArgumentError } from 'commander';
import { play } from './play.ts';

/** `npm run play`: the options, and the exit code. */
const program = new Command('play')
  .description(
    'The real bot on a page, with a pretend Slack workspace, a router and a service in two colors.',
  )
  .option('--terminal', 'at a prompt instead of the page')
  .option('--haproxy', 'with the HAProxy on the PATH as the router')
  .option('--port <n>', 'port of the page (default: PORT_PAGE, else any free one)', readPort)
  .addHelpText(
    'after',
    `
Everything is on this machine. With REDIS_URL the record is kept there, else in memory. With LOG_LEVEL the log is
written to standard error. Lines from a pipe run one by one, as at the prompt; the exit code is 1 when one of
them fails.

Examples:
  $ npm run play
  $ npm run play -- --terminal
  $ REDIS_URL=redis://localhost npm run play -- --haproxy --port 8080
  $ printf '%s\\n' '/release stage demo v2' 'wait staged' show | npm run play`,
  )
  .action(async (options: { terminal?: boolean; haproxy?: boolean; port?: number }) => {
    try {
      process.exitCode = await play(process.env, options);
    } catch (fault) {
      const [{ ConfigFault }, { Fault }] = await Promise.all([
        import('../../../src/config.ts'),
        import('../../../src/release/fault.ts'),
      ]);
      if (!(fault instanceof ConfigFault || fault instanceof Fault)) throw fault;
      program.error(fault.message, { exitCode: 1 });
    }
  });

await program.parseAsync();

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('It must be 0 to 65535.');
  return Number(text);
}
