/**
 * Makes looks that share: whoever asks while one is under way waits for the next one, together with all others who do. So
 * many people at once cost two looks, and nobody is shown anything older than their question. A look that fails, fails for
 * those who shared it.
 */
export function singleFlight<T>(look: () => Promise<T>): () => Promise<T> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= running.then(() => {
      next = undefined;
      const begun = look();
      running = begun.catch(() => undefined);
      return begun;
    });
    return next;
  };
}
