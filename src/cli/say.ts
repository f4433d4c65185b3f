import type { Line } from '../release/line.ts';
import { plain } from '../release/line.ts';
import type { Refusal } from '../release/refusals.ts';
import { oneLine } from '../slack/cards/line.ts';
import { refusalLine } from '../slack/cards/refusal-text.ts';
import { write } from './output.ts';

/** A line for a terminal: instants in ISO 8601, and nothing in it that a terminal would obey. */
export function textOf(line: Line): string {
  const parts = line.map((part) =>
    typeof part === 'object' && 'at' in part ? new Date(part.at).toISOString().replace(/\.\d+Z$/, 'Z') : part,
  );
  return oneLine(plain(parts));
}

/** Says what was asked for, on standard output. */
export function say(...lines: readonly Line[]): void {
  for (const line of lines) write(process.stdout, `${textOf(line)}\n`);
}

/** Says how it goes, or why not, on standard error. */
export function tell(...lines: readonly Line[]): void {
  for (const line of lines) write(process.stderr, `${textOf(line)}\n`);
}

/** The code first, why, and what can be done. */
export function tellRefusal(refusal: Refusal): void {
  tell(refusalLine(refusal));
}

/** One JSON value, for programs. */
export function sayJson(value: unknown): void {
  write(process.stdout, `${JSON.stringify(value, null, 2)}\n`);
}
