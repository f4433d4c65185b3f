import { breakGlassFiles, readEntry } from '../break-glass/files.ts';
import { otherColor } from '../release/color.ts';
import type { Color } from '../release/color.ts';
import { refuse } from '../release/gates.ts';
import { summarise } from '../release/router-answers.ts';
import { line } from '../release/line.ts';
import type { RouterAnswer } from '../release/ports.ts';
import type { Refusal } from '../release/refusals.ts';

/**
 * The target color: the one asked for; or the target of an earlier break-glass that no bot has imported yet (a second
 * run must not undo the first); or the color that the router does not name.
 */
export async function wayBackOf(
  { service, to }: { service: string; to?: Color },
  saw: readonly RouterAnswer[],
  stateDir: string,
): Promise<{ target: Color; note?: string } | { refusal: Refusal }> {
  const { heading, detail } = summarise(saw);
  if (heading === 'unreachable')
    return {
      refusal: refuse(
        'router-unreachable',
        line`No instance of the router answers (${detail}); nothing was done.`,
        line`Try again when one answers.`,
      ),
    };
  if (to !== undefined) return { target: to };
  const before = await earlier(service, stateDir);
  if (before)
    return {
      target: before,
      note: `The last break-glass went to ${before}, and no bot has recorded it yet: this one goes there again. Use --to for the other color.`,
    };
  if (heading === 'blue' || heading === 'green') return { target: otherColor(heading) };
  return {
    refusal: refuse(
      'router-mixed',
      line`The router does not name one color (${detail}); nothing was done.`,
      line`Choose the color: --to blue or --to green.`,
    ),
  };
}

/** The target of this service's newest break-glass that was not imported yet. */
async function earlier(service: string, stateDir: string): Promise<Color | undefined> {
  const files = await Promise.all((await breakGlassFiles(stateDir)).map(readEntry));
  return files
    .flatMap((file) => (file.ok && file.glass.service === service ? [file.glass] : []))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0]?.target;
}
