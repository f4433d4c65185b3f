import type { ConfigMistake } from '../config.ts';
import type { Line } from '../release/line.ts';
import { plain } from '../release/line.ts';
import { refusalWords } from '../release/refusals.ts';
import type { Refusal } from '../release/refusals.ts';
import { oneLine } from '../text/one-line.ts';
import { exitCodes } from './exit-codes.ts';
import { asJson, write } from './output.ts';

/** A line for a terminal: instants in ISO 8601, and no terminal control characters. */
export function textOf(line: Line): string {
  const parts = line.map((part) =>
    typeof part === 'object' && 'at' in part ? new Date(part.at).toISOString().replace(/\.\d+Z$/, 'Z') : part,
  );
  return oneLine(plain(parts));
}

/** Prints a result on standard output. */
export function printLine(...lines: readonly Line[]): void {
  for (const line of lines) write(process.stdout, `${textOf(line)}\n`);
}

/** Prints progress on standard error. */
export function printNote(...lines: readonly Line[]): void {
  for (const line of lines) write(process.stderr, `${textOf(line)}\n`);
}

/** Why a command failed. */
export interface Failure {
  /** A stable code; docs/json.md lists them. */
  code: string;
  message: Line;
  /** What the person can do. */
  next?: Line | undefined;
  mistakes?: readonly ConfigMistake[];
}

/**
 * Prints a failure and returns the exit code: on standard error, the code first; with `--json` as `{"error": …}` on
 * standard output. Errors in a person's own input have no code in front.
 */
export function fail(exit: number, { code, message, next = [], mistakes }: Failure): number {
  if (asJson) {
    const texts = { code, message: textOf(message), next: next.length === 0 ? null : textOf(next) };
    sayJson({ error: { ...texts, exit, ...(mistakes && { mistakes }) } });
  } else {
    const begin = code === 'bad-configuration' ? [] : [`${code}: `];
    printNote([...begin, ...message, ...(next.length === 0 ? [] : [' ', ...next])]);
  }
  return exit;
}

/** Prints a refusal: first the code, then what was refused, why, what is true now, and what the person can do. */
export function printRefusal({ next, ...refusal }: Refusal, as: number = exitCodes.refused): number {
  return fail(as, { code: refusal.code, message: refusalWords({ ...refusal, next: [] }), next });
}

/** Prints that a command is done. `service` null: it is about none. `more`: facts for programs. Returns the exit code. */
export function done(verb: string, service: string | null, text: Line, more: object = {}): number {
  if (asJson) sayJson({ verb, service, message: textOf(text), ...more });
  else printLine(text);
  return exitCodes.done;
}

/** Prints one JSON value, for programs. */
export function sayJson(value: unknown): void {
  write(process.stdout, `${JSON.stringify(value, null, 2)}\n`);
}
