import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `unlock <service>`. */
export const unlock: Subcommand = {
  verb: 'unlock',
  usage: 'unlock <service>',
  service: 'required',
  summary: 'Let releases of a service go on.',
  example: 'unlock checkout',
  roles: ['operator'],
  run: (args, context) => submitChange(context, { verb: 'unlock', service: args.service ?? '' }),
};
