import { loadView } from '../../text/load-view.ts';
import { whyLines } from '../../text/gate-lines.ts';
import { refusalReply } from '../reply.ts';
import type { Subcommand } from './subcommand.ts';

/** `why <service>`: every gate of promote and of revert. */
export const why: Subcommand = {
  verb: 'why',
  usage: 'why <service>',
  service: 'required',
  summary: 'Show what blocks a release or a revert, and what would clear it.',
  example: 'why checkout',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    const found = await loadView(service, context);
    if ('refusal' in found) return refusalReply(found.refusal);
    return { lines: whyLines(service, await context.inspect(service, context.actor)) };
  },
};
