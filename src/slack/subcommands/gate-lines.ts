import { line } from '../../release/line.ts';
import type { Line } from '../../release/line.ts';
import { refusalLine } from '../cards/refusal-text.ts';
import type { Gate } from './subcommand.ts';

/** True when every gate passes. */
export function allPass(gates: readonly Gate[]): boolean {
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
