import { diffLines } from '../../text/diff-lines.ts';
import { loadView } from '../../text/load-view.ts';
import { refusalReply } from '../reply.ts';
import type { Subcommand } from './subcommand.ts';

/** `diff <service>`: whether the staged version answers GETs as the live one. */
export const diff: Subcommand = {
  verb: 'diff',
  usage: 'diff <service>',
  service: 'required',
  summary: 'Show whether the staged version answers like the live one.',
  example: 'diff checkout',
  roles: [],
  async run(args, context) {
    const service = args.service ?? '';
    const found = await loadView(service, context);
    if ('refusal' in found) return refusalReply(found.refusal);
    return { lines: diffLines(service, await context.diff(service)) };
  },
};
