/** The server that the storage is on: one that takes its place may lack the newest of what it had. */
export interface ServerWatch {
  /** When this process came to another server than before, ms of the monotonic clock; undefined: never. */
  changedAt(): number | undefined;
  /** Calls back when its connection is lost (false) and when there is one again (true), until the returned function is called. */
  watch(fn: (up: boolean) => void): () => void;
}
