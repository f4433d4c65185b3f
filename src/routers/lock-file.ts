import { randomUUID } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { pause } from '../net/deadline.ts';

/** Age of an abandoned lock, in ms: its process died, since nobody holds one longer than a moment. */
const staleMs = 10_000;
const waitMs = 3000;

/**
 * Runs `work` while a lock file exists that only this call created; waits up to 3 s for another's. `stillHeld` is false
 * when somebody took the lock for stale meanwhile. Resolves to a sentence when the lock was not available; throws what
 * `work` throws.
 */
export async function withLockFile(
  path: string,
  signal: AbortSignal,
  work: (stillHeld: () => Promise<boolean>) => Promise<void>,
): Promise<string | undefined> {
  const token = randomUUID();
  const giveUpAt = performance.now() + waitMs;
  while (!(await create(path, token))) {
    await removeStale(path);
    if (signal.aborted) return 'stopped';
    if (performance.now() > giveUpAt) return `${path} is held by another process`;
    await pause(25, signal);
  }
  const stillHeld = async () => (await readFile(path, 'utf8').catch(() => '')) === token;
  try {
    await work(stillHeld);
  } finally {
    if (await stillHeld()) await rm(path, { force: true });
  }
  return undefined;
}

async function create(path: string, token: string): Promise<boolean> {
  try {
    const handle = await open(path, 'wx', 0o600);
    await handle.writeFile(token);
    await handle.close();
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Moves a stale lock before removing it, so that of two processes neither removes the other's new lock. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    const found = await stat(path);
    if (Date.now() - found.mtimeMs < staleMs) return;
    await rename(path, aside);
    if ((await stat(aside)).ino !== found.ino) await link(aside, path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  }
  await rm(aside, { force: true });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
