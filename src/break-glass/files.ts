/**
 * The folder in which the command line leaves what it did without the storage. Write access to it decides what is
 * recorded. See docs/design.md#break-glass.
 */
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { explain } from '../net/explain.ts';
import { breakGlassSchema } from '../release/break-glass.ts';
import type { BreakGlassEntry } from '../release/break-glass.ts';

const mostBytes = 256 * 1024;
const ours = /^break-glass-[a-z0-9-]+\.json$/;
/** Suffix of a file that was taken into the record. */
const imported = '.imported';

/** A file with its entry, or why it is left alone. `age`: ms since it was written. */
export type BreakGlassFile =
  | { path: string; ok: true; glass: BreakGlassEntry; age: number }
  | { path: string; ok: false; why: string };

/**
 * Returns what is wrong with the folder; undefined: it is a folder of this user, and only this user can write there.
 */
export async function folderFault(folder: string): Promise<string | undefined> {
  try {
    const stat = await lstat(folder);
    if (!stat.isDirectory()) return 'is not a folder';
    if (!isMine(stat.uid)) return 'belongs to another user';
    return (stat.mode & 0o022) === 0 ? undefined : 'can be written by others: chmod go-w';
  } catch (cause) {
    if (isMissing(cause)) return 'names a folder that does not exist: make it with mkdir -m 700';
    return `cannot be read: ${explain(cause)}`;
  }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
}

function isMine(uid: number): boolean {
  const me = process.geteuid?.();
  return me === undefined || uid === me || uid === 0;
}

/** Returns the names of the files that were not taken in yet, in order. A missing folder has none. */
export async function breakGlassFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  return names
    .filter((name) => ours.test(name))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Reads one file; never throws. */
export async function readEntry(path: string): Promise<BreakGlassFile> {
  const bad = (why: string): BreakGlassFile => ({ path, ok: false, why });
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) return bad('is not a file');
      if (!isMine(stat.uid)) return bad('belongs to another user');
      if ((stat.mode & 0o077) !== 0) return bad('can be read or written by others');
      if (stat.size > mostBytes) return bad('is too large');
      const read = breakGlassSchema.safeParse(JSON.parse(await file.readFile('utf8')));
      if (!read.success)
        return bad(`is not in the format of this version: ${read.error.issues[0]?.path.join('.')}`);
      return { path, ok: true, glass: read.data, age: Date.now() - stat.mtimeMs };
    } finally {
      await file.close();
    }
  } catch (cause) {
    return bad(cause instanceof SyntaxError ? 'is not JSON' : `cannot be read: ${explain(cause)}`);
  }
}

/** Writes an entry that only this user can read. Resolves to the file's path, once the file is on the disk. */
export async function writeEntry(folder: string, glass: BreakGlassEntry): Promise<string> {
  const path = join(folder, `break-glass-${glass.service}-${glass.id}.json`);
  const temporary = `${path}.tmp`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.chmod(0o600);
    await file.writeFile(`${JSON.stringify(glass, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(folder);
  return path;
}

/** Marks a file as taken in: renames it. */
export async function setAside(folder: string, path: string): Promise<void> {
  await rename(path, `${path}${imported}`);
  await syncFolder(folder);
}

async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r');
  try {
    await opened.sync();
  } finally {
    await opened.close();
  }
}
