import type { Overrides } from '../release/command.ts';
import { explainGates } from '../release/explain-gates.ts';
import { line } from '../release/line.ts';
import { dryRun } from '../text/gate-lines.ts';
import { loadView } from '../text/load-view.ts';
import { refusalLine } from '../text/refusal-line.ts';
import { beforeAsking, withCliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { gateFacts } from './json.ts';
import { asJson, onlyReads } from './output.ts';
import { unknown } from './read.ts';
import { printLine, sayJson } from './print.ts';

/** `promote <service> --dry-run`: every gate for this user, now. Resolves to the exit code of such a promote. */
export function dryPromote(service: string, overrides: Overrides): Promise<number> {
  onlyReads();
  return withCliContext(async ({ parts, actor }) => {
    const view = await loadView(service, parts);
    if ('refusal' in view) return unknown(view);
    await beforeAsking(parts, service, view.loaded.record);
    const { promote } = await explainGates(parts, service, actor, overrides);
    const { refused, text } = dryRun(service, promote);
    if (asJson) sayJson({ service, dryRun: true, promote: promote.map(gateFacts) });
    else
      printLine(
        text,
        ...promote.map(({ gate, refusal }) =>
          refusal === undefined ? line`pass  ${gate}` : line`fail  ${gate}: ${refusalLine(refusal)}`,
        ),
      );
    return refused ? exitCodes.refused : exitCodes.done;
  });
}
