/**
 * Waits until `condition` gives something truthy, and returns that. Throws with `what` and the last error after
 * `withinMs` (10 s). Looks `everyMs`.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = 10_000,
  everyMs = 10,
): Promise<NonNullable<T>> {
  const endAt = performance.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > endAt) throw new Error(`not within ${withinMs} ms: ${what}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
