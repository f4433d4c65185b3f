import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import type { Gate } from './subcommand.ts';

/** The result of a promote without running it: `refused`, or it goes ahead or opens a request, as the sentence says. */
export function dryRun(service: string, gates: readonly Gate[]): { refused: boolean; text: Line } {
  const stops = gates.filter(({ refusal }) => refusal !== undefined);
  const refused = stops.some(({ gate }) => gate !== 'approvals');
  const otherwise = stops.length === 0 ? 'it would go ahead' : 'it would open a request for approval';
  const verdict = refused ? 'it would be refused' : otherwise;
  return { refused, text: line`promote ${service}, dry run: ${verdict}; nothing was done.` };
}
