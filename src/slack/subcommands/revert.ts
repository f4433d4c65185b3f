import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `revert <service> [reason] | revert <service> --force <reason>`. */
export const revert: Subcommand = {
  verb: 'revert',
  usage: 'revert <service> [reason] | revert <service> --force <reason>',
  service: 'required',
  rest: 'reason',
  forgiving: true,
  options: { force: 'reason' },
  summary: 'Go back to the color that was live before.',
  example: 'revert checkout errors since the switch',
  roles: ['operator'],
  run: (args, context) => {
    const force = args.options.get('force');
    return submitChange(context, {
      verb: 'revert',
      service: args.service ?? '',
      ...(args.rest === '' ? {} : { reason: args.rest }),
      ...(force === undefined ? {} : { force }),
    });
  },
};
