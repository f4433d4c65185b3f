import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { refusalLine } from '../cards/refusal-text.ts';
import type { Gate } from './subcommand.ts';

/** Each gate on its own line: pass, or fail with the refusal and what would clear it. */
export function gateLines(gates: readonly Gate[]): Line[] {
  return gates.map(({ gate, pass, refusal, clears }) => {
    if (pass) return line`✅ pass · ${gate}`;
    const why: Line = refusal === undefined ? [] : [' · ', ...refusalLine(refusal)];
    const when: Line = clears === undefined ? [] : [' ', ...clears];
    return line`❌ fail · ${gate}${why}${when}`;
  });
}
