/**
 * A failure of something outside: storage, router, Slack, a hook. Refusals are values. Faults are thrown, and caught
 * only at the edges and in the driver.
 */
export class Fault extends Error {
  readonly code: 'storage-unavailable' | 'bad-record' | 'bad-settings' | 'slack-unavailable';
  /** True when the outcome of a write is unknown: it may have been carried out. */
  readonly unclear: boolean;
  /** The word with which the storage refuses writes although it answers: `OOM`, `MISCONF`, `READONLY`, `NOPERM`. */
  readonly refuses: string | undefined;

  constructor(
    code: Fault['code'],
    message: string,
    options: { cause?: unknown; unclear?: boolean; refuses?: string } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.unclear = options.unclear ?? false;
    this.refuses = options.refuses;
  }
}

/** Returns true for the fault of settings that cannot be read, or of an adapter that cannot be made from them. */
export function isBadSettings(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'bad-settings';
}
