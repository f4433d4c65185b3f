import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `retry <service>`. */
export const retry: Subcommand = {
  verb: 'retry',
  usage: 'retry <service>',
  service: 'required',
  summary: 'Try a stuck switch again, or put the router back after drift.',
  example: 'retry checkout',
  roles: ['operator'],
  run: (args, context) => submitChange(context, { verb: 'retry', service: args.service ?? '' }),
};
