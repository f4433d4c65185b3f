import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `reject <service> [reason]`. */
export const reject: Subcommand = {
  verb: 'reject',
  usage: 'reject <service> [reason]',
  service: 'required',
  rest: 'reason',
  summary: 'Refuse the release that waits for approval.',
  example: 'reject checkout the migration is missing',
  roles: ['approver'],
  run: (args, context) =>
    submitChange(context, {
      verb: 'reject',
      service: args.service ?? '',
      ...(args.rest === '' ? {} : { reason: args.rest }),
    }),
};
