import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { allPass, gateLines } from './gate-lines.ts';
import { loadService } from './load-service.ts';
import type { Gates, Subcommand } from './subcommand.ts';

/** `why <service>`: every gate of promote and of revert. */
export const why: Subcommand = {
  verb: 'why',
  usage: 'why <service>',
  service: 'required',
  summary: 'Show what stands in the way, and what would clear it.',
  example: 'why checkout',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    const found = await loadService(service, context);
    if ('reply' in found) return found.reply;
    return { lines: whyLines(service, await context.inspect(service, context.actor)) };
  },
};

/** What prevents a service's promote and revert. */
export function whyLines(service: string, { promote, revert }: Gates): Line[] {
  return [
    line`why ${service}`,
    line`${{ bold: 'promote' }}: ${allPass(promote) ? 'nothing stands in the way' : 'refused'}`,
    ...gateLines(promote),
    line`${{ bold: 'revert' }}: ${allPass(revert) ? 'nothing stands in the way' : 'refused'}`,
    ...gateLines(revert),
  ];
}
