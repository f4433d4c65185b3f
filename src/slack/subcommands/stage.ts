import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `stage <service> <version> [--again <reason>]`. */
export const stage: Subcommand = {
  verb: 'stage',
  usage: 'stage <service> <version> [--again <reason>]',
  service: 'required',
  rest: 'version',
  restRequired: true,
  options: { again: 'reason' },
  summary: 'Stage a version on the idle color and check it there.',
  example: 'stage checkout v1.42.0',
  roles: ['operator'],
  run(args, context) {
    const again = args.options.get('again');
    return submitChange(context, {
      verb: 'stage',
      service: args.service ?? '',
      version: args.rest,
      ...(again === undefined ? {} : { again }),
    });
  },
};
