import type { Game } from './prompt-context.ts';

/** How long `wait` waits, in ms: longer than a bake, and than the pause between two looks for drift. */
export const waitMs = 120_000;

/** Waits until something said or changed since the last action shows these words. Throws when nothing does. */
export async function waitFor(words: string, { town, feed }: Game): Promise<void> {
  if (words === '') throw new Error('wait <words>');
  await town.workspace
    .until(() => feed.shown().includes(words), { withinMs: waitMs })
    .catch(() => {
      const shown = feed.shown() || '(nothing)';
      throw new Error(
        `"${words}" did not appear within ${waitMs / 1000} s. Since the last action:\n${shown}`,
      );
    });
}
