/** The number of ticks in a wait. A process that stood still loses at most one. */
const ticks = 8;

/**
 * Calls `act` after `ms` in which this process ran, unless the returned function is called first. A process that stood
 * still (no processor, suspended) finds its timers due before it has read the answers that came meanwhile; the other
 * side is not at fault.
 */
export function afterRunning(ms: number, act: () => void): () => void {
  let left = ticks;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    act();
  }, ms / ticks);
  return () => clearInterval(timer);
}
