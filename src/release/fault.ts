/**
 * The world failing: storage, router, Slack, a hook. Refusals are values; faults are thrown, and caught at the edges
 * and in the driver only.
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

/** True for what is thrown where settings, or an adapter made from them, cannot be read. */
export function isBadSettings(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.code === 'bad-settings';
}
