import { change } from './changing.ts';
import type { Subcommand } from './subcommand.ts';

/** `stage <service> <version>` (SPEC 4). */
export const stage: Subcommand = {
  verb: 'stage',
  usage: 'stage <service> <version>',
  service: 'required',
  rest: 'version',
  restRequired: true,
  summary: 'Stage a version on the idle color and check it there.',
  example: 'stage checkout v1.42.0',
  roles: ['operator'],
  run: (args, context) => change(context, { verb: 'stage', service: args.service ?? '', version: args.rest }),
};
