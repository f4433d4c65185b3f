import { overridesOf } from '../../release/command.ts';
import { line } from '../../release/line.ts';
import { change } from './changing.ts';
import { allPass, gateLines } from './gate-lines.ts';
import { known } from './reading.ts';
import type { Subcommand } from './subcommand.ts';

/** `promote <service> [--dry-run] [--during-freeze <reason>] [--while-firing <reason>]`. A dry run submits nothing. */
export const promote: Subcommand = {
  verb: 'promote',
  usage: 'promote <service> [--dry-run] [--during-freeze <reason>] [--while-firing <reason>]',
  service: 'required',
  options: { 'dry-run': 'flag', 'during-freeze': 'reason', 'while-firing': 'reason' },
  summary: 'Make the staged color live.',
  example: 'promote checkout',
  roles: ['operator'],
  async run(args, context) {
    const service = args.service ?? '';
    const overrides = overridesOf({
      duringFreeze: args.options.get('during-freeze'),
      whileFiring: args.options.get('while-firing'),
    });
    if (!args.options.has('dry-run')) return change(context, { verb: 'promote', service, ...overrides });
    const found = await known(service, context);
    if ('reply' in found) return found.reply;
    const { promote: gates } = await context.inspect(service, context.actor, overrides);
    const stops = gates.filter(({ refusal }) => refusal !== undefined);
    const verdict = allPass(gates)
      ? line`it would go ahead`
      : stops.every(({ gate }) => gate === 'approvals')
        ? line`it would open a request for approval`
        : line`it would be refused`;
    return { lines: [line`promote ${service}, dry run: ${verdict}; nothing was done.`, ...gateLines(gates)] };
  },
};
