import { change } from './changing.ts';
import type { Subcommand } from './subcommand.ts';

/** `unlock <service>`. */
export const unlock: Subcommand = {
  verb: 'unlock',
  usage: 'unlock <service>',
  service: 'required',
  summary: 'Let releases of a service go on.',
  example: 'unlock checkout',
  roles: ['operator'],
  run: (args, context) => change(context, { verb: 'unlock', service: args.service ?? '' }),
};
