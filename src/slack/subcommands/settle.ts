import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `settle <service> [--force <reason>]`. */
export const settle: Subcommand = {
  verb: 'settle',
  usage: 'settle <service> [--force <reason>]',
  service: 'required',
  options: { force: 'reason' },
  summary: 'End a healthy bake early; with --force, any bake (admin).',
  example: 'settle checkout',
  roles: ['approver'],
  run: (args, context) => {
    const force = args.options.get('force');
    return submitChange(context, {
      verb: 'settle',
      service: args.service ?? '',
      ...(force === undefined ? {} : { force }),
    });
  },
};
