import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file by one with this text (latin1), and keeps its owner and mode: writes it next to the old one, syncs,
 * and renames, so that a reader finds the old text or the new one. `mayRename` is called right before the rename; when
 * it returns false, nothing changes, and the result is false.
 */
export async function replaceFile(
  file: string,
  text: string,
  mayRename: () => Promise<boolean>,
): Promise<boolean> {
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
    if (!(await mayRename())) {
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
