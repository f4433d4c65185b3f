import { DeadlinePassed } from './deadline.ts';

const sentences: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset before an answer',
  EPIPE: 'connection closed before an answer',
  UND_ERR_SOCKET: 'connection closed before an answer',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOENT: 'socket or file does not exist',
  EPERM: 'not permitted (owner and mode of the file are to be kept)',
  EBUSY: 'cannot be replaced: it is a mount point; mount its folder instead',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EACCES: 'permission denied',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Why a call ended with its caller's signal: the caller's time was up, or it does not want to know any more. */
export function whyAborted({ reason }: AbortSignal): string {
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? 'no answer in time' : 'stopped';
}

/**
 * Says a network or file error in words for people. Says only what the error's code means, never its message, which
 * may hold a URL with credentials.
 */
export function explain(error: unknown): string {
  if (error instanceof DeadlinePassed) return error.message;
  const code = codeOf(error);
  if (code === undefined) {
    return error instanceof Error && error.name === 'AbortError' ? 'stopped' : 'call failed';
  }
  if (code === 'UND_ERR_ABORTED' || code === 'ABORT_ERR') return 'stopped';
  return sentences[code] ?? `failed with ${code}`;
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried (localhost is often two); the first tells as much as all.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return undefined;
}
