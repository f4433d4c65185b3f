import { formatDuration, parseDuration } from '../../release/duration.ts';
import { line } from '../../release/line.ts';
import { refusalReply } from '../reply.ts';
import { submitChange } from './submit-change.ts';
import type { Subcommand } from './subcommand.ts';

/** Longest lock, in ms. */
const longestMs = 7 * 86_400_000;

/** `lock <service> [--for 2h] <reason>`. */
export const lock: Subcommand = {
  verb: 'lock',
  usage: 'lock <service> [--for 2h] <reason>',
  service: 'required',
  rest: 'reason',
  restRequired: true,
  options: { for: 'duration' },
  summary: 'Stop stage and promote of a service for a while.',
  example: 'lock checkout --for 2h database migration',
  roles: ['operator'],
  async run(args, context) {
    const service = args.service ?? '';
    const asked = args.options.get('for');
    if (asked === undefined) return submitChange(context, { verb: 'lock', service, reason: args.rest });
    const forMs = parseDuration(asked.toLowerCase());
    if (forMs !== undefined && forMs > 0 && forMs <= longestMs)
      return submitChange(context, { verb: 'lock', service, reason: args.rest, forMs });
    const why =
      forMs === undefined || forMs === 0
        ? line`${{ code: asked }} is not a duration such as ${{ code: '30m' }}, ${{ code: '2h' }} or ${{ code: '3d' }}.`
        : line`A lock lasts at most ${formatDuration(longestMs)}.`;
    return refusalReply({ code: 'bad-arguments', why, next: line`Usage: ${{ code: lock.usage }}` });
  },
};
