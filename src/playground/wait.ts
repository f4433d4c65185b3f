import type { Game } from './game.ts';

/** Waits until something said or changed since the last action shows these words. Throws when it stays silent. */
export async function waitFor(words: string, { town, feed, waitMs }: Game): Promise<void> {
  if (words === '') throw new Error('wait <words>');
  await town.workspace
    .until(() => feed.shown().includes(words), { withinMs: waitMs })
    .catch(() => {
      const shown = feed.shown() || '(nothing)';
      throw new Error(`Waited ${waitMs / 1000} s in vain for "${words}". Since the last action:\n${shown}`);
    });
}
