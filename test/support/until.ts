/** Nothing that a test waits for takes this long, however busy the machine is, ms. Whoever measures says less. */
export const longMs = 60_000;

/**
 * Waits until `condition` gives something truthy, and returns that. Throws with `what` and the last error after
 * `withinMs`. Looks `everyMs`.
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  withinMs = longMs,
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
