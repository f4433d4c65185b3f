import { randomUUID } from 'node:crypto';
import { open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explain } from '../net/explain.ts';
import { withLockFile } from './lock-file.ts';

/**
 * Brings one entry of HAProxy's map file to `value`; every other byte stays. Writes a file next to it, under a lock
 * file, and renames it. Resolves to a sentence that says what went wrong, or undefined when the entry is right.
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
      lost = text !== undefined && !(await replace(file, text, stillHeld));
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

/** Indentation, key and the space after it. None of the three can take what another took: a long line costs its length. */
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

/** False when the lock was lost before the rename, and nothing was changed. */
async function replace(file: string, text: string, stillHeld: () => Promise<boolean>): Promise<boolean> {
  const before = await stat(file);
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', before.mode & 0o777);
    try {
      const made = await handle.stat();
      if (made.uid !== before.uid || made.gid !== before.gid) await handle.chown(before.uid, before.gid);
      await handle.chmod(before.mode & 0o7777);
      await handle.writeFile(text, 'latin1');
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (!(await stillHeld())) {
      await rm(temporary, { force: true });
      return false;
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  const folder = await open(dirname(file), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
  return true;
}
