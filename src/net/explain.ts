import { DeadlinePassed } from './deadline.ts';

const unknownAuthority = 'its certificate is signed by an unknown authority; NODE_EXTRA_CA_CERTS can name it';

const sentences: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset before an answer',
  EPIPE: 'connection closed before an answer',
  UND_ERR_SOCKET: 'connection closed before an answer',
  UND_ERR_HEADERS_OVERFLOW: 'the headers of the answer are larger than 64 kB',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer has a different length than it says',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  ETIMEDOUT: 'no connection in time',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ENOENT: 'socket or file does not exist',
  EPERM: 'not permitted (its owner and mode must stay the same)',
  EBUSY: 'cannot be replaced: it is a mount point; mount its folder instead',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EACCES: 'permission denied',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed; NODE_EXTRA_CA_CERTS can name it',
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not use TLS on that port',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not use TLS on that port',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
};

/** Why a call ended with its caller's signal: the caller's time ended, or the caller stopped waiting. */
export function whyAborted({ reason }: AbortSignal): string {
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? 'no answer in time' : 'stopped';
}

/**
 * Explains a network or file error in plain words. Uses the error's code, never its message, which may hold a URL with
 * credentials.
 */
export function explain(error: unknown): string {
  if (error instanceof DeadlinePassed) return error.message;
  const code = codeOf(error);
  // Compared by name, so that a command without calls need not load undici.
  if (error instanceof Error && error.name === 'HTTPParserError') return 'the answer is not HTTP';
  if (code === undefined) {
    return error instanceof Error && error.name === 'AbortError' ? 'stopped' : 'call failed';
  }
  if (code === 'UND_ERR_ABORTED' || code === 'ABORT_ERR') return 'stopped';
  return explainCode(code) ?? `failed with ${code}`;
}

/** The meaning of a network or file error's code, in plain words. */
export function explainCode(code: string): string | undefined {
  return Object.hasOwn(sentences, code) ? sentences[code] : undefined;
}

/** The innermost error with a code in a chain of causes: libraries wrap network errors. */
export function innermost(error: unknown): unknown {
  let found = error;
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (codeOf(at) !== undefined || at.name === 'TimeoutError') found = at;
  return found;
}

/** The code of a network or file error. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  // Several addresses were tried (localhost often has two); the first error is enough.
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return undefined;
}
