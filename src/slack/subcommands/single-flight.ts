/**
 * Shares one look among callers: a caller during a look waits for the next one, together with all others. So many
 * callers at once cost two looks, and none gets a result older than its call. When a look fails, it fails for all who
 * share it.
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
