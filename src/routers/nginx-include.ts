/** The include file of nginx: one line that sets the variable, which decides where traffic goes. */
import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { oneLineText } from '../net/answer-path.ts';
import { codeOf, explain } from '../net/explain.ts';
import { type Color, colorSchema } from '../release/color.ts';
import type { NginxRouterOptions } from './nginx-options.ts';

type Options = Pick<NginxRouterOptions, 'include' | 'variable' | 'values'>;

/** Most bytes of the include file: a larger one is not the one line. */
const mostBytes = 4096;

/** The present include file. `file`: its real path, where `include` is a symbolic link; `value`: what the line sets. */
export interface Include {
  ok: true;
  file: string;
  text: string;
  value: string;
  /** Changes with every replacement of the file, and with every write to it. */
  mark: string;
}

/** Why the file cannot be replaced, in words, and what to repair. */
export interface Against {
  detail: string;
  repair: string;
}

/** The line that sets the variable to a color's value. */
export function lineOf({ variable, values }: Options, color: Color): string {
  return `set $${variable} ${values[color]};`;
}

/** Reads the include file. Never throws. */
export async function readInclude(options: Options): Promise<Include | (Against & { ok: false })> {
  const { include } = options;
  try {
    // A rename must replace the file that a symbolic link names, not the link.
    const file = await realpath(include);
    const { size, ino, mtimeMs } = await stat(file);
    const text = size > mostBytes ? '' : await readFile(file, 'latin1');
    const value = valueIn(text, options.variable);
    if (value !== undefined) return { ok: true, file, text, value, mark: `${ino} ${size} ${mtimeMs}` };
    const first = oneLineText(text.trim().split('\n', 1)[0] ?? '', 80);
    const holds = size > mostBytes ? `${size} bytes` : first === '' ? 'nothing' : `"${first}"`;
    const more = text.trim().includes('\n') ? ' and more lines' : '';
    return {
      ok: false,
      detail: `the include file ${include} is not the one line "${lineOf(options, 'blue')}" or "${lineOf(options, 'green')}": it holds ${holds}${more}, and is left unchanged`,
      repair: 'make it the line of the color that serves now',
    };
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      return {
        ok: false,
        detail: `the include file ${include} cannot be read: ${explain(error)}`,
        repair: 'let the user of this process read it',
      };
    return {
      ok: false,
      detail: `the include file ${include} does not exist`,
      repair: `create it with the one line "${lineOf(options, 'blue')}" or "${lineOf(options, 'green')}", whichever serves now`,
    };
  }
}

/**
 * Why the include file cannot be replaced, in words; undefined: it can. A rename needs the right to write in its
 * folder.
 */
export async function lockedOut({ include }: Pick<Options, 'include'>): Promise<Against | undefined> {
  try {
    const folder = dirname(await realpath(include));
    await access(folder, constants.W_OK);
    return undefined;
  } catch (error) {
    return {
      detail: `the include file ${include} cannot be replaced: ${explain(error)}`,
      repair: 'allow the user of this process to write in its folder',
    };
  }
}

/** The color for a value of the variable. */
export function colorOf({ values }: Pick<Options, 'values'>, value: string): Color | undefined {
  return colorSchema.options.find((color) => values[color] === value);
}

/** Says that the file's value is no color, so somebody else wrote it; undefined: it is one. A sentence without its stop. */
export function oddValue(options: Pick<Options, 'values'>, { value }: Include): string | undefined {
  if (colorOf(options, value) !== undefined) return undefined;
  return `the include file says "${oneLineText(value, 64)}", which is not a color`;
}

/** The variable's value in a file that is exactly the one line. */
function valueIn(text: string, variable: string): string | undefined {
  const [, name, quote, value, end] =
    /^\s*set[ \t]+\$([A-Za-z0-9_]+)[ \t]+(["']?)([^\s;"'{}$\\]+)(["']?)[ \t]*;\s*$/.exec(text) ?? [];
  return name === variable && quote === end ? value : undefined;
}
