import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** `cancel <service>`. */
export const cancel: Subcommand = {
  verb: 'cancel',
  usage: 'cancel <service>',
  service: 'required',
  summary: 'Drop what is being staged or promoted, the open request, or the staged release.',
  example: 'cancel checkout',
  roles: ['operator'],
  run: (args, context) => submitChange(context, { verb: 'cancel', service: args.service ?? '' }),
};
