/** `switchback missed`: what the databases of one color have that those of the other have not. */
import { colorSchema, otherColor } from '../release/color.ts';
import { countMissed } from '../release/count-missed.ts';
import type { MissedRow } from '../release/data.ts';
import { line } from '../release/line.ts';
import { missedWords } from '../release/turn-data.ts';
import { loadView } from '../text/load-view.ts';
import { beforeAsking, withCliContext } from './context.ts';
import type { CliContext } from './context.ts';
import { exitCodes } from './exit-codes.ts';
import { onlyReads, write } from './output.ts';
import { fail, printLine } from './print.ts';
import { unknown } from './read.ts';

const askedMs = 10_000;

/** `missed <service>`. `sinceMs`: only rows of so long ago at most. With `json`, a line for each row. */
export function missed(service: string, sinceMs: number | undefined, json: boolean): Promise<number> {
  onlyReads();
  return withCliContext((desk) => ask(desk, service, sinceMs, json));
}

async function ask(
  { parts }: CliContext,
  service: string,
  sinceMs: number | undefined,
  json: boolean,
): Promise<number> {
  const view = await loadView(service, parts);
  if ('refusal' in view) return unknown(view);
  const { configured, loaded } = view;
  await beforeAsking(parts, service, loaded.record);
  const data = configured && parts.adapters(service, configured).data;
  if (data === undefined)
    return fail(exitCodes.mistake, {
      code: 'bad-configuration',
      message: line`The colors of ${service} have no databases of their own: cutover.data is not set.`,
    });
  const after = sinceMs === undefined ? 0 : Date.now() - sinceMs;
  let known = 0;
  for (const color of colorSchema.options) {
    const signal = AbortSignal.timeout(askedMs);
    const rows = (await data.changes?.(color, signal))?.filter(({ at }) => at >= after);
    const counted = rows === undefined ? await data.missed(color, signal) : countMissed(rows);
    if (counted === undefined) {
      if (!json) printLine(line`${color}: nobody can say what it has that ${otherColor(color)} has not.`);
      continue;
    }
    known += 1;
    if (json) for (const row of rows ?? counted.tables) sayRow(color, row);
    else {
      const words = missedWords(counted, otherColor(color));
      printLine(
        line`${color}: ${words === '' ? `no published row is missing on ${otherColor(color)}` : words}.`,
      );
    }
  }
  return known > 0 ? exitCodes.done : exitCodes.otherwise;
}

function sayRow(color: string, row: MissedRow | { table: string; rows: number }): void {
  const shown = 'at' in row ? { ...row, at: new Date(row.at).toISOString() } : row;
  write(process.stdout, `${JSON.stringify({ color, ...shown })}\n`);
}
