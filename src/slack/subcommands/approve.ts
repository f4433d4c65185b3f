import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `approve <service>`. */
export const approve: Subcommand = {
  verb: 'approve',
  usage: 'approve <service>',
  service: 'required',
  summary: 'Approve the release that waits for it.',
  example: 'approve checkout',
  roles: ['approver'],
  run: (args, context) => submitChange(context, { verb: 'approve', service: args.service ?? '' }),
};
