import { overridesOf } from '../../release/command.ts';
import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { submitChange } from './submit-change.ts';
import { gateLines } from './gate-lines.ts';
import { loadService } from './load-service.ts';
import type { Gate, Subcommand } from './subcommand.ts';

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
    if (!args.options.has('dry-run'))
      return submitChange(context, { verb: 'promote', service, ...overrides });
    const found = await loadService(service, context);
    if ('reply' in found) return found.reply;
    const { promote: gates } = await context.inspect(service, context.actor, overrides);
    return { lines: [dryRun(service, gates).text, ...gateLines(gates)] };
  },
};

/** The result of a promote without running it: `refused`, or it goes ahead or opens a request, as the sentence says. */
export function dryRun(service: string, gates: readonly Gate[]): { refused: boolean; text: Line } {
  const stops = gates.filter(({ refusal }) => refusal !== undefined);
  const refused = stops.some(({ gate }) => gate !== 'approvals');
  const otherwise = stops.length === 0 ? 'it would go ahead' : 'it would open a request for approval';
  const verdict = refused ? 'it would be refused' : otherwise;
  return { refused, text: line`promote ${service}, dry run: ${verdict}; nothing was done.` };
}
