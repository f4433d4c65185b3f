/** Stops this process for a while, as a machine without a free processor does: no timer fires and nothing is read. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
