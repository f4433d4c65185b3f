/** What stands in the way of a promote and of a revert. */
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Gate, Gates } from '../release/explain-gates.ts';
import { refusalLine } from './refusal-line.ts';

/** True when every gate passes. */
function allPass(gates: readonly Gate[]): boolean {
  return gates.every(({ refusal }) => refusal === undefined);
}

/** Each gate on its own line: pass, or fail with the refusal, which says what would clear it. */
export function gateLines(gates: readonly Gate[]): Line[] {
  return gates.map(({ gate, refusal, note }) =>
    refusal === undefined
      ? line`✅ pass · ${gate}${note === undefined ? [] : line` · ${note}`}`
      : line`❌ fail · ${gate} · ${refusalLine(refusal)}`,
  );
}

/** What prevents a service's promote and revert. */
export function whyLines(service: string, { promote, revert, verdict, automatic }: Gates): Line[] {
  return [
    line`why ${service}`,
    ...(verdict === undefined ? [] : [verdict]),
    line`${{ bold: 'promote' }}: ${allPass(promote) ? 'nothing blocks it' : 'refused'}`,
    ...gateLines(promote),
    line`${{ bold: 'revert' }}: ${allPass(revert) ? 'nothing blocks it' : 'refused'}`,
    ...gateLines(revert),
    ...(automatic === undefined ? [] : [line`${{ bold: 'automatic revert' }}: ${automatic}`]),
  ];
}

/** The result of a promote without running it: `refused`, or it goes ahead or opens a request, as the sentence says. */
export function dryRun(service: string, gates: readonly Gate[]): { refused: boolean; text: Line } {
  const stops = gates.filter(({ refusal }) => refusal !== undefined);
  const refused = stops.some(({ gate }) => gate !== 'approvals');
  const otherwise = stops.length === 0 ? 'it would go ahead' : 'it would open a request for approval';
  const verdict = refused ? 'it would be refused' : otherwise;
  return { refused, text: line`promote ${service}, dry run: ${verdict}; nothing was done.` };
}
