import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `adopt <service>`. */
export const adopt: Subcommand = {
  verb: 'adopt',
  usage: 'adopt <service>',
  service: 'required',
  summary: 'Accept what the router says as the truth.',
  example: 'adopt checkout',
  roles: ['admin'],
  run: (args, context) => submitChange(context, { verb: 'adopt', service: args.service ?? '' }),
};
