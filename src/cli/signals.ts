import { exitCodes } from './exit-codes.ts';

/** Waits for the first SIGINT, SIGTERM or SIGHUP; the second ends the process at once. */
export interface Signals {
  signal: AbortSignal;
  /** The exit code for the signal. */
  code(): number;
  forget(): void;
}

/** Starts to wait for a signal. */
export function untilSignal(): Signals {
  const came = new AbortController();
  let code: number = exitCodes.interrupted;
  const on = (as: number) => (): void => {
    if (came.signal.aborted) process.exit(as);
    code = as;
    came.abort();
  };
  const handlers = [
    ['SIGINT', on(exitCodes.interrupted)],
    ['SIGTERM', on(143)],
    ['SIGHUP', on(129)],
  ] as const;
  for (const [name, handler] of handlers) process.on(name, handler);
  return {
    signal: came.signal,
    code: () => code,
    forget: () => {
      for (const [name, handler] of handlers) process.off(name, handler);
    },
  };
}
