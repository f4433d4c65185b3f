import { call } from './call.ts';

/**
 * Opens a connection to the host of an http or https URL as a call would, through its proxy and with TLS, and sends
 * nothing. Resolves to why none opened, for people; undefined: one did.
 */
export async function whyNotReached(
  url: string,
  signal: AbortSignal,
  deadlineMs: number,
): Promise<string | undefined> {
  let stood = false;
  const mayWrite = (): boolean => {
    stood = true;
    return false;
  };
  const answer = await call({ method: 'GET', url, deadlineMs, signal, mayWrite });
  return stood || answer.answered ? undefined : answer.reason;
}
