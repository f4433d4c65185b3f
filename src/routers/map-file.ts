import { readFile, realpath } from 'node:fs/promises';
import { explain } from '../net/explain.ts';
import { withLockFile } from './lock-file.ts';
import { replaceFile } from './replace-file.ts';

/**
 * Sets one entry of HAProxy's map file to `value`; every other byte stays. Writes a file next to it, under a lock file,
 * and renames it. Resolves to a sentence about the error, or undefined when the entry is right.
 */
export async function writeMapFile(
  path: string,
  key: string,
  value: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    // A rename must replace the file that a symbolic link names, not the link.
    const file = await realpath(path);
    const changed = async () => withEntry(await readFile(file, 'latin1'), bytesOf(key), bytesOf(value));
    if ((await changed()) === undefined) return undefined;
    let lost = false;
    const locked = await withLockFile(`${file}.lock`, signal, async (stillHeld) => {
      const text = await changed();
      lost = text !== undefined && !(await replaceFile(file, text, stillHeld));
    });
    return lost ? `map file ${path}: another process took over its lock` : locked;
  } catch (error) {
    return `map file ${path}: ${explain(error)}`;
  }
}

/** A name as it stands in a file that is read byte for byte. */
function bytesOf(name: string): string {
  return Buffer.from(name).toString('latin1');
}

/** Indentation, key and the space after it. No part can match another's characters: a long line takes linear time. */
const entryStart = /^([ \t]*)([^ \t\r\n\v\f#][^ \t\r\n\v\f]*)([ \t]*)/;

/**
 * The text of a map file with `key` pointing at `value`, or undefined when it does already. Keeps the line's spacing
 * and line ending; a missing line is added at the end.
 */
export function withEntry(text: string, key: string, value: string): string | undefined {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  let found = false;
  const replaced = lines.map((line) => {
    const [, indent, name, gap] = entryStart.exec(line) ?? [];
    if (name !== key) return line;
    found = true;
    const ending = line.endsWith('\r\n') ? '\r\n' : line.endsWith('\n') ? '\n' : '';
    return `${indent}${name}${gap || ' '}${value}${ending}`;
  });
  if (!found) {
    const ending = lines[0]?.endsWith('\r\n') ? '\r\n' : '\n';
    if (text !== '' && !text.endsWith('\n')) replaced.push(ending);
    replaced.push(`${key} ${value}${ending}`);
  }
  const after = replaced.join('');
  return after === text ? undefined : after;
}
