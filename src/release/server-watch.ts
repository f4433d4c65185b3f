/** Watches the storage's server: one that takes its place may lack the newest data. */
export interface ServerWatch {
  /** Returns when this process first connected to a different server, ms of the monotonic clock; undefined: never. */
  changedAt(): number | undefined;
  /** Calls back when the connection is lost (false) or there again (true), until the returned function is called. */
  watch(fn: (up: boolean) => void): () => void;
}
