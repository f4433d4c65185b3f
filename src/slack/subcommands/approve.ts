import { change } from './changing.ts';
import type { Subcommand } from './subcommand.ts';

/** `approve <service>`. */
export const approve: Subcommand = {
  verb: 'approve',
  usage: 'approve <service>',
  service: 'required',
  summary: 'Approve the release that waits for it.',
  example: 'approve checkout',
  roles: ['approver'],
  run: (args, context) => change(context, { verb: 'approve', service: args.service ?? '' }),
};
