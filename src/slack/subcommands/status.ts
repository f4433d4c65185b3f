import { statusLines } from '../../text/status-lines.ts';
import { loadView } from '../../text/load-view.ts';
import { statusPage } from './status-page.ts';
import { refusalReply } from '../reply.ts';
import type { Subcommand } from './subcommand.ts';

/** `status [service]`: from the record and the router's last known answer; waits for neither router nor Slack. */
export const status: Subcommand = {
  verb: 'status',
  usage: 'status [service]',
  service: 'optional',
  summary: 'Show what is live, what is under way and what comes next.',
  example: 'status checkout',
  roles: [],
  async run(args, context) {
    if (args.service === undefined) return statusPage(0, context);
    const view = await loadView(args.service, context);
    if ('refusal' in view) return refusalReply(view.refusal);
    return { lines: statusLines(view) };
  },
};
