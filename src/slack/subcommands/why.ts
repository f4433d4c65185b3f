import { line } from '../../release/line.ts';
import { gateLines } from './gate-lines.ts';
import { known } from './reading.ts';
import type { Subcommand } from './subcommand.ts';

/** `why <service>`: every gate of promote and of revert (SPEC 4). */
export const why: Subcommand = {
  verb: 'why',
  usage: 'why <service>',
  service: 'required',
  summary: 'Show every gate of promote and revert, and what would clear it.',
  example: 'why checkout',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    const found = await known(service, context);
    if ('reply' in found) return found.reply;
    const { promote, revert } = await context.inspect(service, context.actor);
    return {
      lines: [
        line`why ${service}`,
        line`${{ bold: 'promote' }}: ${promote.every((gate) => gate.pass) ? 'nothing stands in the way' : 'refused'}`,
        ...gateLines(promote),
        line`${{ bold: 'revert' }}: ${revert.every((gate) => gate.pass) ? 'nothing stands in the way' : 'refused'}`,
        ...gateLines(revert),
      ],
    };
  },
};
