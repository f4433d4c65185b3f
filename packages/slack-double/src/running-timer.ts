/** Ticks of a wait. A process that stood still loses one of them at most. */
const ticks = 8;

/**
 * Calls `act` after `ms` in which this process ran, unless the function that it returns is called first. A process that
 * stood still (no processor, suspended) finds its timers due before it has read what was answered meanwhile; the other
 * side is not to blame for that.
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
