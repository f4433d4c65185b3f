import { compareLines } from '../../text/compare-lines.ts';
import { loadView } from '../../text/load-view.ts';
import { refusalReply } from '../reply.ts';
import type { Subcommand } from './subcommand.ts';

/** `compare <service>`: asks both colors at the same moment, and says whether a revert would help. */
export const compare: Subcommand = {
  verb: 'compare',
  usage: 'compare <service>',
  service: 'required',
  summary: 'Ask both colors at the same moment: would a revert help?',
  example: 'compare checkout',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    const found = await loadView(service, context);
    if ('refusal' in found) return refusalReply(found.refusal);
    return { lines: compareLines(service, await context.compare(service)) };
  },
};
