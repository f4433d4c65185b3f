import type { Overrides } from '../release/command.ts';
import { inspect } from '../release/inspect.ts';
import { line } from '../release/line.ts';
import { refusalLine } from '../slack/cards/refusal-text.ts';
import { dryRun } from '../slack/subcommands/promote.ts';
import { known } from '../slack/subcommands/reading.ts';
import { atDesk } from './desk.ts';
import { exit } from './exit.ts';
import { gateFacts } from './facts.ts';
import { asJson, onlyReads } from './output.ts';
import { unknown } from './read.ts';
import { say, sayJson } from './say.ts';

/** `promote <service> --dry-run`: every gate as it stands for this user, now. Resolves to what the promote would end with. */
export function dryPromote(service: string, overrides: Overrides): Promise<number> {
  onlyReads();
  return atDesk(async ({ parts, actor }) => {
    const view = await known(service, parts);
    if ('reply' in view) return unknown(view);
    const { promote } = await inspect(parts, service, actor, overrides);
    const { refused, text } = dryRun(service, promote);
    if (asJson) sayJson({ service, dryRun: true, promote: promote.map(gateFacts) });
    else
      say(
        text,
        ...promote.map(({ gate, refusal }) =>
          refusal === undefined ? line`pass  ${gate}` : line`fail  ${gate}: ${refusalLine(refusal)}`,
        ),
      );
    return refused ? exit.refused : exit.done;
  });
}
